"""Creating, changing and deleting (contract rest-api.md §2, §9), against the running stack."""

from typing import Any

import pytest

from tests.contract.people import People, eventually, unique


def test_a_project_written_back_as_it_was_read_stays_the_same(people: People) -> None:
    project = people.owner.project(info={"task_presenter": "<b>", "custom": {"a": None}})
    read = people.owner.get(f"/project/{project['id']}").json()
    del read["published"]
    answer = people.owner.put(f"/project/{project['id']}", read)
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "updated": None} == {**project, "updated": None}
    assert answer.json()["updated"] > project["updated"]


@pytest.mark.parametrize("path", ["task", "helpingmaterial", "category"])
def test_unchanged_ids_may_be_sent_back_and_changed_ones_not(people: People, path: str) -> None:
    who = people.admin if path == "category" else people.owner
    names = dict.fromkeys(("name", "short_name", "description"), unique("c"))
    made = who.made(f"/{path}", **(names if path == "category" else {"project_id": people.owner.project()["id"]}))
    read = who.get(f"/{path}/{made['id']}").json()
    assert who.put(f"/{path}/{made['id']}", {**read, "task_runs": [], "stats": 1}).json() == made
    refused = who.put(f"/{path}/{made['id']}", {"id": made["id"] + 1})
    assert (refused.status_code, refused.json()["exception_cls"]) == (400, "BadRequest")
    assert who.put(f"/{path}/{made['id']}", {"created": "2020-01-01T00:00:00.000000"}).status_code == 400


def test_info_is_replaced_whole(people: People) -> None:
    project = people.owner.project(info={"a": 1, "b": 2})
    assert people.owner.put(f"/project/{project['id']}", {"info": {"b": 3}}).json()["info"] == {"b": 3}


def test_a_renamed_project_gives_its_name_back(people: People) -> None:
    project = people.owner.project()
    fresh = unique("fresh")
    assert people.owner.put(f"/project/{project['id']}", {"short_name": fresh, "name": fresh}).status_code == 200
    taken = people.stranger.post("/project", {"name": fresh, "short_name": unique("x"), "description": "x"})
    assert taken.json()["exception_cls"] == "DBIntegrityError"
    body = {"name": project["name"], "short_name": project["short_name"], "description": "x"}
    assert people.stranger.post("/project", body).status_code == 200
    assert people.owner.get(f"/project/{fresh}/userprogress").json() == {"done": 0, "total": 0}


def test_a_project_is_deleted_with_everything_in_it(people: People) -> None:
    project = people.owner.project()
    tasks = people.owner.tasks(project, 3)
    runs = people.stranger.answer_all(project)
    material = people.owner.made("/helpingmaterial", project_id=project["id"])
    assert people.owner.delete(f"/project/{project['id']}").status_code == 204
    gone = [f"/task/{task['id']}" for task in tasks] + [f"/taskrun/{run['id']}" for run in runs]
    for path in (*gone, f"/helpingmaterial/{material['id']}", f"/project/{project['id']}"):
        assert people.owner.get(path).status_code == 404
    again = {"name": project["name"], "short_name": project["short_name"], "description": "x"}
    assert people.owner.post("/project", again).status_code == 200


def test_a_deleted_task_takes_its_runs_along(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 2)
    first, second = people.stranger.answer_all(project)
    assert people.owner.delete(f"/task/{first['task_id']}").status_code == 204
    assert people.owner.get(f"/taskrun/{first['id']}").status_code == 404
    assert [run["id"] for run in people.owner.get("/taskrun", project_id=project["id"]).json()] == [second["id"]]
    assert people.stranger.get(f"/project/{project['id']}/userprogress").json() == {"done": 1, "total": 1}
    assert people.owner.delete(f"/task/{first['task_id']}").status_code == 404


def test_a_category_in_use_is_not_deleted(people: People) -> None:
    category = people.admin.made("/category", **dict.fromkeys(("name", "short_name", "description"), unique("c")))
    project = people.owner.project(category_id=category["id"])
    refused = people.admin.delete(f"/category/{category['id']}")
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DBIntegrityError")
    people.owner.put(f"/project/{project['id']}", {"category_id": people.owner.project()["category_id"]})
    assert eventually(lambda: people.admin.delete(f"/category/{category['id']}").status_code == 204)


def test_reserved_keys_in_a_category_are_named(people: People) -> None:
    refused = people.admin.post("/category", {"name": "x", "id": 5})
    assert refused.json()["exception_msg"] == "Reserved keys in payload: id"


@pytest.mark.parametrize("body", [{"id": 1}, {"task_run_ids": []}])
def test_reserved_keys_win_over_permission(people: People, body: dict[str, Any]) -> None:
    assert people.anonymous.post("/result", body).status_code == 400


def test_links_in_a_body_are_ignored_even_when_empty(people: People) -> None:
    project = people.owner.project()
    body = {"project_id": project["id"], "info": 1, "link": "", "links": []}
    task = people.owner.made("/task", **body)
    assert people.owner.put(f"/task/{task['id']}", {"links": [], "link": None, "info": 2}).json()["info"] == 2


def test_numbers_may_come_as_text_where_the_reference_casts_them(people: People) -> None:
    project = people.owner.project()
    task = people.owner.made("/task", project_id=str(project["id"]), n_answers="3", priority_0="0.5")
    assert (task["n_answers"], task["priority_0"], task["project_id"]) == (3, 0.5, project["id"])


def test_a_new_owner_keeps_the_project(people: People) -> None:
    project = people.owner.project(owners_ids=[people.coowner.id])
    path = f"/project/{project['id']}"
    assert people.coowner.put(path, {"owner_id": people.coowner.id}).status_code == 403
    assert people.owner.put(path, {"owner_id": 10**9}).json()["exception_cls"] == "DBIntegrityError"
    given = people.owner.put(path, {"owner_id": people.coowner.id}).json()
    assert (given["owner_id"], set(given["owners_ids"])) == (people.coowner.id, {people.owner.id, people.coowner.id})
