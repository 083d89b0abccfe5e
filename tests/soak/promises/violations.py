"""A broken promise and what shows it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.soak.history import Line, by

Evidence = dict[str, Any]
SHOWN = 12  # lines of the history


@dataclass(frozen=True)
class Violation:
    """`promise`: as reliability.md numbers them. `lines`: of the history, that show it."""

    promise: str
    what: str
    lines: list[Line] = field(default_factory=list)

    def __str__(self) -> str:
        more = [f"    … and {len(self.lines) - SHOWN} more"] if len(self.lines) > SHOWN else []
        return "\n".join([f"{self.promise}: {self.what}", *(f"    {line}" for line in self.lines[:SHOWN]), *more])


class Facts:
    """A whole history and what the site said at the end, arranged for the checks."""

    def __init__(self, lines: list[Line], evidence: Evidence) -> None:
        self.lines = lines
        self.projects: dict[int, Any] = {int(project): found for project, found in evidence["projects"].items()}
        self.announced: list[int] = evidence["kinds"]["announced"]
        self.unbounded: list[int] = evidence["kinds"]["unbounded"]
        self.agreeing: list[int] = evidence["kinds"]["agreeing"]
        self.gold: list[int] = evidence["kinds"]["gold"]
        self.tasks = {task["id"]: task for found in self.projects.values() for task in found["tasks"]}
        self.runs = {run["id"]: run for found in self.projects.values() for run in found["runs"]}
        self.submitted = by(lines, "submit")
        self.deleted_runs = _by_request(by(lines, "delete run"), "run")
        self.withdrawn_on = self._withdraw()
        self.deleted_tasks = _by_request(by(lines, "delete task"), "task")
        self.redundancy = _by_request(by(lines, "redundancy"), "task")

    def is_bounded(self, task: int) -> bool:
        """Whether its answers are: not of gold tasks, nor in projects under depth_first_all or at_least."""
        known = task in self.tasks and task not in self.gold
        return known and self.tasks[task]["project_id"] not in self.unbounded

    def _withdraw(self) -> Counter[int]:
        """Note the runs that may have gone with their volunteer as deleted; how many of each task."""
        stored = {run["info"]["token"]: run["id"] for run in self.runs.values() if "token" in run["info"]}
        found: set[tuple[int, int]] = set()
        for line in by(self.lines, "withdraw"):
            for sent in self.submitted if line.may_have_taken_effect else ():
                run = sent.answer if sent.took_effect else stored.get(sent.request["token"])
                if run is not None and may_withdraw(line, sent):
                    found.add((sent.request["task"], run))
                    self.deleted_runs.setdefault(run, []).append(line)
        return Counter(task for task, _ in found)

    def of_task(self, task: int) -> list[Line]:
        """Everything that the history says about how a task was made, its answers and redundancy."""
        row = self.tasks[task]["info"].get("row") if task in self.tasks else None
        return [line for line in self.lines if _is_of(line, task, row)]


def _is_of(line: Line, task: int, row: str | None) -> bool:
    return (line.request.get("task") == task and line.what != "newtask") or row in line.request.get("rows", ())


def may_withdraw(line: Line, sent: Line) -> bool:
    """Whether an answer may be one of those that a withdrawal is of: it was sent before that was told to have begun."""
    theirs = (line.request["project"], line.request["by"]) == (sent.request["project"], sent.who)
    return theirs and (not line.took_effect or sent.asked <= line.answered)


def _by_request(lines: list[Line], name: str) -> dict[int, list[Line]]:
    """Lines that may have taken effect, by what they asked about."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.may_have_taken_effect:
            found.setdefault(line.request[name], []).append(line)
    return found
