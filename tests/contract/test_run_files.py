"""Files of task runs (contract rest-api.md §11.3, §13), against the running stack."""

import json
import os
import re
import threading
from typing import Any

import pytest
import requests

from tests.contract.buckets import Bucket
from tests.contract.people import People, Person, unique

EVERY_BYTE = bytes(range(256)) * 40


@pytest.fixture
def project(people: People) -> dict[str, Any]:
    return people.owner.project()


def asked(people: People, project: dict[str, Any], who: Person, **fields: Any) -> dict[str, Any]:
    """A new task that `who` has asked for."""
    [task] = people.owner.tasks(project, 1, info=unique("t"), **fields)
    assert who.next(project) == task
    return task


def send(who: Person, task: dict[str, Any], name: str = "a.png", content: bytes = b"x", **fields: Any) -> Any:
    form = {"project_id": task["project_id"], "task_id": task["id"], **fields}
    return who.send("POST", "/taskrun", data=form, files={"file": (name, content)})


@pytest.mark.parametrize(
    "content",
    [b"", EVERY_BYTE, b"\r\n--boundary\r\n", os.urandom(4_300_000)],
    ids=["empty", "every byte", "a boundary", "4.3 MB"],
)
def test_a_file_comes_back_byte_for_byte(people: People, project: dict[str, Any], content: bytes) -> None:
    task = asked(people, project, people.stranger)
    run = send(people.stranger, task, 'Łódź "1".png', content, info='{"seen": true}').json()
    assert run["info"] == {"seen": True, "container": f"user_{people.stranger.id}", "file_name": 'Łódź "1".png'}
    assert run["media_url"].startswith(f"{people.owner.url}/uploads/user_{people.stranger.id}/taskrun-{run['id']}-")
    assert (run["user_id"], run["user_ip"], run["task_id"]) == (people.stranger.id, None, task["id"])
    assert requests.get(run["media_url"], timeout=30).content == content
    read = people.owner.get(f"/taskrun/{run['id']}").json()
    assert {key: read[key] for key in run} == run


def test_anonymous_volunteers_share_a_folder_and_nothing_else(people: People, project: dict[str, Any]) -> None:
    task = asked(people, project, people.anonymous)
    run = send(people.anonymous, task, "a.png", b"1").json()
    assert run["info"] == {"container": "anonymous", "file_name": "a.png"}
    assert (run["user_id"], run["external_uid"]) == (None, None)
    again = send(people.anonymous, asked(people, project, people.anonymous), "a.png", b"2").json()
    assert [requests.get(one["media_url"], timeout=30).content for one in (run, again)] == [b"1", b"2"]


def test_an_external_user_s_file(people: People, project: dict[str, Any]) -> None:
    people.owner.tasks(project, 1)
    key = {"Authorization": project["secret_key"]}
    token = people.anonymous.send("GET", f"/auth/project/{project['short_name']}/token", headers=key).text
    bearer = {"Authorization": f"Bearer {token}"}
    path = f"/project/{project['id']}/newtask?external_uid=7ab"
    task = people.anonymous.send("GET", path, headers=bearer).json()
    form = {"project_id": project["id"], "task_id": task["id"], "external_uid": "7ab"}
    sent = {"data": form, "files": {"file": ("a.gif", EVERY_BYTE)}, "headers": bearer}
    run = people.anonymous.send("POST", "/taskrun?external_uid=7ab", **sent).json()
    assert (run["external_uid"], run["user_id"], run["user_ip"]) == ("7ab", None, None)
    assert requests.get(run["media_url"], timeout=30).content == EVERY_BYTE


def test_a_blob_gets_a_name(people: People, project: dict[str, Any]) -> None:
    run = send(people.stranger, asked(people, project, people.stranger), "blob", EVERY_BYTE).json()
    assert re.fullmatch(r"\d+\.\d+\.png", run["info"]["file_name"])
    read = requests.get(run["media_url"], timeout=30)
    assert (read.content, read.headers["Content-Type"]) == (EVERY_BYTE, "image/png")


def test_who_may_not_answer_leaves_no_file(people: People, project: dict[str, Any], bucket: Bucket) -> None:
    closed = people.owner.project(allow_anonymous_contributors=False)
    task, theirs = asked(people, project, people.stranger), people.owner.tasks(closed, 1)[0]
    assert send(people.stranger, task).status_code == 200
    before = bucket.listed()
    refused = {
        "no seat": send(people.coowner, task),
        "a duplicate": send(people.stranger, task),
        "no task": send(people.coowner, {"project_id": project["id"], "id": 10**9}),
        "another project": send(people.coowner, {"project_id": closed["id"], "id": task["id"]}),
        "a project that is none": send(people.coowner, {"project_id": "x", "id": task["id"]}),
        "external without a token": send(people.coowner, task, external_uid="1"),
    }
    assert {why: answer.status_code for why, answer in refused.items()} == dict.fromkeys(refused, 403)
    assert refused["no seat"].json()["exception_msg"] == "You must request a task first!"
    assert refused["no task"].json()["exception_msg"] == "Invalid task_id"
    assert refused["another project"].json()["exception_msg"] == "Invalid project_id"
    assert send(people.anonymous, theirs).status_code == 401
    assert bucket.listed() == before


def test_reserved_keys_come_before_the_file_and_the_file_before_the_seat(
    people: People, project: dict[str, Any]
) -> None:
    [task] = people.owner.tasks(project, 1)
    form = {"project_id": str(project["id"]), "task_id": str(task["id"])}
    without = people.stranger.send("POST", "/taskrun", files={key: (None, text) for key, text in form.items()})
    assert (without.status_code, without.json()["exception_cls"]) == (415, "AttributeError")
    reserved = people.stranger.send("POST", "/taskrun", files={"id": (None, "5")})
    assert (reserved.status_code, reserved.json()["exception_msg"]) == (400, "Reserved keys in payload")


def test_of_answers_sent_at_once_one_is_stored_with_one_file(
    people: People, project: dict[str, Any], bucket: Bucket
) -> None:
    task, before = asked(people, project, people.stranger), bucket.listed()
    answers: list[Any] = []
    senders = [Person(people.stranger.url, people.stranger.key) for _ in range(6)]
    threads = [threading.Thread(target=lambda who=who: answers.append(send(who, task))) for who in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403, 403, 403]
    [run] = people.owner.get("/taskrun", task_id=task["id"]).json()
    [key] = bucket.listed() - before
    assert f"/taskrun-{run['id']}-" in key


def test_a_repeat_with_the_same_key_gets_the_run_and_its_file(
    people: People, project: dict[str, Any], bucket: Bucket
) -> None:
    task, before = asked(people, project, people.stranger), bucket.listed()
    form = {"project_id": task["project_id"], "task_id": task["id"]}
    runs = [
        people.stranger.send(
            "POST", "/taskrun", data=form, files={"file": ("a.png", b"x")}, headers={"Idempotency-Key": "once"}
        ).json()
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(bucket.listed() - before) == 1


def test_a_deleted_run_takes_its_file_along(people: People, project: dict[str, Any], bucket: Bucket) -> None:
    before = bucket.listed()
    runs = [send(people.stranger, asked(people, project, people.stranger)).json() for _ in range(3)]
    assert len(bucket.listed() - before) == 3
    assert people.stranger.delete(f"/taskrun/{runs[0]['id']}").status_code == 204
    assert requests.get(runs[0]["media_url"], timeout=30).status_code == 404
    assert people.owner.delete(f"/task/{runs[1]['task_id']}").status_code == 204
    assert requests.get(runs[1]["media_url"], timeout=30).status_code == 404
    assert requests.get(runs[2]["media_url"], timeout=30).content == b"x"
    assert people.owner.delete(f"/project/{project['id']}").status_code == 204
    assert bucket.listed() == before


def test_publishing_takes_the_testers_files_along(people: People, bucket: Bucket) -> None:
    project = people.owner.project(info={"task_presenter": "<p>"})
    before = bucket.listed()
    run = send(people.owner, asked(people, project, people.owner)).json()
    headers = {"Authorization": str(people.owner.key)}
    address = f"{people.owner.url}/project/{project['short_name']}/publish"
    assert requests.post(address, headers=headers, timeout=30).status_code == 200
    assert people.owner.get(f"/taskrun/{run['id']}").status_code == 404
    assert bucket.listed() == before


def test_a_form_cannot_replace_the_file(people: People, project: dict[str, Any], bucket: Bucket) -> None:
    task = asked(people, project, people.stranger)
    run, path = send(people.stranger, task, content=b"first").json(), "/taskrun/{}"
    before = bucket.listed()
    form = {"project_id": task["project_id"], "task_id": task["id"]}
    refused = people.stranger.send("PUT", path.format(run["id"]), data=form, files={"file": ("b.png", b"second")})
    assert (refused.status_code, refused.json()["exception_cls"]) == (403, "Forbidden")
    assert "JSON" in refused.json()["exception_msg"]
    assert bucket.listed() == before
    assert requests.get(run["media_url"], timeout=30).content == b"first"


def test_nobody_has_the_file_of_another_removed(people: People, project: dict[str, Any]) -> None:
    victim = send(people.stranger, asked(people, project, people.stranger), content=b"mine").json()
    stolen = {"media_url": victim["media_url"], "info": victim["info"]}
    thief = people.coowner.answer(people.coowner.next(project), stolen["info"], media_url=stolen["media_url"])
    assert people.coowner.put(f"/taskrun/{thief['id']}", stolen).json()["media_url"] == victim["media_url"]
    assert people.coowner.delete(f"/taskrun/{thief['id']}").status_code == 204
    assert requests.get(victim["media_url"], timeout=30).content == b"mine"


def test_info_and_media_url_may_be_sent_without_a_file(people: People, project: dict[str, Any]) -> None:
    task = asked(people, project, people.stranger)
    elsewhere = "https://example.org/[picture].png"
    run = people.stranger.answer(task, json.dumps([1]), media_url=elsewhere)
    assert (run["info"], run["media_url"]) == ("[1]", elsewhere)
    assert people.stranger.delete(f"/taskrun/{run['id']}").status_code == 204
