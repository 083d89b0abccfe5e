"""The real command line of pbs 3.0.0 against the running stack (contract rest-api.md §14.2): what is stored and said.

Its documentation writes `pbs create_project`; with the click that it pins the commands are called `create-project`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from tests.contract.people import People, Person, unique

COMMAND = str(Path(sys.executable).with_name("pbs"))
# pbs hands workbooks to their reader as it opened them: as text, which only Python 2 let pass. So here its files are
# opened as bytes; everything else is its own command line.
BINARY = """
import click, pbs
for command in pbs.cli.commands.values():
    for parameter in command.params:
        if isinstance(parameter.type, click.File):
            parameter.type = click.File("rb")
pbs.cli()
"""
PICTURE = bytes(range(256))
WINDOW_SECONDS = 5
ROWS = [{"question": "Which cloud?", "place": "Łódź"}, {"question": "And this?", "place": "Quito"}]


@dataclass(frozen=True)
class Pbs:
    """A folder with a project.json, and the command run in it by one person."""

    folder: Path
    name: str
    who: Person
    url: str

    def run(self, *arguments: str, program: tuple[str, ...] = (COMMAND,), before: tuple[str, ...] = ()) -> str:
        """What it printed, errors included."""
        options = ("--server", self.url, "--api-key", str(self.who.key), *before)
        done = subprocess.run(
            [*program, *options, *arguments],
            cwd=self.folder,
            input="y\n",
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return done.stdout + done.stderr

    def write(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content)
        return name

    def workbook(self, name: str, rows: list[dict[str, Any]]) -> str:
        book = openpyxl.Workbook()
        for row in (list(rows[0]), *(list(row.values()) for row in rows)):
            book.active.append(row)
        book.save(self.folder / name)
        return name

    @property
    def project(self) -> dict[str, Any]:
        [found] = self.who.get("/project", short_name=self.name).json()
        return dict(found)

    def listed(self, what: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.who.get(f"/{what}", project_id=self.project["id"], limit=100).json()
        return found


@pytest.fixture
def pbs(people: People, tmp_path: Path) -> Pbs:
    """With its project made."""
    made = Pbs(tmp_path, unique("pbs"), people.owner, people.owner.url)
    about = {"name": made.name, "short_name": made.name, "description": "Made by pbs", "question": "?"}
    made.write("project.json", json.dumps(about))
    assert f"Project: {made.name} created!" in made.run("create-project")
    return made


def as_csv(rows: list[dict[str, Any]]) -> str:
    return "\n".join(",".join(row) for row in (list(rows[0]), *(list(row.values()) for row in rows))) + "\n"


def test_a_project_is_created_once(pbs: Pbs) -> None:
    assert (pbs.project["description"], pbs.project["published"]) == ("Made by pbs", False)
    assert "ProjectAlreadyExists: PyBossa project already exists" in pbs.run("create-project")


def test_a_project_gets_its_presenter_tutorial_results_and_long_description(pbs: Pbs) -> None:
    files = {
        "template.html": "<p>présenter</p>",
        "tutorial.html": "<p>tutorial</p>",
        "results.html": "<p>results</p>",
        "long_description.md": "# Long",
    }
    for name, content in files.items():
        pbs.write(name, content)
    pbs.who.put(f"/project/{pbs.project['id']}", {"info": {"custom": 1}})
    assert f"Project {pbs.name} updated!" in pbs.run("update-project")
    presented, tutorial, results, long_description = files.values()
    expected = {"custom": 1, "task_presenter": presented, "tutorial": tutorial, "results": results}
    assert (pbs.project["info"], pbs.project["long_description"]) == (expected, long_description)

    pbs.write("bundle.js", "console.log('1 < 2')")
    pbs.write("other.html", "<p>other</p>")
    assert "updated!" in pbs.run("update-project", "--task-presenter", "other.html")
    assert pbs.project["info"]["task_presenter"].startswith("<p>other</p>")
    assert "console.log('1 < 2')" in pbs.project["info"]["task_presenter"]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_tasks_are_added_from_text(pbs: Pbs, kind: str) -> None:
    file = pbs.write(f"tasks.{kind}", as_csv(ROWS) if kind == "csv" else json.dumps(ROWS))
    told = pbs.run("add-tasks", "--tasks-file", file, "--redundancy", "5", "--priority", "1")
    assert f"2 tasks added to project: {pbs.name}" in told
    tasks = pbs.listed("task")
    assert [task["info"] for task in tasks] == ROWS
    assert {(task["n_answers"], task["priority_0"], task["state"]) for task in tasks} == {(5, 1.0, "ongoing")}


def test_tasks_are_added_from_a_workbook(pbs: Pbs) -> None:
    file = pbs.workbook("tasks.xlsx", ROWS)
    told = pbs.run("add-tasks", "--tasks-file", file, program=(sys.executable, "-c", BINARY))
    assert f"2 tasks added to project: {pbs.name}" in told
    assert [(task["info"], task["n_answers"]) for task in pbs.listed("task")] == [(row, 30) for row in ROWS]


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_helping_materials_are_added_with_their_files(pbs: Pbs, kind: str) -> None:
    (pbs.folder / "cloud.png").write_bytes(PICTURE)
    rows = [{"key": "first", "file_path": "cloud.png"}, {"key": "second", "file_path": "cloud.png"}]
    if kind == "xlsx":
        file, program = pbs.workbook("materials.xlsx", rows), (sys.executable, "-c", BINARY)
    else:
        file, program = pbs.write(f"m.{kind}", as_csv(rows) if kind == "csv" else json.dumps(rows)), (COMMAND,)
    told = pbs.run("add-helpingmaterials", "--helping-materials-file", file, program=program)
    assert f"2 helping materials added to project: {pbs.name}" in told
    materials = pbs.listed("helpingmaterial")
    assert [one["info"]["key"] for one in materials] == ["first", "second"]
    assert {one["info"]["file_name"] for one in materials} == {"cloud.png"}
    assert {one["info"]["container"] for one in materials} == {f"user_{pbs.who.id}"}
    assert len({one["media_url"] for one in materials}) == 2
    for one in materials:
        assert requests.get(one["media_url"], timeout=30).content == PICTURE


def test_helping_materials_are_added_without_files(pbs: Pbs) -> None:
    file = pbs.write("materials.json", json.dumps(ROWS))
    assert "2 helping materials added" in pbs.run("add-helpingmaterials", "--helping-materials-file", file)
    assert [(one["info"], one["media_url"]) for one in pbs.listed("helpingmaterial")] == [(row, None) for row in ROWS]


def test_redundancy_is_changed_of_one_task_and_of_all(pbs: Pbs) -> None:
    first, second = pbs.who.tasks(pbs.project, 2)
    pbs.run("update-task-redundancy", "--task-id", str(first["id"]), "--redundancy", "3")
    assert [task["n_answers"] for task in pbs.listed("task")] == [3, second["n_answers"]]
    assert "All tasks redundancy have been updated" in pbs.run("update-task-redundancy", "--redundancy", "7")
    changed = pbs.listed("task")
    assert [task["n_answers"] for task in changed] == [7, 7]
    assert [task["info"] for task in changed] == [first["info"], second["info"]]


def test_one_task_is_deleted_and_all_are(pbs: Pbs) -> None:
    first, second, third = pbs.who.tasks(pbs.project, 3)
    pbs.run("delete-tasks", "--task-id", str(second["id"]))
    assert [task["id"] for task in pbs.listed("task")] == [first["id"], third["id"]]
    assert "TaskNotFound" in pbs.run("delete-tasks", "--task-id", str(second["id"]))
    assert "All tasks and task_runs have been deleted" in pbs.run("delete-tasks")
    assert pbs.listed("task") == []


def test_a_coowner_finds_the_project_with_all_1_only(pbs: Pbs, people: People) -> None:
    pbs.who.put(f"/project/{pbs.project['id']}", {"owners_ids": [people.coowner.id]})
    file = pbs.write("tasks.json", json.dumps(ROWS))
    theirs = replace(pbs, who=people.coowner)
    assert "ProjectNotFound" in theirs.run("add-tasks", "--tasks-file", file)
    assert "2 tasks added" in theirs.run("add-tasks", "--tasks-file", file, before=("--all", "1"))
    assert [task["info"] for task in pbs.listed("task")] == ROWS


def test_what_is_refused_is_told(pbs: Pbs) -> None:
    nobody = replace(pbs, who=Person(pbs.url, "no-such-key"))
    assert "'exception_cls': 'Unauthorized'" in nobody.run("create-project")
    assert "Project not found!" in nobody.run("update-project")


def test_more_tasks_than_the_limit_allows_are_added_slowly(pbs: Pbs, limited: Callable[[int, int], str]) -> None:
    """25 do not fit into one window of 20. Without the headers it would run into the limit and stop.

    From a window's beginning on: pbs would sleep less than no time when a window ends before it has read the answer.
    """
    slowed = replace(pbs, url=limited(20, WINDOW_SECONDS))
    file = pbs.write("tasks.json", json.dumps([{"n": n} for n in range(25)]))
    time.sleep(WINDOW_SECONDS - time.time() % WINDOW_SECONDS)
    assert "25 tasks added" in slowed.run("add-tasks", "--tasks-file", file)
    assert [task["info"] for task in pbs.listed("task")] == [{"n": n} for n in range(25)]
