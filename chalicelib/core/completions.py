"""From a completed task to its result version and to the one message that tells of it; every step may be repeated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.moments import timestamp
from chalicelib.core.results import Completion, Image, Orphans, Result, completion, orphans, reopened
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import Task

REPAIR_TASKS = 100  # looked at in one call


class Results(Protocol):
    def add(self, completion: Completion, result_id: int, created: str) -> Result | None:
        """The one version of that task and generation: the stored one, if there is one already; None when the task is
        gone."""

    def versions(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], Result]:
        """Those versions, by (task id, generation), that exist."""

    def remove(self, orphans: Orphans) -> None:
        """Remove all versions of a task's result, for good: one that arrives later is not stored."""

    def supersede(self, task_id: int, gen: int) -> None:
        """No version before that generation is the last one, also if it only arrives later."""


class Announcer(Protocol):
    def announce(self, result: Result) -> None:
        """Queue the message of a result, once, if its project has a webhook."""


class Tasks(Protocol):
    def after(self, project_id: int, last_id: int, limit: int) -> list[Task]: ...


class Sheets(Protocol):
    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]: ...


@dataclass(frozen=True)
class Repair:
    """What one call of `repair` did: tasks looked at, results made, and where to go on (None: at the end)."""

    looked: int
    made: int
    last_id: int | None


class Completions:
    """Turns completions into results. `next_id` makes result ids, `clock` gives epoch seconds."""

    def __init__(
        self,
        results: Results,
        announcer: Announcer,
        tasks: Tasks,
        sheets: Sheets,
        next_id: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._results = results
        self._announcer = announcer
        self._tasks = tasks
        self._sheets = sheets
        self._next_id = next_id
        self._clock = clock

    def changed(self, old: Image | None, new: Image | None) -> Result | None:
        """Handle one change of a sheet; the result if it completed a task that is still there. Raises MalformedRecord.

        A removal finds what the completion before it made, or forbids what a late delivery of it would make.
        """
        left = orphans(old, new)
        if left is not None:
            self._results.remove(left)
        open_again = reopened(old, new)
        if open_again is not None:
            self._results.supersede(*open_again)
        found = completion(old, new)
        return self._complete(found) if found is not None else None

    def _complete(self, found: Completion) -> Result | None:
        result = self._results.add(found, self._next_id(), timestamp(self._clock()))
        if result is not None:
            self._announcer.announce(result)
        return result

    def repair(self, project_id: int, last_id: int = 0, announce_all: bool = False) -> Repair:
        """Make what is missing for the next tasks after `last_id`: for stream records that were given up.

        A result that exists is announced again only when `announce_all`: it may be older than the project's webhook.
        """
        tasks = self._tasks.after(project_id, last_id, REPAIR_TASKS)
        sheets, _ = self._sheets.read([task.sheet for task in tasks], [], consistent=True)
        completed = [sheet for sheet in sheets.values() if sheet.completed]
        made = self._results.versions([(sheet.task, sheet.gen) for sheet in completed])
        missing = [sheet for sheet in completed if (sheet.task, sheet.gen) not in made]
        for sheet in missing:
            self._complete(Completion(sheet.project, sheet.task, sheet.gen, sheet.run_ids))
        for result in made.values() if announce_all else ():
            self._announcer.announce(result)
        return Repair(len(tasks), len(missing), tasks[-1].id if len(tasks) == REPAIR_TASKS else None)
