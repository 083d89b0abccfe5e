"""How far a project is, for its pages; a few seconds old, at a cost that does not grow with the project."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.projects import Card
from chalicelib.core.remembered import Remembered
from chalicelib.core.tallies import Tally

REMEMBER_SECONDS = 3.0


class Tasks(Protocol):
    def count(self, project_id: int) -> int: ...


@dataclass(frozen=True)
class Progress:
    """How many tasks a project has, without the gold ones, and how many of them are completed; its runs, volunteers
    with or without account, results with an analysis, and when it was last active (epoch milliseconds; 0: never)."""

    tasks: int
    completed: int | None
    runs: int = 0
    volunteers: int = 0
    analysed: int = 0
    last: int = 0

    @property
    def percent(self) -> int | None:
        """Completed tasks of a hundred, rounded down; None without tasks."""
        return None if self.completed is None or not self.tasks else self.completed * 100 // self.tasks


class Overview:
    """Progress of projects. `statistics` gives a project's; `clock` is monotonic."""

    def __init__(self, tasks: Tasks, statistics: Callable[[int], Tally], clock: Callable[[], float]) -> None:
        self._tasks = tasks
        self._statistics = statistics
        self._remembered: Remembered[int, Progress] = Remembered(REMEMBER_SECONDS, clock)

    def progress(self, card: Card) -> Progress:
        found = self._remembered.get(card.id, lambda: self._count(card.id))
        return found or Progress(0, None)

    def _count(self, project_id: int) -> Progress:
        tally = self._statistics(project_id)
        tasks = max(0, self._tasks.count(project_id) - tally.gold)
        volunteers = tally.count("user", "ip", "browser")
        return Progress(tasks, min(tasks, tally.completed), tally.runs, volunteers, tally.analysed, tally.last)
