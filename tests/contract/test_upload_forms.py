"""Files too large for a request: the form of `POST /api/upload`, the bucket, and the object that takes the file."""

import base64
import hashlib
import json
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests

from tests.contract.buckets import Bucket
from tests.contract.people import People, Person

LARGE = os.urandom(12_000_001)
MOST = 100_000_000
NEEDED: dict[str, dict[str, Any]] = {
    "announcement": {"title": "News", "body": "All of it"},
    "blogpost": {"title": "News", "body": "All of it"},
    "helpingmaterial": {},
    "page": {"slug": "about"},
}


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    return people.owner.project(owners_ids=[people.coowner.id])


def form_for(who: Person, resource: str, file_name: str = "sky.zip", **fields: Any) -> dict[str, Any]:
    return who.made("/upload", resource=resource, file_name=file_name, **fields)


def send(form: dict[str, Any], content: bytes) -> requests.Response:
    """As a browser does: the form's fields, then the file."""
    return requests.post(form["url"], data=form["fields"], files={"file": ("any name", content)}, timeout=60)


def key_of(form: dict[str, Any]) -> str:
    key: str = form["fields"]["key"]
    return key


def policy(form: dict[str, Any]) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.b64decode(form["fields"]["policy"]))
    return decoded


@pytest.mark.parametrize("name", NEEDED)
def test_a_large_file_comes_back_byte_for_byte_and_goes_with_its_object(
    people: People, project: dict[str, Any], bucket: Bucket, name: str
) -> None:
    who, before = people.admin if name == "announcement" else people.owner, bucket.listed()
    inside = {} if name == "announcement" else {"project_id": project["id"]}
    form = form_for(who, name, **inside)
    assert send(form, LARGE).status_code in (200, 201, 204)
    made = who.made(f"/{name}", **inside, **NEEDED[name], media_url=form["media_url"], info={"own": 1})
    assert made["info"] == {"own": 1, "container": form["container"], "file_name": "sky.zip"}
    assert (form["container"], form["file_name"]) == (f"user_{who.id}", "sky.zip")
    assert f"/uploads/user_{who.id}/{name}-{made['id']}-" in made["media_url"]
    read = requests.get(made["media_url"], timeout=60)
    assert hashlib.sha256(read.content).digest() == hashlib.sha256(LARGE).digest()
    assert read.headers["Content-Type"] == "application/zip"
    assert key_of(form) not in bucket.listed()
    assert who.delete(f"/{name}/{made['id']}").status_code == 204
    assert bucket.listed() == before


def test_a_run_takes_over_a_large_file(people: People, bucket: Bucket) -> None:
    project, before = people.owner.project(), bucket.listed()
    people.owner.tasks(project, 1)
    task = people.anonymous.next(project)
    form = form_for(people.anonymous, "taskrun", project_id=project["id"], task_id=task["id"])
    assert form["container"] == "anonymous"
    send(form, LARGE)
    run = people.anonymous.answer(task, {"seen": 3}, media_url=form["media_url"])
    assert run["info"] == {"seen": 3, "container": "anonymous", "file_name": "sky.zip"}
    assert requests.get(run["media_url"], timeout=60).content == LARGE
    assert people.admin.delete(f"/taskrun/{run['id']}").status_code == 204
    assert bucket.listed() == before


def test_a_put_replaces_the_file_by_a_large_one(people: People, project: dict[str, Any], bucket: Bucket) -> None:
    before, inside = bucket.listed(), {"project_id": project["id"]}
    sent = {"data": inside, "files": {"file": ("a.png", b"old")}}
    made = people.owner.send("POST", "/helpingmaterial", **sent).json()
    form = form_for(people.owner, "helpingmaterial", **inside)
    send(form, b"new")
    path = f"/helpingmaterial/{made['id']}"
    changed = people.owner.put(path, {"media_url": form["media_url"], "priority": 0.5}).json()
    assert (changed["priority"], changed["info"]["file_name"]) == (0.5, "sky.zip")
    assert requests.get(changed["media_url"], timeout=30).content == b"new"
    assert requests.get(made["media_url"], timeout=30).status_code == 404
    people.owner.put(path, {"media_url": None})
    assert bucket.listed() == before


def test_a_contributor_replaces_the_file_of_a_run(people: People, bucket: Bucket) -> None:
    project, before = people.owner.project(), bucket.listed()
    people.owner.tasks(project, 2)
    run = people.stranger.answer(people.stranger.next(project))
    form = form_for(people.stranger, "taskrun", project_id=project["id"], task_id=people.stranger.next(project)["id"])
    send(form, b"later")
    path = f"/taskrun/{run['id']}"
    refused = people.stranger.put(path, {"media_url": form["media_url"]})
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "ValueError")
    changed = people.stranger.put(path, {"media_url": form["media_url"], "info": {"a": 1}}).json()
    assert changed["info"] == {"a": 1, "container": f"user_{people.stranger.id}", "file_name": "sky.zip"}
    assert requests.get(changed["media_url"], timeout=30).content == b"later"
    assert people.stranger.delete(path).status_code == 204
    assert bucket.listed() == before


def test_the_form_is_good_for_that_one_file(people: People, project: dict[str, Any]) -> None:
    """The local cloud checks no signatures; S3 holds senders to these conditions."""
    asked = datetime.now(UTC).timestamp()
    form = form_for(people.owner, "helpingmaterial", "Łódź 1.PNG", project_id=project["id"])
    fields = form["fields"]
    conditions = policy(form)["conditions"]
    assert ["content-length-range", 0, MOST] in conditions
    assert {"key": key_of(form)} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert {"success_action_status": "201"} in conditions
    assert [one for one in conditions if isinstance(one, list)] == [["content-length-range", 0, MOST]]
    named = {name for one in conditions if isinstance(one, dict) for name in one}
    assert set(fields) - named == {"policy", "x-amz-signature"}
    assert form["max_bytes"] == MOST
    ends = datetime.fromisoformat(policy(form)["expiration"]).timestamp()
    assert 3590 <= ends - asked <= 3660
    assert abs(datetime.fromisoformat(form["expires"] + "+00:00").timestamp() - ends) <= 2
    key = unquote(urlsplit(form["media_url"]).path).removeprefix("/uploads/")
    assert key == key_of(form)
    assert key.startswith("unclaimed/")
    again = form_for(people.owner, "helpingmaterial", "Łódź 1.PNG", project_id=project["id"])
    assert key_of(again) != key


def test_a_waiting_file_is_not_published(people: People, project: dict[str, Any]) -> None:
    form = form_for(people.owner, "helpingmaterial", project_id=project["id"])
    send(form, b"x")
    assert requests.get(form["media_url"], timeout=30).status_code == 404


def test_a_file_that_was_not_sent_makes_no_object(people: People, bucket: Bucket) -> None:
    before, inside = bucket.listed(), {"project_id": people.owner.project()["id"]}
    form = form_for(people.owner, "helpingmaterial", **inside)
    refused = people.owner.post("/helpingmaterial", {**inside, "media_url": form["media_url"]})
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DataError")
    assert "Send it first" in refused.json()["exception_msg"]
    assert people.owner.get("/helpingmaterial", **inside).json() == []
    send(form, b"x")
    people.owner.made("/helpingmaterial", **inside, media_url=form["media_url"])
    assert len(bucket.listed() - before) == 1
    assert people.owner.post("/helpingmaterial", {**inside, "media_url": form["media_url"]}).status_code == 415


def test_a_refused_answer_leaves_the_file_waiting(people: People, bucket: Bucket) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    task = people.stranger.next(project)
    form = form_for(people.stranger, "taskrun", project_id=project["id"], task_id=task["id"])
    send(form, b"x")
    before = bucket.listed()
    body = {"project_id": project["id"], "task_id": task["id"], "info": {}, "media_url": form["media_url"]}
    assert people.coowner.post("/taskrun", body).status_code == 403
    assert people.stranger.post("/taskrun", body | {"info": "text"}).status_code == 415
    assert bucket.listed() == before
    assert people.stranger.post("/taskrun", body).status_code == 200
    assert len(bucket.listed()) == len(before)


def test_who_may_not_make_the_object_gets_no_form(people: People, project: dict[str, Any]) -> None:
    allowed = {
        "announcement": {"admin"},
        "blogpost": {"owner", "admin"},
        "helpingmaterial": {"owner", "admin"},
        "page": {"owner", "admin"},
    }
    for name, roles in allowed.items():
        for role in ("anonymous", "stranger", "coowner", "owner", "admin"):
            wanted = {"resource": name, "file_name": "a.png", "project_id": project["id"]}
            answer = getattr(people, role).post("/upload", wanted)
            expected = 200 if role in roles else 401 if role == "anonymous" else 403
            assert answer.status_code == expected, (name, role, answer.text)
    by_admin = form_for(people.admin, "page", project_id=project["id"])
    assert by_admin["container"] == f"user_{people.owner.id}"


def test_who_may_not_answer_gets_no_form(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    task = people.stranger.next(project)
    wanted = {"resource": "taskrun", "file_name": "a.png", "project_id": project["id"], "task_id": task["id"]}
    refused = people.coowner.post("/upload", wanted)
    assert (refused.status_code, refused.json()["exception_msg"]) == (403, "You must request a task first!")
    assert (refused.json()["target"], refused.json()["action"]) == ("upload", "POST")
    assert people.stranger.post("/upload", wanted).status_code == 200
    people.stranger.answer(task)
    assert people.stranger.post("/upload", wanted).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"resource": "project"}, "DataError"),
        ({"resource": None}, "DataError"),
        ({"resource": ["page"]}, "DataError"),
        ({"file_name": None}, "DataError"),
        ({"file_name": 5}, "DataError"),
        ({"file_name": ""}, "DataError"),
        ({"file_name": "a.exe"}, "DataError"),
        ({"file_name": "../a.png"}, "DataError"),
        ({"file_name": "a\u0000.png"}, "DataError"),
        ({"file_name": "x" * 300 + ".png"}, "DataError"),
        ({"file_name": "${filename}.png"}, "DataError"),
        ({"project_id": None}, "AttributeError"),
        ({"project_id": 10**9}, "AttributeError"),
        ({"project_id": "x"}, "AttributeError"),
        ({"key": "user_1/x"}, "TypeError"),
        ({"media_url": "x"}, "TypeError"),
    ],
)
def test_a_wish_that_makes_no_sense(people: People, project: dict[str, Any], wrong: dict[str, Any], name: str) -> None:
    wanted = {"resource": "helpingmaterial", "file_name": "a.png", "project_id": project["id"], **wrong}
    answer = people.owner.post("/upload", wanted)
    assert (answer.status_code, answer.json()["exception_cls"], answer.json()["target"]) == (415, name, "upload")


def test_parts_of_a_large_file_can_be_read(people: People, project: dict[str, Any]) -> None:
    form = form_for(people.owner, "helpingmaterial", project_id=project["id"])
    send(form, LARGE)
    made = people.owner.made("/helpingmaterial", project_id=project["id"], media_url=form["media_url"])
    part = requests.get(made["media_url"], headers={"Range": "bytes=5000000-5000099"}, timeout=30)
    assert (part.status_code, part.content) == (206, LARGE[5_000_000:5_000_100])
    assert part.headers["Content-Range"] == f"bytes 5000000-5000099/{len(LARGE)}"
    last = requests.get(made["media_url"], headers={"Range": "bytes=-10"}, timeout=30)
    assert (last.status_code, last.content) == (206, LARGE[-10:])


def test_the_refusal_of_a_large_body_names_the_form(people: People, project: dict[str, Any]) -> None:
    sent = {"data": {"project_id": project["id"]}, "files": {"file": ("a.png", b"x" * 4_500_000)}}
    answer = people.owner.send("POST", "/helpingmaterial", **sent)
    assert (answer.status_code, "POST /api/upload" in answer.json()["exception_msg"]) == (413, True)
