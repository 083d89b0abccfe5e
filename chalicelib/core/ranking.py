"""In which order a category lists its projects (contract web.md §2.1)."""

from typing import Protocol

DAY_SECONDS = 86_400.0
TASK_POINTS = ((100, 20), (50, 15), (20, 10), (10, 5), (0, 1))  # for more than so many
FRESH_POINTS = ((1, 50), (2, 20), (3, 10), (4, 5))  # for less than so many days


class Ranked(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def picture(self) -> str | None: ...
    @property
    def finished(self) -> bool: ...
    @property
    def tasks(self) -> int: ...
    @property
    def volunteers(self) -> int: ...


def score(project: Ranked, idle_seconds: float) -> int:
    """The higher, the earlier. `idle_seconds`: since the project was changed or answered last."""
    points = 0 if project.finished else 1000
    points += 0 if "test" in f"{project.name} {project.short_name}".lower() else 500
    points += 200 if project.picture else 0
    points += _above(project.tasks) + 2 * _above(project.volunteers)
    return points + next((given for days, given in FRESH_POINTS if idle_seconds < days * DAY_SECONDS), 0)


def _above(count: int) -> int:
    return next((given for least, given in TASK_POINTS if count > least), 0)
