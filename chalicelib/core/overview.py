"""How far a project is, for its pages; a few seconds old, at a cost that does not grow with the project."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.projects import Card
from chalicelib.core.queueing import queue_name
from chalicelib.core.remembered import Remembered

REMEMBER_SECONDS = 5.0
MOST_COUNTED = 1000  # open tasks; 11 read units


class Counted(Protocol):
    def count(self, project_id: int) -> int: ...


class OpenTasks(Protocol):
    def count(self, queue: str, most: int) -> int:
        """How many tasks are open, counted up to `most`."""


@dataclass(frozen=True)
class Progress:
    """`completed` is None while more than a thousand tasks are open: then it is not counted."""

    tasks: int
    completed: int | None

    @property
    def percent(self) -> int | None:
        """Completed tasks of a hundred, rounded down; None when not counted or without tasks."""
        return None if self.completed is None or not self.tasks else self.completed * 100 // self.tasks


class Overview:
    """Progress of projects. `clock` is monotonic."""

    def __init__(self, tasks: Counted, queue: OpenTasks, clock: Callable[[], float]) -> None:
        self._tasks = tasks
        self._queue = queue
        self._remembered: Remembered[int, Progress] = Remembered(REMEMBER_SECONDS, clock)

    def progress(self, card: Card) -> Progress:
        found = self._remembered.get(card.id, lambda: self._count(card))
        return found or Progress(0, None)

    def _count(self, card: Card) -> Progress:
        tasks = self._tasks.count(card.id)
        still_open = self._queue.count(queue_name(card.id, card.rules.sched), MOST_COUNTED + 1)
        completed = max(0, tasks - still_open) if still_open <= MOST_COUNTED else None
        return Progress(tasks, completed)
