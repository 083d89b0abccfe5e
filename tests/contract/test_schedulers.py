"""What `newtask` gives under each scheduler, and while a project changes from one to another (contract rest-api.md
§10.3–10.6)."""

from typing import Any

import pytest

from tests.contract.people import People, Person, eventually

Json = dict[str, Any]


def project_under(owner: Person, scheduler: str, tasks: int, **fields: Any) -> tuple[Json, list[int]]:
    project = owner.project(info={"sched": scheduler})
    return project, [task["id"] for task in owner.tasks(project, tasks, **fields)]


def change_to(owner: Person, project: Json, scheduler: str) -> None:
    """Change the scheduler and wait until all tasks stand where it wants them."""
    path = f"/project/{project['id']}"
    assert owner.put(path, {"info": {"sched": scheduler}}).status_code == 200
    owner.walked(project)


def answered_by(who: Person, project: Json) -> list[int]:
    return [run["task_id"] for run in who.answer_all(project)]


@pytest.mark.parametrize(
    "scheduler", ["default", "depth_first", "breadth_first", "depth_first_all", "locked", "nonsense"]
)
def test_every_volunteer_is_offered_every_open_task_once(people: People, scheduler: str) -> None:
    project, tasks = project_under(people.owner, scheduler, 3, n_answers=2)
    for who in (people.stranger, people.coowner):
        assert answered_by(who, project) == tasks
    more = tasks if scheduler == "depth_first_all" else []
    assert answered_by(people.anonymous, project) == more
    assert {task["state"] for task in people.owner.get("/task", project_id=project["id"]).json()} == {"completed"}


def test_under_depth_first_all_each_answer_beyond_redundancy_makes_a_result_version(people: People) -> None:
    project, [task] = project_under(people.owner, "depth_first_all", 1, n_answers=1)
    runs = [who.answer(who.next(project))["id"] for who in (people.stranger, people.coowner, people.anonymous)]

    def last() -> list[Json]:
        found = people.owner.get("/result", project_id=project["id"]).json()
        return [one for one in found if one["task_run_ids"] == runs]

    [result] = eventually(last)
    former = people.owner.get("/result", project_id=project["id"], last_version="false").json()
    assert [one["task_run_ids"] for one in former] == [runs[:1], runs[:2]]
    assert result["task_id"] == task
    assert [one["id"] for one in people.owner.get("/taskrun", task_id=task, all=1).json()] == runs


def test_incremental_tells_what_the_one_before_answered(people: People) -> None:
    project, [task] = project_under(people.owner, "incremental", 1, n_answers=3)
    assert people.stranger.next(project)["info"] == {"n": 0}
    people.stranger.answer({"project_id": project["id"], "id": task}, info={"text": "Once"})
    seen = people.coowner.next(project)
    assert seen["info"] == {"n": 0, "last_answer": {"text": "Once"}}
    people.coowner.answer(seen, info={"text": "Once upon"})
    assert people.anonymous.next(project)["info"]["last_answer"] == {"text": "Once upon"}
    assert people.owner.get(f"/task/{task}").json()["info"] == {"n": 0}


def test_incremental_gives_one_of_the_first_tasks_by_priority(people: People) -> None:
    project, tasks = project_under(people.owner, "incremental", 3)
    people.owner.put(f"/task/{tasks[2]}", {"priority_0": 1.0})
    given = people.stranger.next(project, limit=2, orderby="id", desc="false")
    assert given["id"] in (tasks[2], tasks[0])
    assert people.coowner.next(project)["id"] == tasks[2]


def test_incremental_leaves_info_that_is_no_object_as_it_is(people: People) -> None:
    project, _ = project_under(people.owner, "incremental", 1, info="plain", n_answers=2)
    people.stranger.answer(people.stranger.next(project))
    assert people.coowner.next(project)["info"] == "plain"


def test_locked_gives_one_task_whatever_the_limit_and_refuses_large_offsets(people: People) -> None:
    project, tasks = project_under(people.owner, "locked", 4, n_answers=1)
    assert people.stranger.next(project, limit=3, orderby="id", desc="true")["id"] == tasks[0]
    assert people.stranger.next(project, offset=1)["id"] == tasks[1]
    assert people.coowner.next(project)["id"] == tasks[2]
    assert people.stranger.next(project, offset=2) == {}
    refused = people.stranger.get(f"/project/{project['id']}/newtask", offset=3)
    assert (refused.status_code, refused.json()["exception_cls"]) == (400, "BadRequest")


def test_a_change_to_breadth_first_counts_the_answers_that_there_are(people: People) -> None:
    project, tasks = project_under(people.owner, "default", 4, n_answers=5)
    for _ in range(2):
        people.stranger.answer(people.stranger.next(project))
    assert people.owner.get(f"/project/{project['id']}/walk").status_code == 404
    change_to(people.owner, project, "breadth_first")
    assert answered_by(people.anonymous, project) == [tasks[2], tasks[3], tasks[0], tasks[1]]
    change_to(people.owner, project, "default")
    assert answered_by(people.coowner, project) == tasks


def test_completed_tasks_come_back_under_depth_first_all_and_go_again(people: People) -> None:
    project, tasks = project_under(people.owner, "default", 2, n_answers=1)
    assert answered_by(people.stranger, project) == tasks
    assert people.coowner.next(project) == {}
    change_to(people.owner, project, "depth_first_all")
    assert people.coowner.answer(people.coowner.next(project))["task_id"] == tasks[0]
    change_to(people.owner, project, "default")
    assert people.coowner.next(project) == {}


def test_a_lease_outlives_a_change_of_the_scheduler(people: People) -> None:
    project, [task] = project_under(people.owner, "default", 1, n_answers=1)
    held = people.stranger.next(project)
    change_to(people.owner, project, "breadth_first")
    assert people.stranger.next(project)["id"] == task
    assert people.coowner.next(project) == {}
    people.stranger.answer(held)


def test_nothing_is_lost_right_after_a_change_whatever_has_been_walked_over(people: People) -> None:
    project, tasks = project_under(people.owner, "default", 3, n_answers=1)
    people.owner.put(f"/project/{project['id']}", {"info": {"sched": "breadth_first"}})
    assert sorted(answered_by(people.stranger, project)) == tasks


def test_how_far_a_change_is_is_for_owners(people: People) -> None:
    project, _ = project_under(people.owner, "default", 1)
    change_to(people.owner, project, "depth_first_all")
    path = f"/project/{project['id']}/walk"
    assert people.owner.get(path).json() == people.admin.get(f"/project/{project['short_name']}/walk").json()
    assert (people.anonymous.get(path).status_code, people.stranger.get(path).status_code) == (401, 403)


def test_an_order_of_the_callers_own_is_kept_by_every_scheduler_that_takes_one(people: People) -> None:
    project, tasks = project_under(people.owner, "default", 4)
    people.owner.put(f"/task/{tasks[1]}", {"priority_0": 0.5})
    orders = {
        ("id", "true"): [3, 2, 1, 0],
        ("created", "false"): [0, 1, 2, 3],
        ("priority_0", "true"): [1, 0, 2, 3],
        ("priority_0", "false"): [0, 2, 3, 1],
    }
    for (name, desc), wanted in orders.items():
        given = people.admin.next(project, limit=4, orderby=name, desc=desc)
        assert [tasks.index(task["id"]) for task in given] == wanted, (name, desc)
