"""`Idempotency-Key` on POSTs (design §3), against the running stack."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.contract.people import People, Person, unique
from tests.contract.test_import_bucket import STACK, Bucket
from tests.instance import Stack


def keyed(who: Person, path: str, body: Any, key: str) -> requests.Response:
    return who.send("POST", path, json=body, headers={"Idempotency-Key": key})


def body_for(name: str, project: dict[str, Any]) -> dict[str, Any]:
    inside = {"project_id": project["id"]}
    text = {"title": "t", "body": "b"}
    names = dict.fromkeys(("name", "short_name", "description"), unique("n"))
    bodies: dict[str, dict[str, Any]] = {
        "project": names,
        "category": names,
        "task": inside | {"info": 1},
        "helpingmaterial": inside,
        "announcement": text,
        "blogpost": inside | text,
        "page": inside | {"slug": "s"},
    }
    return bodies[name]


NAMES = ("project", "category", "task", "helpingmaterial", "announcement", "blogpost", "page")


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    return people.owner.project()


@pytest.mark.parametrize("name", NAMES)
def test_the_second_gets_the_first_answer_also_at_once(people: People, project: dict[str, Any], name: str) -> None:
    body, key = body_for(name, project), unique("k")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: keyed(people.admin, f"/{name}", body, key), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4, answers[0].text
    answers.append(keyed(people.admin, f"/{name}", body, key))
    assert len({answer.content for answer in answers}) == 1
    made = answers[0].json()
    assert people.admin.get(f"/{name}/{made['id']}").status_code == 200
    assert all(name in answers[-1].headers for name in ("X-RateLimit-Remaining", "Access-Control-Allow-Origin"))


def test_another_body_is_a_conflict_and_another_caller_is_not(people: People, project: dict[str, Any]) -> None:
    key, body = unique("k"), {"project_id": project["id"], "info": 1}
    first = keyed(people.owner, "/task", body, key).json()
    refused = keyed(people.owner, "/task", body | {"info": 2}, key)
    assert (refused.status_code, refused.json()["exception_cls"], refused.json()["target"]) == (409, "Conflict", "task")
    assert keyed(people.admin, "/task", body, key).json()["id"] != first["id"]
    assert keyed(people.owner, "/helpingmaterial", {"project_id": project["id"]}, key).status_code == 200


def test_a_form_that_is_sent_again_under_a_new_boundary_is_a_repeat(people: People, project: dict[str, Any]) -> None:
    key, form = unique("k"), {"project_id": project["id"]}

    def send(content: bytes) -> requests.Response:
        files = {"file": ("a.png", content)}
        return people.owner.send("POST", "/helpingmaterial", data=form, files=files, headers={"Idempotency-Key": key})

    first, second, other = send(b"sky"), send(b"sky"), send(b"sea")
    assert first.request.headers["Content-Type"] != second.request.headers["Content-Type"]
    assert (first.status_code, second.json()) == (200, first.json())
    assert other.status_code == 409


def test_a_refused_request_frees_its_key(people: People, project: dict[str, Any]) -> None:
    key = unique("k")
    assert keyed(people.owner, "/task", {"project_id": project["id"], "n_answers": 0}, key).status_code == 415
    assert keyed(people.owner, "/task", {"project_id": project["id"], "n_answers": 1}, key).status_code == 200


def test_a_key_that_is_too_long_is_refused(people: People, project: dict[str, Any]) -> None:
    assert keyed(people.owner, "/task", {"project_id": project["id"]}, "k" * 256).status_code == 415
    assert people.owner.get("/task", project_id=project["id"], info="none").json() == []


def test_the_same_key_with_another_query_is_a_conflict(people: People) -> None:
    mine, theirs = people.owner.project(), people.stranger.project()
    path, key = "/webhook/secret", {"Idempotency-Key": unique("key")}
    first = people.owner.send("POST", f"{path}?project_id={mine['id']}", headers=key)
    again = people.owner.send("POST", f"{path}?project_id={mine['id']}&api_key={people.owner.key}", headers=key)
    assert (first.status_code, again.json()) == (200, first.json())
    other = people.owner.send("POST", f"{path}?project_id={theirs['id']}", headers=key)
    assert other.status_code == 409


def test_a_task_whose_sender_died_before_the_answer_was_kept_is_made_once(people: People, stack: Stack) -> None:
    """The task was stored, the answer to its key not: after a while the next sender goes on with the same id."""
    project, key = people.owner.project(), unique("key")
    body = {"project_id": project["id"], "info": {"n": 1}}
    made = keyed(people.owner, "/task", body, key).json()
    dynamodb, table = Bucket(stack).aws("dynamodb"), f"{STACK}-repeats"
    (kept,) = (
        item
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
        if item.get("ids", {}).get("S") == f"[{made['id']}]"
    )
    left = {name: value for name, value in kept.items() if name not in ("status", "parts", "body")}
    dynamodb.put_item(TableName=table, Item={**left, "until": {"N": "0"}})
    again = keyed(people.owner, "/task", body, key)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    assert [task["id"] for task in people.owner.get("/task", project_id=project["id"]).json()] == [made["id"]]
