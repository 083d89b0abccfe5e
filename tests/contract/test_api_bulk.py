"""`POST /api/task` with an array (design §3, "beyond PYBOSSA"), against the running stack."""

import random
import time
from typing import Any

import pytest

from tests.contract.people import People, Person, unique


@pytest.fixture
def project(people: People) -> dict[str, Any]:
    return people.owner.project(owners_ids=[people.coowner.id])


def total(who: Person, project: dict[str, Any]) -> int:
    number: int = who.get(f"/project/{project['id']}/userprogress").json()["total"]
    return number


def listed(who: Person, project: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := who.get(
        "/task", project_id=project["id"], limit=100, last_id=found[-1]["id"] if found else 0, all=1
    ).json():
        found += page
    return found


def plain(task: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key not in ("link", "links")}


def test_five_hundred_tasks_are_made_counted_and_handed_out(people: People, project: dict[str, Any]) -> None:
    members = [{"project_id": project["id"], "info": {"n": n // 2}, "n_answers": 1 + n % 3} for n in range(500)]
    answer = people.coowner.post("/task", members)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["errors"] == []
    assert [(one["info"], one["n_answers"]) for one in made["tasks"]] == [
        (one["info"], one["n_answers"]) for one in members
    ]
    assert [plain(one) for one in listed(people.owner, project)] == made["tasks"]
    assert total(people.owner, project) == 500
    assert people.stranger.next(project)["id"] == made["tasks"][0]["id"]
    assert people.owner.delete(f"/task/{made['tasks'][-1]['id']}").status_code == 204
    assert total(people.owner, project) == 499


def test_equal_tasks_are_all_made_also_beside_earlier_ones(people: People, project: dict[str, Any]) -> None:
    people.owner.tasks(project, 1, info={"same": 1})
    made = people.owner.post("/task", [{"project_id": project["id"], "info": {"same": 1}}] * 60).json()
    assert len({one["id"] for one in made["tasks"]}) == 60
    assert (total(people.owner, project), len(listed(people.owner, project))) == (61, 61)


def test_what_cannot_be_made_is_told_by_its_place(people: People, project: dict[str, Any]) -> None:
    inside, strange = {"project_id": project["id"]}, people.stranger.project()
    members = [
        {**inside, "info": 0}, {**inside, "n_answers": 0}, 5, {**inside, "unknown": 1}, {**inside, "id": 3},
        {"project_id": strange["id"]}, {"info": 6}, {**inside, "info": 7},
    ]  # fmt: skip
    answer = people.owner.post("/task", members)
    assert answer.status_code == 200
    assert [one["info"] for one in answer.json()["tasks"]] == [0, 7]
    told = {one["index"]: one["error"]["exception_cls"] for one in answer.json()["errors"]}
    assert told == {
        1: "DataError", 2: "TypeError", 3: "TypeError", 4: "BadRequest", 5: "Forbidden", 6: "AttributeError",
    }  # fmt: skip
    assert set(answer.json()["errors"][0]["error"]) == {"status_code", "exception_cls", "exception_msg"}
    assert (total(people.owner, project), total(people.owner, strange)) == (2, 0)


def test_projects_may_be_mixed(people: People, project: dict[str, Any]) -> None:
    other = people.owner.project()
    members = [{"project_id": one["id"], "info": n} for n in range(60) for one in (project, other)]
    made = people.owner.post("/task", members).json()["tasks"]
    assert [(one["project_id"], one["info"]) for one in made] == [(one["project_id"], one["info"]) for one in members]
    assert (total(people.owner, project), total(people.owner, other)) == (60, 60)


def test_when_nothing_is_made_the_answer_is_an_error(people: People, project: dict[str, Any]) -> None:
    inside = {"project_id": project["id"]}
    assert people.anonymous.post("/task", [inside]).status_code == 401
    refused = people.stranger.post("/task", [inside, inside])
    assert (refused.status_code, refused.json()["status"], len(refused.json()["errors"])) == (403, "failed", 2)
    for members in ([], [inside] * 501):
        assert people.owner.post("/task", members).status_code == 415
    half = people.owner.send("POST", "/task", data='[{"project_id": 1', headers={"Content-Type": "application/json"})
    assert (half.status_code, half.json()["exception_cls"]) == (415, "ValueError")
    assert people.owner.post("/task", [inside], unknown=1).json()["exception_cls"] == "AttributeError"
    assert total(people.owner, project) == 0


def test_with_a_key_it_is_done_once_however_large_the_answer(people: People, project: dict[str, Any]) -> None:
    noise = random.Random(5)
    members = [{"project_id": project["id"], "info": noise.randbytes(1250).hex()} for _ in range(500)]
    headers = {"Idempotency-Key": unique("k")}
    first, again = (people.owner.send("POST", "/task", json=members, headers=headers) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == again.content
    assert total(people.owner, project) == 500


def test_a_body_that_is_too_large_for_its_answer_is_refused(people: People, project: dict[str, Any]) -> None:
    members = [{"project_id": project["id"], "info": "x" * 3000}] * 480
    assert people.owner.post("/task", members).status_code == 413
    assert total(people.owner, project) == 0


def test_it_is_many_times_faster_than_one_by_one(people: People, project: dict[str, Any]) -> None:
    began = time.perf_counter()
    people.owner.tasks(project, 50)
    single = (time.perf_counter() - began) / 50
    members = [{"project_id": project["id"], "info": {"m": n}} for n in range(500)]
    began = time.perf_counter()
    assert people.owner.post("/task", members).status_code == 200
    bulk = (time.perf_counter() - began) / 500
    print(f"one by one {single * 1000:.2f} ms a task, in bulk {bulk * 1000:.3f} ms: {single / bulk:.0f} times")
    assert single / bulk > 5  # with room for a busy machine
