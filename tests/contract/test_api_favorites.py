"""Favourite tasks (contract rest-api.md §9.11), against the running stack."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.people import People, Person, sign_up
from tests.instance import Stack


@pytest.fixture(scope="module")
def fan(stack: Stack) -> Person:
    return sign_up(stack, "fan")


@pytest.fixture(scope="module")
def tasks(people: People) -> list[dict[str, Any]]:
    return people.owner.tasks(people.owner.project(), 4)


def _ids(who: Person, **query: Any) -> list[int]:
    return [task["id"] for task in who.get("/favorites", **query).json()]


def test_a_favorite_is_added_once_listed_and_removed(people: People, fan: Person, tasks: list[dict[str, Any]]) -> None:
    ids = [task["id"] for task in tasks]
    assert _ids(fan) == []
    for task in [*reversed(tasks), tasks[0]]:
        answer = fan.post("/favorites", {"task_id": task["id"]})
        assert (answer.status_code, answer.json()) == (200, task | {"fav_user_ids": [fan.id]})
    assert _ids(fan) == ids
    assert _ids(fan, limit=2, offset=1) == ids[1:3]
    assert _ids(fan, last_id=ids[1]) == ids[2:]
    assert _ids(fan, last_id=ids[0], desc="true") == [*reversed(ids[1:])]
    assert _ids(fan, orderby="priority_0", whatever=1) == ids
    assert _ids(people.stranger) == []
    [first, *_] = fan.get("/favorites", related="1").json()
    assert (first["task_runs"], first["result"], "link" in first) == ([], None, True)
    assert fan.get(f"/favorites/{ids[2]}").json()["id"] == ids[2]
    assert people.anonymous.get(f"/task/{ids[0]}").json()["fav_user_ids"] == [fan.id]
    removed = fan.delete(f"/favorites/{ids[0]}")
    assert (removed.status_code, removed.json()) == (200, tasks[0])
    again = fan.delete(f"/favorites/{ids[0]}")
    assert (again.status_code, again.json()["action"], again.json()["target"]) == (404, "DEL", "task")
    assert _ids(fan) == ids[1:]
    assert people.owner.delete(f"/task/{ids[1]}").status_code == 204
    assert _ids(fan) == ids[2:]
    assert fan.get(f"/favorites/{ids[1]}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"task_id": 1, "more": 2}, {"id": 1}])
def test_a_body_of_other_keys_is_refused_before_the_caller_is(people: People, body: dict[str, Any]) -> None:
    for who in (people.anonymous, people.stranger):
        answer = who.post("/favorites", body)
        assert (answer.status_code, answer.json()["exception_cls"]) == (415, "AttributeError")


def test_strangers_to_the_site_and_unknown_tasks_are_refused(people: People, tasks: list[dict[str, Any]]) -> None:
    number = tasks[0]["id"]
    assert people.anonymous.get("/favorites").status_code == 401
    assert people.anonymous.get(f"/favorites/{number}").status_code == 401
    assert people.anonymous.post("/favorites", {"task_id": number}).status_code == 401
    assert people.anonymous.delete(f"/favorites/{number}").status_code == 401
    assert people.stranger.put(f"/favorites/{number}", {}).status_code == 405
    for task_id, status in ((999_999_999, 404), (0, 404), (-1, 404), ("x", 415), (None, 415), ([], 415), (2**60, 415)):
        assert people.stranger.post("/favorites", {"task_id": task_id}).status_code == status, task_id


def test_accounts_that_choose_a_task_at_once_are_all_kept(people: People, tasks: list[dict[str, Any]]) -> None:
    everybody = [people.admin, people.owner, people.coowner, people.stranger]
    body = {"task_id": tasks[3]["id"]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: who.post("/favorites", body).status_code, everybody * 2))
    assert set(answers) == {200}
    kept = set(people.anonymous.get(f"/task/{tasks[3]['id']}").json()["fav_user_ids"])
    assert {who.id for who in everybody} <= kept
