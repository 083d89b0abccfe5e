"""The acceptance vectors of contract rest-api.md §15, by number, against the running stack."""

import re
import time
from collections.abc import Callable

import pytest

from tests.contract.people import People, Person, eventually, sign_up, unique
from tests.instance import Stack

HEAD_SECONDS = 2.2  # how long the head of a queue may be remembered, and a little


def test_each_of_the_22_vectors_is_here() -> None:
    leading = [match[1] for name in globals() if (match := re.match(r"test_((\d+_)+)", name))]
    numbers = [int(number) for text in leading for number in text.split("_") if number]
    assert sorted(numbers) == list(range(1, 23))


@pytest.fixture(scope="module")
def many(people: People) -> dict[str, object]:
    """A project of the owner, shared with the co-owner, with 131 tasks."""
    project = people.owner.project(owners_ids=[people.coowner.id])
    people.owner.tasks(project, 131)
    return project


def test_1_a_page_has_at_most_a_hundred_items(people: People, many: dict[str, object]) -> None:
    assert len(people.anonymous.get("/task", limit=1000, project_id=many["id"]).json()) == 100


def test_2_a_page_has_twenty_items_by_ascending_id(people: People, many: dict[str, object]) -> None:
    ids = [task["id"] for task in people.anonymous.get("/task", project_id=many["id"]).json()]
    assert len(ids) == 20
    assert ids == sorted(ids)


def test_3_a_coowner_sees_tasks_with_all_1_only(people: People, many: dict[str, object]) -> None:
    assert people.coowner.get("/task").json() == []
    assert len(people.coowner.get("/task", all="1").json()) == 20
    assert people.coowner.get("/task", all="true").json() == []


def test_4_an_administrator_who_owns_nothing_sees_no_project(stack: Stack) -> None:
    assert sign_up(stack, "admin", admin=True).get("/project").json() == []


def test_5_a_draft_is_for_its_owner(people: People, many: dict[str, object]) -> None:
    path = f"/project/{many['id']}"
    assert people.anonymous.get(path).status_code == 401
    assert people.stranger.get(path).status_code == 403
    mine = people.owner.get(path)
    assert mine.status_code == 200
    assert mine.json()["secret_key"] == many["secret_key"]


def test_6_unknown_keys_are_refused_on_lists_only(people: People, many: dict[str, object]) -> None:
    refused = people.anonymous.get("/project?_=1")
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "AttributeError")
    assert people.owner.get(f"/project/{many['id']}?_=1").status_code == 200


def test_7_a_project_is_made_once(people: People) -> None:
    name = unique("twice")
    body = {"name": name, "short_name": name, "description": "x"}
    assert people.owner.post("/project", body).status_code == 200
    again = people.owner.post("/project", body)
    assert again.status_code == 415
    assert (again.json()["exception_cls"], again.json()["target"]) == ("DBIntegrityError", "project")


def test_8_nobody_publishes_by_the_api(people: People) -> None:
    refused = people.anonymous.post("/project", {"name": "x", "short_name": "x", "description": "x", "published": True})
    assert refused.status_code == 403
    assert refused.json()["exception_msg"] == "You cannot publish a project via the API"


def test_9_a_secret_key_is_reserved(people: People, many: dict[str, object]) -> None:
    refused = people.owner.put(f"/project/{many['id']}", {"secret_key": "mine"})
    assert (refused.status_code, refused.json()["exception_msg"]) == (400, "Reserved keys in payload")


def test_10_19_20_results_come_are_analysed_and_hold_their_runs(people: People) -> None:
    project = people.owner.project(owners_ids=[people.coowner.id])
    [task] = people.owner.tasks(project, 1, n_answers=2)
    runs = []
    for who in (people.owner, people.stranger):
        who.next(project)
        runs.append(who.answer(task)["id"])
    [result] = eventually(lambda: people.owner.get("/result", project_id=project["id"]).json())
    assert sorted(result["task_run_ids"]) == sorted(runs)
    assert result["last_version"] is True

    answer = people.coowner.put(f"/result/{result['id']}", {"info": {"mean": 1}})
    assert (answer.status_code, answer.json()["info"]) == (200, {"mean": 1})
    assert people.stranger.put(f"/result/{result['id']}", {"info": 1}).status_code == 403
    assert people.admin.delete(f"/taskrun/{runs[0]}").status_code == 403

    assert people.owner.put(f"/task/{task['id']}", {"n_answers": 3}).json()["state"] == "ongoing"
    assert people.admin.delete(f"/taskrun/{runs[0]}").status_code == 403
    people.coowner.next(project)
    runs.append(people.coowner.answer(task)["id"])

    def newer() -> list[dict[str, object]]:
        found = people.owner.get("/result", project_id=project["id"]).json()
        return found if found and found[0]["id"] != result["id"] else []

    [second] = eventually(newer)
    assert sorted(second["task_run_ids"]) == sorted(runs)
    assert people.owner.get(f"/result/{result['id']}").json()["last_version"] is False
    old = people.owner.get("/result", project_id=project["id"], last_version="false").json()
    assert [one["id"] for one in old] == [result["id"]]


def test_11_newtask_answers_nothing_one_or_a_list(people: People) -> None:
    project = people.owner.project()
    assert people.stranger.next(project, limit=10) == {}
    [task] = people.owner.tasks(project, 1)
    assert people.stranger.next(project, limit=10) == task
    people.owner.tasks(project, 1, info={"another": 1})
    found = people.stranger.next(project, limit=10)
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    assert len(found) == 2


def test_12_13_a_run_needs_a_lease_and_is_taken_once(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1)
    body = {"project_id": project["id"], "task_id": task["id"], "info": "x"}
    early = people.stranger.post("/taskrun", body)
    assert (early.status_code, early.json()["exception_msg"]) == (403, "You must request a task first!")
    people.stranger.next(project)
    assert people.stranger.post("/taskrun", body).status_code == 200
    assert people.stranger.post("/taskrun", body).status_code == 403


def test_14_anonymous_volunteers_are_told_that_they_are_not_wanted(people: People) -> None:
    project = people.owner.project(allow_anonymous_contributors=False)
    [task] = people.owner.tasks(project, 1)
    answer = people.anonymous.get(f"/project/{project['id']}/newtask")
    assert answer.status_code == 200
    assert answer.json()["id"] is None
    assert answer.json()["info"] == {"error": "This project does not allow anonymous contributors"}
    body = {"project_id": project["id"], "task_id": task["id"], "info": "x"}
    assert people.anonymous.post("/taskrun", body).status_code == 401


def test_15_tasks_come_by_priority_unless_an_order_is_asked_for(people: People) -> None:
    project = people.owner.project()
    tasks = [people.owner.tasks(project, 1, priority_0=p, info=p + n)[0] for n, p in enumerate([0, 0.2, 0.9, 0.9])]
    by_place = {task["id"]: place for place, task in enumerate(tasks, 1)}

    def order(**query: object) -> list[int]:
        return [by_place[task["id"]] for task in people.stranger.next(project, limit=10, **query)]

    assert order() == [3, 4, 2, 1]
    assert order(orderby="priority_0", desc="true") == [3, 4, 2, 1]
    assert order(orderby="id") == [1, 2, 3, 4]
    assert order(orderby="id", desc="true") == [4, 3, 2, 1]
    assert order(orderby="priority_0") == [1, 2, 3, 4]


def test_16_breadth_first_offers_what_has_fewest_answers(people: People) -> None:
    project = people.owner.project(info={"sched": "breadth_first"})
    tasks = people.owner.tasks(project, 4)
    for _ in range(2):
        people.owner.answer(people.owner.next(project))
    ids = [task["id"] for task in tasks]
    time.sleep(HEAD_SECONDS)
    assert [task["id"] for task in people.stranger.next(project, limit=10)] == [ids[2], ids[3], ids[0], ids[1]]


def test_17_the_300th_request_of_a_window_is_refused(people: People, limited: Callable[[int, int], str]) -> None:
    caller = Person(limited(300, 10**8))
    answers = [caller.get("/category", limit=0) for _ in range(300)]
    assert {answer.status_code for answer in answers[:299]} == {200}
    assert [answers[n].headers["X-RateLimit-Remaining"] for n in (0, 298, 299)] == ["299", "1", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"300"}
    refused = answers[299]
    assert (refused.status_code, refused.json()["exception_cls"]) == (429, "TooManyRequests")
    assert refused.json()["target"] == "/api/category"


def test_18_a_delete_ignores_its_body_and_answers_nothing(people: People) -> None:
    project = people.owner.project()
    [task] = people.owner.tasks(project, 1)
    answer = people.owner.delete(f"/task/{task['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert people.owner.get(f"/task/{task['id']}").status_code == 404


def test_21_a_list_of_projects_is_a_filter(people: People) -> None:
    one, other = people.owner.project(), people.owner.project()
    people.owner.tasks(one, 2)
    people.owner.tasks(other, 1)
    for text in (f"[{one['id']}, {other['id']}]", f"{one['id']},{other['id']}", f"{one['id']} {other['id']}"):
        found = people.anonymous.get("/task", project_id=text).json()
        assert [task["project_id"] for task in found] == [one["id"], one["id"], other["id"]]


def test_22_external_users_are_named_in_query_and_body(people: People) -> None:
    project = people.owner.project()
    first, second = people.owner.tasks(project, 2)
    key = {"Authorization": project["secret_key"]}
    token = people.anonymous.send("GET", f"/auth/project/{project['short_name']}/token", headers=key).text
    bearer = {"Authorization": f"Bearer {token}"}

    def ask_and_answer(**body: object) -> dict[str, object]:
        path = f"/project/{project['id']}/newtask?external_uid=1xa"
        task = people.anonymous.send("GET", path, headers=bearer).json()
        run = {"project_id": project["id"], "task_id": task["id"], "info": "x", **body}
        answer = people.anonymous.send("POST", "/taskrun?external_uid=1xa", json=run, headers=bearer)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    in_both, in_query = ask_and_answer(external_uid="1xa"), ask_and_answer()
    assert {in_both["task_id"], in_query["task_id"]} == {first["id"], second["id"]}
    assert (in_both["external_uid"], in_both["user_id"], in_both["user_ip"]) == ("1xa", None, None)
    assert (in_query["external_uid"], in_query["user_id"]) == (None, None)
    assert in_query["user_ip"] is not None
