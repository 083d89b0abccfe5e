"""Private files on the running stack: whoever may read a task can download its files, and nobody else's."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.contract.people import People, Person, eventually, unique
from tests.contract.test_import_bucket import Bucket, counts
from tests.instance import Stack

PNG = b"\x89PNG\r\n\x1a\n and the rest of a picture"
ROLE = "arn:aws:iam::000000000000:role/nimbossa-media-traps"


class Owner:
    """Somebody with a project, its folder in the import bucket and a private bucket of their own."""

    def __init__(self, stack: Stack, people: People) -> None:
        self.bucket = Bucket(stack)
        self.person = people.owner
        self.project = people.owner.project()
        self.id = self.project["id"]
        self.private = unique("traps")
        self.s3 = self.bucket.aws("s3")
        self.s3.create_bucket(Bucket=self.private)

    def put(self, key: str, data: bytes = PNG) -> str:
        """Into the private bucket; its plain address."""
        self.s3.put_object(Bucket=self.private, Key=key, Body=data)
        return f"https://{self.private}.s3.amazonaws.com/{key}"

    def grant(self) -> None:
        self.person.made(f"/project/{self.id}/bucket", bucket=self.private, role_arn=ROLE)

    def task(self, info: Any, **fields: Any) -> int:
        made = self.person.made("/task", project_id=self.id, info=info, **fields)
        assert made["info"] == info
        return int(made["id"])

    def drop(self, name: str, data: bytes = PNG) -> Any:
        """Into the project's folder of the import bucket; the import's record."""
        return self.bucket.imported(name, data, self.project["short_name"])

    def own_url(self, name: str) -> str:
        return f"https://{self.bucket.stack.import_bucket}.s3.amazonaws.com/imports/{self.project['short_name']}/{name}"

    def infos(self, who: Person | None = None, project: int | None = None) -> list[Any]:
        found = (who or self.person).get("/task", project_id=project or self.id, all=1, limit=100).json()
        return [task["info"] for task in found]

    def stored(self, task_id: int) -> Any:
        """The task's info as the table has it."""
        key = {"block": {"N": str(task_id // 1000)}, "id": {"N": str(task_id)}}
        item = self.bucket.aws("dynamodb").get_item(TableName="nimbossa-tasks", Key=key)["Item"]
        return json.loads(item["info"]["S"])


@pytest.fixture
def owner(stack: Stack, people: People) -> Owner:
    return Owner(stack, people)


def downloaded(link: str) -> bytes:
    answer = requests.get(link, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def links_of(owner: Owner, task: int) -> Callable[[], dict[str, str] | None]:
    """The task's info as soon as it has links; a project's card may be some seconds old."""

    def look() -> dict[str, str] | None:
        info: dict[str, str] = owner.person.get(f"/task/{task}").json()["info"]
        return info if "X-Amz-Signature=" in json.dumps(info) else None

    return look


def test_a_picture_that_is_dropped_is_a_task_whose_links_can_be_followed(owner: Owner, people: People) -> None:
    record = owner.drop("2026/Owl & Ü.JPG")
    assert counts(record) == ("finished", 1, 1, 0, 0)
    [task] = owner.person.get("/task", project_id=owner.id).json()
    key, plain = f"imports/{owner.project['short_name']}/2026/Owl & Ü.JPG", owner.own_url("2026/Owl & Ü.JPG")
    media = dict.fromkeys(("url", "link", "url_m", "url_b"), plain)
    assert owner.stored(task["id"]) == {"filename": key, "title": key, **media}
    assert {name for name in task["info"] if "X-Amz-Signature=" in task["info"][name]} == media.keys()
    assert downloaded(task["info"]["url_b"]) == PNG
    handed_out = people.anonymous.next(owner.project)
    assert downloaded(handed_out["info"]["link"]) == PNG
    assert counts(owner.drop("2026/Owl & Ü.JPG", b"another picture")) == ("finished", 1, 0, 1, 0)
    assert len(owner.infos()) == 1


def test_every_way_to_read_a_task_has_links(owner: Owner, people: People) -> None:
    owner.drop("fox.png")
    task = people.anonymous.next(owner.project)
    owner.person.put(f"/task/{task['id']}", {"n_answers": 1})
    run = people.anonymous.answer(task, "a fox")
    result = eventually(lambda: owner.person.get("/result", task_id=task["id"]).json())[0]
    owner.person.made("/favorites", task_id=task["id"])
    read = [
        owner.person.get(f"/task/{task['id']}").json(),
        owner.person.get("/task", project_id=owner.id).json()[0],
        owner.person.get("/task", project_id=owner.id, related=1).json()[0],
        owner.person.get(f"/taskrun/{run['id']}", related=1).json()["task"],
        owner.person.get(f"/result/{result['id']}", related=1).json()["task"],
        owner.person.get("/favorites").json()[-1],
        owner.person.get(f"/favorites/{task['id']}").json(),
    ]
    assert [downloaded(one["info"]["url"]) for one in read] == [PNG] * len(read)
    assert owner.person.get("/task", project_id=owner.id, info=f"url::{owner.own_url('fox.png')}").json()


def test_an_info_that_was_read_and_sent_back_is_stored_plain(owner: Owner) -> None:
    owner.drop("fox.png")
    [task] = owner.person.get("/task", project_id=owner.id).json()
    before = owner.stored(task["id"])
    changed = {**task["info"], "question": "Which animal?"}
    assert owner.person.put(f"/task/{task['id']}", {"info": changed}).status_code == 200
    assert owner.stored(task["id"]) == {**before, "question": "Which animal?"}
    assert downloaded(owner.infos()[0]["url"]) == PNG
    assert counts(owner.drop("fox.png", b"once more"))[2:4] == (1, 0)  # as after any change of an info


def test_a_task_that_names_another_projects_file_gets_no_link(owner: Owner, people: People) -> None:
    owner.drop("secret.png")
    url = owner.own_url("secret.png")
    thief = people.stranger.project()
    people.stranger.made("/task", project_id=thief["id"], info={"url": url, "more": [url]})
    assert owner.infos(people.stranger, thief["id"]) == [{"url": url, "more": [url]}]
    # nor does another task of the same project, whose maker may never have seen the file
    owner.task({"url": url})
    assert owner.infos()[1] == {"url": url}


def test_a_short_name_that_is_taken_over_opens_none_of_the_former_projects_files(owner: Owner, people: People) -> None:
    name = owner.project["short_name"]
    owner.drop("secret.png")
    url = owner.own_url("secret.png")
    assert owner.person.put(f"/project/{owner.id}", {"short_name": unique("moved")}).status_code == 200
    thief = people.stranger.project(short_name=name)
    people.stranger.made("/task", project_id=thief["id"], info={"url": url})
    lines = json.dumps({"source-ref": url.replace("https://", "s3://").replace(".s3.amazonaws.com", "")}).encode()
    assert counts(owner.bucket.imported("theirs.manifest", lines, name))[:3] == ("finished", 1, 1)
    infos = owner.infos(people.stranger, thief["id"])
    assert len(infos) == 2
    assert "X-Amz-Signature" not in json.dumps(infos)
    assert downloaded(owner.infos()[0]["url"]) == PNG  # the project itself keeps its links


def test_a_granted_bucket_is_linked_for_this_project_until_it_is_taken_away(owner: Owner, people: People) -> None:
    url = owner.put("2026/Wolf é+&?.png")
    task = owner.task({"url": url, "all": [{"more": url}]})
    assert owner.infos() == [{"url": url, "all": [{"more": url}]}]
    owner.grant()
    info: Any = eventually(links_of(owner, task))
    assert downloaded(info["url"]) == downloaded(info["all"][0]["more"]) == PNG
    assert downloaded(people.anonymous.next(owner.project)["info"]["url"]) == PNG
    assert owner.stored(task)["url"] == url

    other = people.stranger.project()
    people.stranger.made("/task", project_id=other["id"], info={"url": url})
    assert owner.infos(people.stranger, other["id"]) == [{"url": url}]

    copy = owner.person.made("/task", project_id=owner.id, info=info | {"copied": True})
    assert owner.stored(copy["id"]) == {"url": url, "all": [{"more": url}], "copied": True}

    left = owner.person.delete(f"/project/{owner.id}/bucket", bucket=owner.private).json()
    assert left["buckets"] == []
    eventually(lambda: links_of(owner, task)() is None)


def test_owners_see_what_a_role_needs_and_nobody_reads_it_elsewhere(owner: Owner, people: People) -> None:
    owner.grant()
    told = owner.person.get(f"/project/{owner.id}/bucket").json()
    assert told["buckets"] == [{"bucket": owner.private, "role_arn": ROLE, "region": owner.bucket.stack.region}]
    assert told["external_id"] == f"{owner.bucket.stack.import_bucket}-project-{owner.id}"
    assert (told["account"], told["role_prefix"]) == ("000000000000", "nimbossa-media-")
    for who in (owner.person, people.admin, people.stranger, people.anonymous):
        assert ROLE not in who.get(f"/project/{owner.id}").text
    page = requests.get(
        f"{owner.person.url}/project/{owner.project['short_name']}/settings",
        headers={"Authorization": owner.person.key or "", "Content-Type": "application/json"},
        timeout=30,
    )
    assert page.json()["project"]["id"] == owner.id
    assert "buckets" not in page.json()["project"]


def test_a_grant_outlives_changes_of_the_project_at_the_same_time(owner: Owner) -> None:
    owner.grant()
    for number in range(3):
        assert owner.person.put(f"/project/{owner.id}", {"description": f"d{number}"}).status_code == 200
    assert len(owner.person.get(f"/project/{owner.id}/bucket").json()["buckets"]) == 1


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({}, 415, "Send {"),
        ({"bucket": "b", "role_arn": 7}, 415, "Send {"),
        ({"bucket": "no-such-bucket-here", "role_arn": ROLE}, 415, "There is no bucket"),
        ({"bucket": "b/c", "role_arn": ROLE}, 415, "name of a bucket"),
        ({"bucket": "bbb", "role_arn": "arn:aws:iam::000000000000:role/admin"}, 415, "ARN of a role"),
    ],
)
def test_what_cannot_be_granted_says_why(owner: Owner, given: Any, status: int, words: str) -> None:
    answer = owner.person.post(f"/project/{owner.id}/bucket", given)
    assert (answer.status_code, words in answer.json()["exception_msg"]) == (status, True), answer.text
    assert owner.person.delete(f"/project/{owner.id}/bucket").status_code == 415


def _manifest(owner: Owner, **query: Any) -> Iterator[Any]:
    """All lines, page by page."""
    path = f"{owner.person.url}/api/project/{owner.id}/manifest"
    headers = {"Authorization": owner.person.key or ""}
    answer = requests.get(path, params=query, headers=headers, timeout=30)
    while True:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/jsonlines")
        yield from (json.loads(line) for line in answer.text.splitlines())
        if "next" not in answer.links:
            return
        answer = requests.get(answer.links["next"]["url"], headers=headers, timeout=30)


def test_a_manifest_goes_in_has_links_and_comes_out_with_the_answers(owner: Owner, people: People) -> None:
    keys = [f"2026/{n}.png" for n in range(3)]
    for key in keys:
        owner.put(key, key.encode())
    refs = [f"s3://{owner.private}/{key}" for key in keys]
    lines = [{"source-ref": ref, "night": n, "n": {"deep": [n]}} for n, ref in enumerate(refs)]
    owner.grant()
    record = owner.drop("in.manifest", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert counts(record) == ("finished", 3, 3, 0, 0)
    tasks = owner.person.get("/task", project_id=owner.id).json()
    eventually(links_of(owner, tasks[0]["id"]))
    assert sorted(downloaded(info["url_b"]).decode() for info in owner.infos()) == keys
    assert {info["source-ref"] for info in owner.infos()} == {line["source-ref"] for line in lines}

    owner.person.put(f"/project/{owner.id}", {"info": {"agreement": {"share": 0.6, "minimum": 3, "field": "kind"}}})
    for task in tasks:
        owner.person.put(f"/task/{task['id']}", {"n_answers": 3})
    for number, who in enumerate((people.owner, people.coowner, people.stranger)):
        while task := who.next(owner.project):
            who.answer(task, {"kind": "owl" if number else "fox", "by": number})
    eventually(lambda: len(owner.person.get("/result", project_id=owner.id).json()) == 3)
    out = list(_manifest(owner, label="animal", limit=2))
    assert sorted(line["source-ref"] for line in out) == sorted(line["source-ref"] for line in lines)
    for line in out:
        (was,) = [one for one in lines if one["source-ref"] == line["source-ref"]]
        metadata = line.pop("animal-metadata")
        assert line == {**was, "animal": "owl"}
        assert metadata["confidence"] == pytest.approx(2 / 3)
        assert metadata["job-name"] == f"labeling-job/{owner.project['short_name']}"
    classified = list(_manifest(owner, label="animal", classes="fox,owl"))
    assert {line["animal"] for line in classified} == {1}

    again = b"".join(json.dumps(line).encode() + b"\n" for line in _manifest(owner, label="animal"))
    assert counts(owner.drop("again.manifest", again)) == ("finished", 3, 3, 0, 0)
    assert counts(owner.drop("in2.manifest", b"".join(json.dumps(one).encode() + b"\n" for one in lines)))[3] == 3


@pytest.mark.parametrize(
    ("query", "words"),
    [({}, "name of a label"), ({"label": "a-metadata"}, "name of a label"), ({"label": "a", "limit": "x"}, "limit")],
)
def test_a_manifest_needs_a_good_label(owner: Owner, query: dict[str, str], words: str) -> None:
    answer = owner.person.get(f"/project/{owner.id}/manifest", **query)
    assert answer.status_code == 415
    assert words in answer.json()["exception_msg"]


def test_a_task_that_is_no_object_is_named_when_a_manifest_is_asked_for(owner: Owner) -> None:
    task = owner.task({"question": "?"}, n_answers=1)
    owner.person.answer(owner.person.next(owner.project))
    eventually(lambda: owner.person.get("/result", project_id=owner.id).json())
    answer = owner.person.get(f"/project/{owner.id}/manifest", label="animal")
    assert answer.status_code == 415
    assert f"Task {task}:" in answer.json()["exception_msg"]


@pytest.mark.parametrize("bucket", ["UPPER", "x", "a_b", "-ab", "a%20b", "%00", "é"])
def test_what_is_no_bucket_is_not_listed(stack: Stack, bucket: str) -> None:
    answer = requests.get(f"{stack.url}/amazon/bucket/{bucket}?prefix=%00&after=%F0", timeout=30)
    assert answer.status_code == 404
    told = answer.json()
    assert (told["action"], told["status"], told["status_code"]) == ("GET", "failed", 404)
    assert told["exception_msg"]


def test_links_are_made_anew_with_each_reading(owner: Owner) -> None:
    owner.drop("fox.png")
    first = owner.infos()[0]["url"]
    time.sleep(1.1)  # the time of signing is in whole seconds
    assert owner.infos()[0]["url"] != first


def test_a_private_bucket_is_imported_past_a_thousand_keys_and_its_tasks_have_links(owner: Owner) -> None:
    keys = [f"2026/{n:04}.JPG" for n in range(1003)]
    for key in [*keys, "2026/notes.txt", "2025/old.jpg"]:
        owner.put(key, key.encode())
    asked = {"type": "s3", "bucket": owner.private, "prefix": "2026/", "role_arn": ROLE, "project_id": owner.id}
    previewed = owner.person.post("/import/preview", asked).json()
    assert [row["task"]["info"]["filename"] for row in previewed] == keys[:5]
    assert owner.person.get(f"/project/{owner.id}/bucket").json()["buckets"] == []
    record = owner.person.made("/import", **asked)
    assert owner.private in owner.person.get(f"/project/{owner.id}/bucket").text

    def ended() -> Any:
        found = owner.person.get(f"/import/{record['id']}").json()
        return found if found["state"] == "finished" else None

    assert counts(eventually(ended)) == ("finished", 1003, 1003, 0, 0)
    [task] = owner.person.get("/task", project_id=owner.id, limit=1).json()
    assert owner.stored(task["id"])["filename"] == keys[0]
    info: Any = eventually(links_of(owner, task["id"]))
    assert downloaded(info["url_b"]) == keys[0].encode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"role_arn": "arn:aws:iam::000000000000:role/admin"}, "role_arn: This is not the ARN"),
        ({"bucket": "no-such-bucket-anywhere"}, "There is no bucket no-such-bucket-anywhere"),
    ],
)
def test_an_import_by_a_role_that_opens_nothing_is_refused_at_once(owner: Owner, changed: Any, words: str) -> None:
    asked = {"type": "s3", "bucket": owner.private, "prefix": "", "role_arn": ROLE, "project_id": owner.id}
    answer = owner.person.post("/import", asked | changed)
    assert answer.status_code == 415
    assert words in answer.json()["exception_msg"]
    assert owner.person.get("/import", project_id=owner.id).json() == []
