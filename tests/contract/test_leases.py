"""Leases that end before their time, by whoever may end them; and projects that take an answer too many rather than
wait. Beyond PYBOSSA."""

from typing import Any

import pytest
import requests

from tests.contract.browsers import registered
from tests.contract.people import People, Person, eventually
from tests.instance import Stack

Json = dict[str, Any]
SCHEDULERS = pytest.mark.parametrize(
    "scheduler", ["default", "depth_first", "breadth_first", "depth_first_all", "locked", "incremental"]
)


def project_with(owner: Person, tasks: int, n_answers: int = 1, **info: Any) -> tuple[Json, list[int]]:
    project = owner.project(info=info)
    return project, [task["id"] for task in owner.tasks(project, tasks, n_answers=n_answers)]


def end(who: Person, project: Json, how: str, body: Any = None, **query: Any) -> Json:
    answer = who.post(f"/project/{project['id']}/leases/{how}", body, **query)
    assert answer.status_code == 200, answer.text
    ended: Json = answer.json()
    return ended


def next_ids(who: Person, project: Json, **query: Any) -> list[int]:
    found: Any = who.next(project, **query)
    return [task["id"] for task in (found if isinstance(found, list) else [found] if found else [])]


@SCHEDULERS
def test_what_is_given_back_others_get_and_answers_stay(people: People, scheduler: str) -> None:
    project, tasks = project_with(people.owner, 2, sched=scheduler)
    people.stranger.answer(people.stranger.next(project))
    assert next_ids(people.stranger, project) == [tasks[1]]
    assert end(people.stranger, project, "return") == {"task_ids": [tasks[1]], "last_id": None}
    assert end(people.stranger, project, "return") == {"task_ids": [], "last_id": None}
    body = {"project_id": project["id"], "task_id": tasks[1], "info": "late"}
    late = people.stranger.post("/taskrun", body)
    assert (late.status_code, late.json()["exception_msg"]) == (403, "You must request a task first!")
    assert eventually(lambda: tasks[1] in next_ids(people.coowner, project, limit=2))


def test_only_the_named_tasks_and_only_ones_own(people: People) -> None:
    project, tasks = project_with(people.owner, 3, n_answers=2)
    for who in (people.stranger, people.coowner):
        assert next_ids(who, project, limit=3) == tasks
    assert end(people.stranger, project, "return", {"task_ids": [tasks[1], tasks[2], 5]})["task_ids"] == tasks[1:]
    assert next_ids(people.coowner, project, limit=3) == tasks
    for task in tasks:
        people.coowner.answer({"project_id": project["id"], "id": task})
    people.stranger.answer({"project_id": project["id"], "id": tasks[0]})


def test_an_answer_under_way_is_still_taken_and_asking_again_takes_the_lease_up(people: People) -> None:
    project, tasks = project_with(people.owner, 2)
    next_ids(people.stranger, project, limit=2)
    assert end(people.stranger, project, "return", {"seconds": 20})["task_ids"] == tasks
    people.stranger.answer({"project_id": project["id"], "id": tasks[0]})
    assert next_ids(people.coowner, project) == []
    assert next_ids(people.stranger, project) == [tasks[1]]
    assert end(people.stranger, project, "return", {"seconds": 60})["task_ids"] == [tasks[1]]  # it lasts an hour again


def test_an_anonymous_volunteer_a_presenter_and_an_external_user_give_back_their_own(people: People) -> None:
    project, tasks = project_with(people.owner, 3, task_presenter="<p>Which?</p>")
    presenter = people.owner.presenter_of(project)
    secret = people.owner.get(f"/project/{project['id']}").json()["secret_key"]
    token = requests.get(
        f"{people.owner.url}/api/auth/project/{project['short_name']}/token",
        headers={"Authorization": secret},
        timeout=30,
    ).text
    external = Person(people.owner.url, f"Bearer {token}")
    ways: list[tuple[Person, Json]] = [(people.anonymous, {}), (presenter, {}), (external, {"external_uid": "ann"})]
    for (who, query), task in zip(ways, tasks, strict=True):
        assert next_ids(who, project, **query) == [task]
    for (who, query), task in zip(ways, tasks, strict=True):
        assert end(who, project, "return", **query)["task_ids"] == [task]
    refused = people.anonymous.post(f"/project/{project['id']}/leases/return", None, external_uid="ann")
    assert refused.status_code == 401


def test_an_owner_ends_everybodys_leases_of_some_tasks_or_of_all(people: People) -> None:
    project, tasks = project_with(people.owner, 3, n_answers=2)
    other, elsewhere = project_with(people.owner, 1)
    next_ids(people.stranger, other)
    for who in (people.stranger, people.anonymous):
        assert next_ids(who, project, limit=3) == tasks
    assert end(people.owner, project, "end", {"task_ids": [tasks[2], elsewhere[0]]})["task_ids"] == tasks[2:]
    assert end(people.admin, project, "end") == {"task_ids": tasks[:2], "last_id": None}
    assert end(people.owner, project, "end", last_id=tasks[0])["task_ids"] == []
    assert end(people.stranger, other, "return")["task_ids"] == elsewhere


@pytest.mark.parametrize(
    "body",
    [
        {"task_ids": 3},
        {"task_ids": ["3"]},
        {"task_ids": [True]},
        {"task_ids": [0]},
        {"task_ids": [2**53]},
        {"task_ids": list(range(1, 102))},
        {"seconds": -1},
        {"seconds": 61},
        {"seconds": "5"},
        {"seconds": None},
        {"tasks": [3]},
        [3],
    ],
)
def test_what_cannot_be_meant_is_refused(people: People, body: Any) -> None:
    project, _ = project_with(people.owner, 1)
    for how in ("return",) if "seconds" in body else ("return", "end"):
        refused = people.owner.post(f"/project/{project['id']}/leases/{how}", body)
        assert refused.status_code == 415, refused.text
    assert people.owner.post("/project/999999999/leases/return", None).status_code == 404


def test_signing_out_gives_back_what_the_account_holds_anywhere(people: People, stack: Stack) -> None:
    account = registered(stack.url)
    volunteer = Person(stack.url, account.key)
    held = [project_with(people.owner, 1) for _ in range(2)]
    for project, tasks in held:
        assert next_ids(volunteer, project) == tasks
    account.browser.get("/account/signout")
    for project, _ in held:
        assert end(volunteer, project, "return", {"seconds": 20})["task_ids"] == []  # they end by then anyway
        assert end(volunteer, project, "return")["task_ids"] != []


@SCHEDULERS
def test_a_project_that_asked_for_it_hands_out_full_tasks_again(people: People, scheduler: str) -> None:
    project, [task] = project_with(people.owner, 1, sched=scheduler, redundancy="at_least")
    volunteers = (people.stranger, people.coowner, people.anonymous)
    for who in volunteers:
        assert next_ids(who, project) == [task]
    runs = [who.answer({"project_id": project["id"], "id": task})["id"] for who in volunteers]

    def last() -> list[Json]:
        found: list[Json] = people.owner.get("/result", project_id=project["id"]).json()
        return [one for one in found if one["task_run_ids"] == runs]

    assert eventually(last)
    former = people.owner.get("/result", project_id=project["id"], last_version="false").json()
    assert [one["task_run_ids"] for one in former] == [runs[:1], runs[:2]]
    assert people.admin.next(project) == {} or scheduler == "depth_first_all"


def test_the_option_is_checked_when_it_is_set(people: People) -> None:
    project, _ = project_with(people.owner, 1)
    path = f"/project/{project['id']}"
    for wrong in ("atleast", True, 2, {}):
        refused = people.owner.put(path, {"info": {"redundancy": wrong}})
        assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DataError")
        assert "at_least" in refused.json()["exception_msg"]
    body = {"name": "A b", "short_name": "ab", "description": "c", "info": {"redundancy": "most"}}
    assert people.owner.post("/project", body).status_code == 415
    assert people.owner.put(path, {"info": {"redundancy": "at_least"}}).status_code == 200
    assert people.owner.put(path, {"info": {"redundancy": None}}).status_code == 200


@SCHEDULERS
def test_own_leases_come_first_and_limit_takes_several_seats_or_fewer(people: People, scheduler: str) -> None:
    project, tasks = project_with(people.owner, 4, sched=scheduler)
    several = scheduler not in ("locked", "incremental")
    first = next_ids(people.stranger, project, limit=3)
    assert len(first) == (3 if several else 1)
    assert next_ids(people.stranger, project, limit=len(first)) == first
    rest = next_ids(people.coowner, project, limit=4)
    if scheduler == "depth_first_all":
        assert rest == tasks
    else:
        assert set(rest) <= set(tasks) - set(first)
        assert len(rest) == 1
    for who, held in ((people.stranger, first), (people.coowner, rest)):
        for task in held:
            who.answer({"project_id": project["id"], "id": task})


@SCHEDULERS
def test_live_leases_are_capped(people: People, scheduler: str) -> None:
    project, _ = project_with(people.owner, 24, sched=scheduler)
    if scheduler in ("locked", "incremental"):  # one at a time
        offsets = range(3 if scheduler == "locked" else 24)
        found = [next_ids(people.stranger, project, offset=offset) for offset in offsets]
        held = [task for page in found for task in page]
    else:
        held = next_ids(people.stranger, project, limit=100)
        assert next_ids(people.stranger, project, limit=100) == held
    assert len(set(held)) == (2 if scheduler == "locked" else 20)
    assert next_ids(people.stranger, project, offset=2 if scheduler == "locked" else 20) == []
    people.stranger.answer({"project_id": project["id"], "id": held[0]})
    assert len(next_ids(people.stranger, project, offset=1 if scheduler == "locked" else 19)) == 1


@SCHEDULERS
def test_a_project_says_how_long_a_lease_lasts(people: People, scheduler: str) -> None:
    project, [task] = project_with(people.owner, 1, sched=scheduler, lease_seconds=2)
    assert next_ids(people.stranger, project) == [task]
    body = {"project_id": project["id"], "task_id": task, "info": 1}
    assert eventually(lambda: next_ids(people.coowner, project)) == [task]
    if scheduler != "depth_first_all":  # there the seats are everybody's, and the lease may still be live
        late = people.stranger.post("/taskrun", body)
        assert (late.status_code, late.json()["exception_msg"]) == (403, "You must request a task first!")
