"""Objects dropped into the import bucket of the running stack become tasks, and a record says what became of each."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import botocore.session
import pytest
import requests

from tests.instance import Stack

WAIT_SECONDS = 60.0
STACK = "nimbossa"

Json = dict[str, Any]


class Bucket:
    """The import bucket, the API as its administrator, and one new project."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.short_name = f"import{uuid.uuid4().hex[:8]}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = stack.admin_api_key
        body = {"name": self.short_name, "short_name": self.short_name, "description": "d"}
        self.project_id = self.session.post(f"{stack.url}/api/project", json=body, timeout=30).json()["id"]

    def aws(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        where = {"endpoint_url": self.stack.aws_endpoint, "region_name": self.stack.region}
        return botocore.session.get_session().create_client(service, **where, **keys)

    def put(self, name: str, data: bytes, folder: str | None = None) -> str:
        """Upload; the version's id."""
        key = f"imports/{folder or self.short_name}/{name}"
        answer = self.aws("s3").put_object(Bucket=self.stack.import_bucket, Key=key, Body=data)
        return str(answer["VersionId"])

    def get(self, path: str, **query: Any) -> Any:
        answer = self.session.get(f"{self.stack.url}{path}", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, version: str) -> Json:
        """The record of that version, when it is over."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = [one for one in self._all_records() if one["source"] and one["source"]["version"] == version]
            if found and found[0]["state"] in ("finished", "failed"):
                record: Json = self.get(f"/api/import/{found[0]['id']}")
                return record
            time.sleep(0.1)
        raise AssertionError(f"no import of version {version} ended in {WAIT_SECONDS} s")

    def _all_records(self) -> list[Json]:
        records: list[Json] = []
        while page := self.get("/api/import", limit=100, last_id=records[-1]["id"] if records else 0):
            records += page
        return records

    def imported(self, name: str, data: bytes, folder: str | None = None) -> Json:
        return self.ended(self.put(name, data, folder))

    def infos(self) -> list[Any]:
        return [task["info"] for task in self.get("/api/task", project_id=self.project_id, limit=100)]

    def deliver(self, key: str, version: str) -> Json:
        """Call the bucket's function as S3 does; what Lambda answers."""
        told = {"key": quote_plus(key, safe="/"), "size": 10, "eTag": "x", "versionId": version}
        s3 = {"bucket": {"name": self.stack.import_bucket}, "object": told}
        event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": s3}]}
        answer = self.aws("lambda").invoke(FunctionName=f"{STACK}-object-created", Payload=json.dumps(event))
        return {"error": answer.get("FunctionError"), "body": answer["Payload"].read()}


@pytest.fixture
def bucket(stack: Stack) -> Bucket:
    return Bucket(stack)


def counts(record: Json) -> tuple[str, int, int, int, int]:
    names = ("rows_seen", "tasks_made", "duplicates", "error_count")
    return record["state"], *(record[name] for name in names)  # type: ignore[return-value]


def test_a_csv_becomes_tasks_and_its_record_says_what_became_of_each_row(bucket: Bucket) -> None:
    data = "\ufeffurl,n_answers,score\na,2,1\nb,0,2\na,9,1\n\nd,3,\n".encode()
    record = bucket.imported("été + 2.CSV", data)
    assert counts(record) == ("finished", 4, 2, 1, 1)
    assert record["errors"] == [{"line": 3, "reason": "n_answers is 0: it must be a whole number from 1 to 1000"}]
    assert record["project_id"] == bucket.project_id
    assert record["source"]["key"] == f"imports/{bucket.short_name}/été + 2.CSV"
    assert record["created"] <= record["started"] <= record["finished"]
    assert bucket.infos() == [{"url": "a", "score": 1}, {"url": "d", "score": ""}]
    tasks = bucket.get("/api/task", project_id=bucket.project_id)
    assert [task["n_answers"] for task in tasks] == [2, 3]
    assert [task["state"] for task in tasks] == ["ongoing", "ongoing"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.json", b'[{"info": {"q": 1}, "n_answers": 2}, {"q": 2}]'),
        ("t.jsonl", b'{"info": {"q": 1}, "n_answers": 2}\n{"q": 2}\n'),
        ("2024/deeper/t.json", b'{"info": {"q": 1}, "n_answers": 2}\n{"q": 2}\n'),
    ],
)
def test_json_becomes_tasks(bucket: Bucket, name: str, data: bytes) -> None:
    assert counts(bucket.imported(name, data)) == ("finished", 2, 2, 0, 0)
    assert bucket.infos() == [{"q": 1}, {"q": 2}]


def test_the_same_file_again_makes_no_task_twice(bucket: Bucket) -> None:
    data = b"url\n" + b"".join(b"u%d\n" % n for n in range(30))
    assert counts(bucket.imported("t.csv", data)) == ("finished", 30, 30, 0, 0)
    assert counts(bucket.imported("t.csv", data)) == ("finished", 30, 0, 30, 0)
    assert len(bucket.infos()) == 30


def test_an_event_delivered_again_changes_nothing(bucket: Bucket) -> None:
    version = bucket.put("t.csv", b"url\na\nb\n")
    first = bucket.ended(version)
    for _ in range(3):
        assert bucket.deliver(f"imports/{bucket.short_name}/t.csv", version)["error"] is None
    time.sleep(1)
    assert bucket.ended(version) == first
    assert bucket.infos() == [{"url": "a"}, {"url": "b"}]
    assert len(bucket.get("/api/import", project_id=bucket.project_id)) == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", b"PK\x03\x04" + bytes(range(256)), "ZIP"),
        ("t.csv", b"<!DOCTYPE html><html></html>", "web page"),
        ("t.csv", b"", "empty"),
        ("t.csv", b"a,,c\n1,2,3\n", "Column 2"),
        ("t.csv", "name\ncafé\n".encode("latin-1"), "UTF-8"),
        ("t.xlsx", b"whatever", "save it anew"),
        ("t.doc", b"whatever", ".csv, .csv.gz, .json"),
        ("t.json", b'{\n"info": 1\n}', "neither an array"),
    ],
)
def test_an_unreadable_file_is_one_clear_error(bucket: Bucket, name: str, data: bytes, words: str) -> None:
    record = bucket.imported(name, data)
    assert counts(record) == ("failed", 0, 0, 0, 1)
    (error,) = record["errors"]
    assert words in error["reason"]
    assert bucket.infos() == []


def test_a_ten_megabyte_cell_is_an_error_of_its_row(bucket: Bucket) -> None:
    record = bucket.imported("t.csv", b"url\na\n" + b"x" * 10_000_000 + b"\nb\n")
    assert counts(record) == ("finished", 3, 2, 0, 1)
    assert [error["line"] for error in record["errors"]] == [3]
    assert bucket.infos() == [{"url": "a"}, {"url": "b"}]


def test_an_object_that_was_deleted_before_it_was_read_is_said(bucket: Bucket) -> None:
    key = f"imports/{bucket.short_name}/gone.csv"
    assert bucket.deliver(key, "4c0b0b1e-0000-4000-8000-000000000000")["error"] is None
    record = bucket.ended("4c0b0b1e-0000-4000-8000-000000000000")
    assert record["state"] == "failed"
    assert "upload it again" in record["errors"][0]["reason"]


def test_a_file_of_no_project_has_a_record_for_administrators_alone(bucket: Bucket) -> None:
    record = bucket.imported("t.csv", b"url\na\n", folder="nobodys-project")
    assert counts(record) == ("failed", 0, 0, 0, 1)
    assert record["project_id"] is None
    assert "nobodys-project" in record["errors"][0]["reason"]
    path = f"{bucket.stack.url}/api/import/{record['id']}"
    assert requests.get(path, timeout=30).status_code == 401
    stranger = {"Authorization": "no-such-key"}
    assert requests.get(path, headers=stranger, timeout=30).status_code == 401


def test_records_are_for_those_who_keep_the_project(bucket: Bucket) -> None:
    record = bucket.imported("t.csv", b"url\na\n")
    one, many = f"{bucket.stack.url}/api/import/{record['id']}", f"{bucket.stack.url}/api/import"
    ask: Callable[..., requests.Response] = lambda url, **query: requests.get(url, params=query, timeout=30)  # noqa: E731
    assert ask(one).status_code == 401
    assert ask(many).status_code == 401
    assert ask(many, project_id=bucket.project_id).status_code == 401
    assert bucket.get("/api/import", project_id=bucket.project_id) == [record]
    assert bucket.get("/api/import", project_id=bucket.project_id, limit=0) == []
    assert bucket.get("/api/import", project_id=bucket.project_id, last_id=record["id"]) == []
    assert bucket.session.get(f"{many}/999999999", timeout=30).status_code == 404
    assert bucket.session.get(f"{many}/x", timeout=30).status_code == 404
    assert bucket.session.get(many, params={"project_id": "x"}, timeout=30).status_code == 415
