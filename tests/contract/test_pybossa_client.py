"""Every function of the real pybossa-client 3.0.0 against the running stack (contract rest-api.md §14.1)."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pbclient
import pytest
import requests

from tests.contract.people import People, eventually, unique


@pytest.fixture
def client(people: People) -> Iterator[Any]:
    pbclient.set("endpoint", people.owner.url)
    pbclient.set("api_key", people.owner.key)
    yield pbclient
    pbclient._opts.clear()


@pytest.fixture
def project(client: Any) -> Any:
    name = unique("client")
    return client.create_project(name, name, "Made by pybossa-client")


def test_every_function_of_the_client_is_called_here() -> None:
    public = {name for name, _ in inspect.getmembers(pbclient, inspect.isfunction) if not name.startswith("_")}
    calls = [node.func for node in ast.walk(ast.parse(Path(__file__).read_text())) if isinstance(node, ast.Call)]
    assert public - {call.attr for call in calls if isinstance(call, ast.Attribute)} == set()


def test_projects(client: Any, project: Any) -> None:
    assert client.get_project(project.id).short_name == project.short_name
    assert [one.id for one in client.find_project(short_name=project.short_name)] == [project.id]
    assert project.id in [one.id for one in client.get_projects(limit=100, last_id=project.id - 50)]
    assert [one.id for one in client.get_projects(limit=1, last_id=project.id - 1)] == [project.id]

    found = client.get_project(project.id)
    found.info = {"task_presenter": "<div></div>", "custom": {"a": [1]}}
    found.name = unique("renamed")
    found.long_description = "# Long"
    changed = client.update_project(found)
    assert changed.info == {"task_presenter": "<div></div>", "custom": {"a": [1]}}
    assert client.get_project(project.id).name == found.name

    assert client.delete_project(project.id) is True
    assert client.get_project(project.id)["status_code"] == 404


def test_errors_are_dictionaries(client: Any, project: Any) -> None:
    again = client.create_project(project.name, project.short_name, "x")
    assert (again["exception_cls"], again["status"], again["target"]) == ("DBIntegrityError", "failed", "project")
    assert client.find_project(nothing="x")["exception_cls"] == "AttributeError"
    assert client.delete_task(0)["status_code"] == 404
    with pytest.raises(AttributeError):
        project.nothing = 1


def test_categories(client: Any, people: People) -> None:
    pbclient.set("api_key", people.admin.key)
    made = client.create_category(unique("Sky "), "Things above")
    assert client.get_category(made.id).name == made.name
    assert [one.id for one in client.find_category(short_name=made.short_name)] == [made.id]
    assert made.id in [one.id for one in client.get_categories(limit=100)]
    assert [one.id for one in client.get_categories(limit=1, last_id=made.id - 1)] == [made.id]
    made.description = "Things far above"
    assert client.update_category(made).description == "Things far above"
    assert client.delete_category(made.id) is True


def test_tasks(client: Any, project: Any) -> None:
    made = [client.create_task(project.id, {"n": n}, n_answers=2, priority_0=0.5) for n in range(3)]
    ids = [task.id for task in made]
    assert [task.id for task in client.get_tasks(project.id)] == ids
    assert [task.id for task in client.get_tasks(project.id, limit=2, last_id=ids[0])] == ids[1:]
    assert [task.id for task in client.get_tasks(project.id, limit=2, offset=1)] == ids[1:]
    assert [task.id for task in client.find_tasks(project.id, info="n::1")] == [ids[1]]
    assert [task.id for task in client.find_tasks(project.id, state="completed")] == []

    [task] = client.find_tasks(project.id, id=ids[0])
    task.n_answers, task.info, task.priority_0 = 5, {"n": "new"}, 0.25
    changed = client.update_task(task)
    assert (changed.n_answers, changed.info, changed.priority_0, changed.state) == (5, {"n": "new"}, 0.25, "ongoing")
    [embedded] = client.find_tasks(project.id, id=ids[1], related=True)
    embedded.info = "changed"
    assert client.update_task(embedded).info == "changed"
    assert client.delete_task(ids[2]) is True
    assert [task.id for task in client.get_tasks(project.id)] == ids[:2]


def test_runs_and_results(client: Any, project: Any, people: People) -> None:
    client.create_task(project.id, {"question": "?"}, n_answers=2)
    client.create_task(project.id, {"question": "??"}, n_answers=9)
    runs = [who.answer_all({"id": project.id}) for who in (people.owner, people.stranger)]
    everything = sorted(run["id"] for pair in runs for run in pair)
    assert [run.id for run in client.get_taskruns(project.id)] == everything
    assert [run.id for run in client.get_taskruns(project.id, limit=2, last_id=everything[1])] == everything[2:]
    found = client.find_taskruns(project.id, user_id=people.stranger.id)
    assert [run.id for run in found] == [run["id"] for run in runs[1]]
    own = next(run["id"] for run in runs[0] if run["task_id"] == max(one["task_id"] for one in runs[0]))
    assert client.delete_taskrun(own) is True
    assert client.delete_taskrun(everything[0])["status_code"] == 403

    [result] = eventually(lambda: client.get_results(project.id))
    assert client.find_results(project.id, task_id=result.task_id)[0].id == result.id
    assert [one.id for one in client.get_results(project.id, limit=1, last_id=result.id - 1)] == [result.id]
    identifier, result.info = result.id, {"mean": 0.5}
    assert client.update_result(result).info == {"mean": 0.5}  # it takes the reserved keys out of what it is given
    assert client.find_results(project.id, info="mean::0.5")[0].id == identifier


def test_helping_materials(client: Any, project: Any, tmp_path: Path) -> None:
    picture = tmp_path / "cloud.png"
    picture.write_bytes(bytes(range(256)))
    made = client.create_helpingmaterial(project.id, {"key": "value"})
    assert made.info == {"key": "value"}
    uploaded = client.create_helpingmaterial(project.id, {}, file_path=str(picture))
    assert requests.get(uploaded.media_url, timeout=30).content == picture.read_bytes()
    assert uploaded.info["file_name"] == "cloud.png"
    ids = [made.id, uploaded.id]
    uploaded.info = {**uploaded.info, "more": 1}
    assert client.update_helping_material(uploaded).info["more"] == 1
    assert [one.id for one in client.get_helping_materials(project.id)] == ids
    assert [one.id for one in client.get_helping_materials(project.id, limit=1, last_id=ids[0])] == ids[1:]
    assert [one.id for one in client.find_helping_materials(project.id, id=ids[1])] == ids[1:]
