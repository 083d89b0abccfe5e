"""The real enki 3.0.0 (analysis of a project in pandas) against the running stack (contract rest-api.md §0, §4)."""

from typing import Any

import enki
import pytest

from tests.contract.people import People, eventually

ANSWERS = [{"x": 10, "kind": "cirrus"}, {"x": 20, "kind": "cumulus"}]


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    """Two complete tasks with two runs each, and one that nobody has answered."""
    made = people.owner.project()
    people.owner.tasks(made, 2, n_answers=2)
    for who, answer in zip((people.owner, people.stranger), ANSWERS, strict=True):
        while task := who.next(made):
            who.answer(task, answer)
    people.owner.tasks(made, 1, info={"n": 9})
    results = eventually(lambda: len(found := _results(people, made)) == 2 and found)
    for result in results:
        people.owner.put(f"/result/{result['id']}", {"info": {"mean": 15}})
    return made


def _results(people: People, project: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = people.owner.get("/result", project_id=project["id"]).json()
    return found


@pytest.fixture
def analysis(people: People, project: dict[str, Any]) -> Any:
    return enki.Enki(api_key=people.owner.key, endpoint=people.owner.url, project_short_name=project["short_name"])


def test_complete_tasks_and_their_runs_become_data_frames(analysis: Any, project: dict[str, Any]) -> None:
    analysis.get_all()
    assert analysis.project.id == project["id"]
    assert sorted(analysis.tasks_df["n"]) == [0, 1]
    assert set(analysis.tasks_df["state"]) == {"completed"}
    for task in analysis.tasks:
        assert len(analysis.task_runs[task.id]) == 2
        runs = analysis.task_runs_df[task.id]
        assert runs["x"].mean() == 15.0
        assert sorted(runs["kind"]) == ["cirrus", "cumulus"]
        assert set(runs["task_id"]) == {task.id}
    assert analysis.describe("tasks")["n"]["count"] == 2


def test_partial_results_can_be_loaded(analysis: Any) -> None:
    analysis.get_tasks(state="ongoing")
    assert list(analysis.tasks_df["n"]) == [9]
    with pytest.raises(enki.ProjectWithoutTaskRuns):
        analysis.get_task_runs()


def test_one_task_can_be_loaded(analysis: Any) -> None:
    analysis.get_tasks()
    first = analysis.tasks[0]
    analysis.get_tasks(task_id=first.id)
    assert [task.id for task in analysis.tasks] == [first.id]
    assert list(analysis.tasks_df["n"]) == [first.info["n"]]


def test_more_tasks_than_a_page_holds_are_loaded(people: People) -> None:
    project = people.owner.project()
    wanted = [{"project_id": project["id"], "info": {"n": n}} for n in range(230)]
    assert people.owner.post("/task", wanted).status_code == 200
    analysis = enki.Enki(people.owner.key, people.owner.url, project["short_name"])
    analysis.get_tasks(state="ongoing")
    assert sorted(analysis.tasks_df["n"]) == list(range(230))


def test_a_stranger_loads_them_with_all_1_only(people: People, project: dict[str, Any]) -> None:
    with pytest.raises(enki.ProjectNotFound):
        enki.Enki(people.coowner.key, people.coowner.url, project["short_name"])
    people.owner.put(f"/project/{project['id']}", {"owners_ids": [people.coowner.id]})
    analysis = enki.Enki(people.coowner.key, people.coowner.url, project["short_name"], all=1)
    analysis.get_all()
    assert len(analysis.tasks) == 2


def test_a_project_without_tasks_is_told(people: People) -> None:
    project = people.owner.project()
    analysis = enki.Enki(people.owner.key, people.owner.url, project["short_name"])
    with pytest.raises(enki.ProjectWithoutTasks):
        analysis.get_all()
