"""A broken promise and what shows it."""

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
        self.tasks = {task["id"]: task for found in self.projects.values() for task in found["tasks"]}
        self.runs = {run["id"]: run for found in self.projects.values() for run in found["runs"]}
        self.submitted = by(lines, "submit")
        self.deleted_runs = _by_request(by(lines, "delete run"), "run")
        self.deleted_tasks = _by_request(by(lines, "delete task"), "task")
        self.redundancy = _by_request(by(lines, "redundancy"), "task")

    def is_bounded(self, task: int) -> bool:
        """Whether its answers are: not in projects under depth_first_all."""
        return task in self.tasks and self.tasks[task]["project_id"] not in self.unbounded

    def of_task(self, task: int) -> list[Line]:
        """Everything that the history says about a task's answers and redundancy."""
        return [line for line in self.lines if line.request.get("task") == task and line.what != "newtask"]


def _by_request(lines: list[Line], name: str) -> dict[int, list[Line]]:
    """Lines that may have taken effect, by what they asked about."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.may_have_taken_effect:
            found.setdefault(line.request[name], []).append(line)
    return found
