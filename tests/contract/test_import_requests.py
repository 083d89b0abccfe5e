"""`POST /api/import` on the running stack: from addresses on the web, which a server here plays, and from files."""

import gzip
import io
import json
import time
import uuid
from typing import Any

import pytest
import requests

from tests.fakes.file_server import FileServer
from tests.instance import Stack

WAIT_SECONDS = 60.0
CSV = b"url,n_answers\nhttps://x.org/1.png,3\nhttps://x.org/2.png,0\nhttps://x.org/3.png,1\nhttps://x.org/1.png,3\n"

Json = dict[str, Any]


class Owner:
    """The administrator with one new project."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.key = {"Authorization": stack.admin_api_key}
        name = f"ask{uuid.uuid4().hex[:8]}"
        body = {"name": name, "short_name": name, "description": "d"}
        made = requests.post(f"{stack.url}/api/project", json=body, headers=self.key, timeout=30)
        self.project_id = made.json()["id"]

    def post(self, path: str = "/api/import", headers: Json | None = None, **fields: Any) -> requests.Response:
        body = {"project_id": self.project_id, **fields}
        return requests.post(f"{self.stack.url}{path}", json=body, headers=self.key | (headers or {}), timeout=60)

    def send(self, name: str, content: bytes, path: str = "/api/import") -> requests.Response:
        fields, files = {"project_id": str(self.project_id)}, {"file": (name, content)}
        return requests.post(f"{self.stack.url}{path}", data=fields, files=files, headers=self.key, timeout=60)

    def imported(self, **fields: Any) -> Json:
        """The record when the import is over."""
        return self.over(self.post(**fields))

    def over(self, answer: requests.Response) -> Json:
        assert answer.status_code == 200, answer.text
        record: Json = answer.json()
        deadline = time.monotonic() + WAIT_SECONDS
        while record["finished"] is None and time.monotonic() < deadline:
            time.sleep(0.1)
            record = requests.get(f"{self.stack.url}/api/import/{record['id']}", headers=self.key, timeout=30).json()
        return record

    def infos(self) -> list[Any]:
        query = {"project_id": self.project_id, "limit": 100}
        return [task["info"] for task in requests.get(f"{self.stack.url}/api/task", query, timeout=30).json()]


@pytest.fixture
def owner(stack: Stack) -> Owner:
    return Owner(stack)


def counts(record: Json) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("state", "rows_seen", "tasks_made", "duplicates", "error_count"))


def test_a_small_file_on_the_web_is_imported_when_the_request_answers(owner: Owner, web: FileServer) -> None:
    url = web.put(CSV)
    record = owner.post(type="csv", csv_url=url).json()
    assert counts(record) == ("finished", 4, 2, 1, 1)
    assert [error["line"] for error in record["errors"]] == [3]
    assert (record["type"], record["parameters"], record["origin"]) == ("csv", {"csv_url": url}, "request")
    assert record["source"] is None
    assert record["created_by"]
    assert record["total"] == 4
    assert owner.infos() == [{"url": "https://x.org/1.png"}, {"url": "https://x.org/3.png"}]
    assert counts(owner.post(type="csv", csv_url=url).json()) == ("finished", 4, 0, 3, 1)


def test_a_large_file_goes_on_in_the_background_and_says_how_many_there_are(owner: Owner, web: FileServer) -> None:
    url = web.put(b"n\n" + b"".join(b"%d\n" % n for n in range(1000)), "text/plain; charset=utf-8")
    first = owner.post(type="csv", csv_url=url).json()
    assert (first["state"], first["total"]) == ("running", 1000)
    assert counts(owner.imported(type="csv", csv_url=url))[0] == "finished"
    assert len(owner.infos()) == 100  # a page of them
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        record = requests.get(f"{owner.stack.url}/api/import/{first['id']}", headers=owner.key, timeout=30).json()
        if record["finished"]:
            break
        time.sleep(0.1)
    assert (record["state"], record["rows_seen"]) == ("finished", 1000)


def test_a_file_that_comes_with_the_request(owner: Owner) -> None:
    record = owner.send("birds.csv", CSV).json()
    assert counts(record) == ("finished", 4, 2, 1, 1)
    assert (record["type"], record["parameters"]) == ("localCSV", {"file": "birds.csv"})


def test_a_workbook_and_compressed_files_come_too(owner: Owner) -> None:
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    for cells in (["n", "word"], [1, "a"], [2, "b"]):
        book.active.append(cells)
    book.save(file)
    assert counts(owner.over(owner.send("t.xlsx", file.getvalue()))) == ("finished", 2, 2, 0, 0)
    more = gzip.compress(b"n,word\n1,a\n3,c\n")
    assert counts(owner.over(owner.send("more.csv.gz", more))) == ("finished", 2, 1, 1, 0)
    assert owner.infos() == [{"n": 1, "word": "a"}, {"n": 2, "word": "b"}, {"n": 3, "word": "c"}]


def test_pages_of_records_are_gathered(owner: Owner, web: FileServer) -> None:
    canvas = {"@id": "https://x.org/c", "images": [{"resource": {"service": {"@id": "https://x.org/iiif/1"}}}]}
    manifest = {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": "https://x.org/m",
        "@type": "sc:Manifest",
        "sequences": [{"canvases": [canvas]}],
    }
    url = web.put(json.dumps(manifest).encode(), "application/json")
    record = owner.imported(type="iiif", manifest_uri=url)
    assert counts(record) == ("finished", 1, 1, 0, 0), record
    assert record["gathered"] == 1
    assert owner.infos()[0]["tileSource"] == "https://x.org/iiif/1/info.json"


def test_the_first_five_records_can_be_seen_before(owner: Owner, web: FileServer) -> None:
    rows = owner.post("/api/import/preview", type="csv", csv_url=web.put(CSV)).json()
    assert [row["line"] for row in rows] == [2, 3, 4, 5]
    assert rows[0]["task"] == {
        "project_id": owner.project_id,
        "info": {"url": "https://x.org/1.png"},
        "n_answers": 3,
        "priority_0": 0.0,
        "quorum": 0,
        "calibration": 0,
        "state": "ongoing",
        "fav_user_ids": None,
    }
    assert rows[1]["task"] is None
    assert "n_answers" in rows[1]["reason"]
    assert owner.send("t.csv", CSV, "/api/import/preview").json() == rows
    assert owner.infos() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "type may be localCSV, csv,"),
        ({"type": "nothing"}, "no source called 'nothing'"),
        ({"type": 3}, "type must be text"),
        ({"type": "csv"}, "csv_url"),
        ({"type": "csv", "csv_url": "no address"}, "csv_url"),
        ({"type": "youtube", "playlist_url": "https://www.youtube.com/playlist?list=x"}, "no key"),
        ({"type": "twitter", "source": "@x"}, "closed"),
        ({"type": "localCSV"}, "Choose a file"),
        ({"type": "localCSV", "file": "named-and-not-sent.csv"}, "Choose a file"),
    ],
)
@pytest.mark.parametrize("path", ["/api/import", "/api/import/preview"])
def test_what_is_wrong_with_a_request_is_told_at_once(owner: Owner, path: str, fields: Json, words: str) -> None:
    answer = owner.post(path, **fields)
    assert answer.status_code == 415, answer.text
    assert words in answer.json()["exception_msg"]
    query = {"project_id": owner.project_id}
    assert requests.get(f"{owner.stack.url}/api/import", query, headers=owner.key, timeout=30).json() == []


def test_what_is_wrong_with_a_source_stands_in_the_record(owner: Owner, web: FileServer) -> None:
    closed = owner.imported(type="csv", csv_url=web.put(b"", status=403))
    assert (closed["state"], closed["error_count"]) == ("failed", 1)
    assert "permission" in closed["errors"][0]["reason"]
    page = owner.imported(type="csv", csv_url=web.put(b"<html>sign in", "text/html"))
    assert "web page" in page["errors"][0]["reason"]


def test_a_source_that_does_not_answer_is_tried_again(owner: Owner, web: FileServer) -> None:
    url = web.put(b"", status=503)
    record = owner.post(type="csv", csv_url=url).json()
    assert record["state"] == "waiting"
    assert "503" in record["message"]
    web.files["/" + url.rpartition("/")[2]] = (200, "text/csv", CSV)
    after = owner.over(requests.get(f"{owner.stack.url}/api/import/{record['id']}", headers=owner.key, timeout=30))
    assert counts(after) == ("finished", 4, 2, 1, 1)
    assert after["message"] is None


def test_a_request_with_a_key_is_one_import(owner: Owner, web: FileServer) -> None:
    url, key = web.put(CSV), {"Idempotency-Key": uuid.uuid4().hex}
    first = owner.post(headers=key, type="csv", csv_url=url)
    again = owner.post(headers=key, type="csv", csv_url=url)
    assert again.json() == first.json()


def test_a_strangers_file_is_refused(owner: Owner, web: FileServer) -> None:
    body = {"project_id": owner.project_id, "type": "csv", "csv_url": web.put(CSV)}
    assert requests.post(f"{owner.stack.url}/api/import", json=body, timeout=30).status_code == 401


def test_secrets_of_a_source_are_shown_to_nobody(owner: Owner) -> None:
    fields = {"epicollect_project": "x", "epicollect_form": f"{'0' * 32}_{'a' * 13}"}
    told = owner.post(type="epicollect", epicollect_client_id="7", epicollect_client_secret="hush", **fields).text
    assert "hush" not in told
    assert "epicollect_project" in told


def test_a_large_file_goes_straight_to_the_bucket_and_begins_its_import(owner: Owner) -> None:
    rows = b"n,text\n" + b"".join(b"%d,%s\n" % (n, b"x" * 5000) for n in range(1000))
    form = owner.post("/api/import/form", file_name="many words.csv").json()
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("any name", rows)}, timeout=60)
    assert sent.status_code in (200, 201, 204), sent.text
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        query = {"project_id": owner.project_id}
        found = requests.get(f"{owner.stack.url}/api/import", query, headers=owner.key, timeout=30).json()
        if found and found[0]["finished"]:
            break
        time.sleep(0.1)
    assert counts(found[0]) == ("finished", 1000, 1000, 0, 0)
    assert found[0]["source"]["key"] == form["key"]
    assert form["key"].endswith("/many_words.csv")


@pytest.mark.parametrize("name", [None, 3, "", "birds", "birds.doc", "../t.spool"])
def test_a_form_for_a_file_of_another_kind_is_refused(owner: Owner, name: Any) -> None:
    answer = owner.post("/api/import/form", file_name=name)
    assert answer.status_code == 415
    assert "file_name" in answer.json()["exception_msg"]
