"""Whose rows a list shows, what it embeds, and when a project changed (contract rest-api.md §4.5, §4.6, §9.1)."""

from typing import Any

import pytest
import requests

from chalicelib.core.resources import RESOURCES, RESULT, Resource
from tests.contract.people import People, Person, eventually, sign_up, unique
from tests.instance import Stack

SCOPED = [pytest.param(one, id=one.name) for one in RESOURCES if one.scoped]
IN_PROJECTS = [pytest.param(one, id=one.name) for one in RESOURCES if one.scoped and one.name != "project"]


@pytest.fixture(scope="module")
def owner(stack: Stack) -> Person:
    """An account that owns nothing but the project of these tests."""
    return sign_up(stack, "scoped")


@pytest.fixture(scope="module")
def project(people: People, owner: Person) -> dict[str, Any]:
    """A draft with a co-owner and one of everything."""
    project = owner.project(owners_ids=[people.coowner.id])
    [task] = owner.tasks(project, 1, n_answers=1)
    assert people.stranger.answer_all(project)
    owner.made("/helpingmaterial", project_id=project["id"])
    owner.made("/blogpost", project_id=project["id"], title="t", body="b", published=True)
    owner.made("/page", project_id=project["id"], slug="s")
    eventually(lambda: owner.get("/result", task_id=task["id"]).json())
    return project


def listed(caller: Person, resource: Resource, project: dict[str, Any], **query: Any) -> int:
    """How many rows of the project the caller lists."""
    key = "id" if resource.name == "project" else "project_id"
    answer = caller.get(f"/{resource.name}", **{key: project["id"], **query})
    assert answer.status_code == 200, answer.text
    return len(answer.json())


@pytest.mark.parametrize("resource", SCOPED)
def test_signed_in_callers_list_what_they_own_unless_they_ask_for_all(
    people: People, owner: Person, project: dict[str, Any], resource: Resource
) -> None:
    assert listed(owner, resource, project) == 1
    kept_from_others = resource.name in ("project", "helpingmaterial", "blogpost", "page")  # of a draft
    for caller in (people.coowner, people.stranger, people.admin):
        assert listed(caller, resource, project) == 0
        assert listed(caller, resource, project, all="true") == 0
    assert listed(people.admin, resource, project, all="1") == 1
    assert listed(people.stranger, resource, project, all="1") == (0 if kept_from_others else 1)
    assert listed(people.anonymous, resource, project) == (0 if kept_from_others else 1)
    co_owner_reads = resource.name not in ("helpingmaterial", "page")  # §9.9, §9.10: the main owner's
    assert listed(people.coowner, resource, project, all="1") == (1 if co_owner_reads else 0)


@pytest.mark.parametrize("resource", SCOPED)
def test_without_a_project_only_own_rows_come_too(owner: Person, project: dict[str, Any], resource: Resource) -> None:
    [row] = owner.get(f"/{resource.name}").json()
    assert row["id" if resource.name == "project" else "project_id"] == project["id"]


def test_statistics_and_what_belongs_to_nobody_are_not_scoped(people: People, project: dict[str, Any]) -> None:
    assert len(people.stranger.get("/projectstats", project_id=project["id"]).json()) == 1
    for name in ("category", "user"):
        assert people.stranger.get(f"/{name}").json()


def test_drafts_leave_no_holes_in_pages(stack: Stack, people: People) -> None:
    """Removed before the limit counts, so that a page is as long as it can be."""
    owner, mark = sign_up(stack, "drafts"), unique("m")
    for place in range(4):
        project = owner.project(info={"task_presenter": "<p>"}, description=mark)
        owner.tasks(project, 1)
        for _ in range(2):
            owner.made("/page", project_id=project["id"], slug=mark)
        if place % 2:
            headers = {"Authorization": str(owner.key)}
            done = requests.post(f"{stack.url}/project/{project['short_name']}/publish", headers=headers, timeout=30)
            assert done.status_code == 200
    assert len(people.anonymous.get("/page", slug=mark, limit=3).json()) == 3
    assert len(people.anonymous.get("/page", slug=mark).json()) == 4
    assert len(people.anonymous.get("/project", description=mark, limit=2).json()) == 2
    assert len(people.anonymous.get("/project", description=mark, limit=1, offset=1).json()) == 1


def external_token(people: People, owner: Person, project: dict[str, Any]) -> str:
    secret = owner.get(f"/project/{project['id']}").json()["secret_key"]
    path = f"/auth/project/{project['short_name']}/token"
    return people.anonymous.send("GET", path, headers={"Authorization": secret}).text


def test_participated_leaves_out_what_an_external_user_answered(people: People, owner: Person) -> None:
    project = owner.project()
    first, second = owner.tasks(project, 2)
    bearer = {"Authorization": f"Bearer {external_token(people, owner, project)}"}
    taken = people.anonymous.send("GET", f"/project/{project['id']}/newtask?external_uid=ann", headers=bearer).json()
    assert taken["id"] == first["id"]
    body = {"project_id": project["id"], "task_id": first["id"], "info": 1, "external_uid": "ann"}
    sent = people.anonymous.send("POST", "/taskrun?external_uid=ann", json=body, headers=bearer)
    assert sent.status_code == 200, sent.text

    def left(**query: Any) -> list[int]:
        found = people.anonymous.get("/task", project_id=project["id"], participated="1", **query)
        return [task["id"] for task in found.json()]

    assert left(external_uid="ann") == [second["id"]]
    assert left(external_uid="bob") == left() == [first["id"], second["id"]]
    assert left(external_uid="ann", orderby="id", desc="1", limit=1) == [second["id"]]
    assert left(external_uid="ann", state="completed") == []


def test_participated_drops_the_owners_scope_and_knows_anonymous_callers(people: People, owner: Person) -> None:
    project = owner.project()
    first, second = owner.tasks(project, 2)
    people.anonymous.answer(people.anonymous.next(project))
    found = people.anonymous.get("/task", project_id=project["id"], participated="0").json()
    assert [task["id"] for task in found] == [second["id"]]
    assert len(people.stranger.get("/task", project_id=project["id"], participated="1").json()) == 2
    assert people.stranger.get("/task", project_id=project["id"], participated="").json() == []
    assert people.anonymous.get("/taskrun", task_id=first["id"], participated="1").status_code == 200


@pytest.fixture(scope="module")
def reopened(people: People, owner: Person) -> dict[str, Any]:
    """A task that was completed, reopened and completed again."""
    project = owner.project()
    [task] = owner.tasks(project, 1, n_answers=1)
    path = f"/task/{task['id']}"
    people.stranger.answer(people.stranger.next(project))
    eventually(lambda: owner.get("/result", task_id=task["id"]).json())
    assert owner.put(path, {"n_answers": 2}).json()["state"] == "ongoing"
    between = owner.get(path, related="1").json()
    assert (len(between["task_runs"]), between["result"]["last_version"]) == (1, True)
    people.coowner.answer(people.coowner.next(project))
    eventually(lambda: [len(one["task_run_ids"]) for one in owner.get("/result", task_id=task["id"]).json()] == [2])
    found: dict[str, Any] = owner.get(path, related="1").json()
    return found


def test_related_shows_the_last_version_of_a_task_that_was_reopened(owner: Person, reopened: dict[str, Any]) -> None:
    result = reopened["result"]
    assert result["last_version"] is True
    assert result["task_run_ids"] == [run["id"] for run in reopened["task_runs"]]
    assert "link" not in result
    [listed_task] = owner.get("/task", id=reopened["id"], related="1").json()
    assert listed_task["result"] == result
    for run in reopened["task_runs"]:
        assert owner.get(f"/taskrun/{run['id']}", related="1").json()["result"] == result
    [row] = owner.get("/result", task_id=reopened["id"], related="1").json()
    assert (row["id"], [run["id"] for run in row["task_runs"]]) == (result["id"], result["task_run_ids"])
    assert (row["task"]["id"], "link" in row["task"]) == (reopened["id"], False)


def test_superseded_versions_are_listed_when_they_are_asked_for(owner: Person, reopened: dict[str, Any]) -> None:
    last = reopened["result"]["id"]
    for query in ({"task_id": reopened["id"]}, {"project_id": reopened["project_id"]}):
        assert [row["id"] for row in owner.get("/result", **query).json()] == [last]
        [old] = owner.get("/result", last_version="false", **query).json()
        assert (old["id"] != last, old["last_version"]) == (True, False)
        assert [row["id"] for row in owner.get("/result", last_version="TRUE", **query).json()] == [last]
        assert owner.get(f"/result/{old['id']}").json()["last_version"] is False
        assert [row["id"] for row in owner.get("/result", last_version="f", id=old["id"]).json()] == [old["id"]]


def test_results_are_listed_from_the_newest_down(people: People, owner: Person) -> None:
    project = owner.project()
    owner.tasks(project, 3, n_answers=1)
    assert len(people.stranger.answer_all(project)) == 3
    eventually(lambda: len(owner.get("/result", project_id=project["id"]).json()) == 3)
    ids = [row["id"] for row in owner.get("/result", project_id=project["id"]).json()]
    newest = owner.get("/result", project_id=project["id"], desc="1", limit=2).json()
    assert [row["id"] for row in newest] == ids[::-1][:2]
    assert {"id", *RESULT.by_name} <= newest[0].keys()


def test_a_projects_updated_moves_with_what_is_in_it(people: People, owner: Person) -> None:
    project, other = owner.project(), owner.project()
    path, seen = f"/project/{project['id']}", [project["updated"]]

    def moved() -> bool:
        now = owner.get(path).json()["updated"]
        if now > seen[-1]:
            seen.append(now)
            return True
        return False

    [task] = owner.tasks(project, 1)
    assert moved(), "a task"
    assert owner.put(f"/task/{task['id']}", {"info": 5}).status_code == 200
    assert moved(), "a changed task"
    people.stranger.answer(people.stranger.next(project))
    eventually(moved)
    post = owner.made("/blogpost", project_id=project["id"], title="t", body="b")
    assert moved(), "a blog post"
    assert owner.put(f"/blogpost/{post['id']}", {"title": "u"}).status_code == 200
    assert moved(), "a changed blog post"
    bulk = owner.post("/task", [{"project_id": project["id"], "info": n} for n in range(3)])
    assert bulk.status_code == 200, bulk.text
    assert moved(), "tasks in bulk"
    assert not moved(), "looking changes nothing"
    newest = owner.get("/project", orderby="updated", desc="1", limit=1).json()
    assert (newest[0]["id"], newest[0]["updated"]) == (project["id"], seen[-1])
    assert owner.get("/project", updated=seen[-1]).json()[0]["id"] == project["id"]
    assert owner.get(f"/project/{other['id']}").json()["updated"] == other["updated"]
    assert owner.put(path, {"description": "changed"}).status_code == 200
    assert moved(), "the project itself"


def test_blog_posts_are_counted(owner: Person) -> None:
    project = owner.project()
    for _ in range(2):
        owner.made("/blogpost", project_id=project["id"], title="t", body="b")
    eventually(lambda: owner.get(f"/projectstats/{project['id']}").json()["n_blogposts"] == 2)
