"""Leases that end before their time: given back by who closes the page or signs out, taken back by a project's owner.

A seat that is given back stays on its sheet as a lease that ends sooner (seats.py), so nothing new is to be known of
it: it is taken over like any expired one, an answer that is under way until then is good, and whoever asks again before
it has ended has it renewed. A participation is told after the sheet and is only a hint, as ever: were it lost, or did
the same volunteer sit down anew between the two, the sheet would say so (heart.md §3, failures 11 and 13).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.seats import GRACE_SECONDS, Sheet, give_back
from chalicelib.core.stores import Lease, Participation, Sheets
from chalicelib.core.tasks import Task

ATTEMPTS = 10  # a sheet that changes faster keeps the lease until it ends by itself
TASKS_A_CALL = 100


class Participations(Protocol):
    def get(self, contributor: str, project_id: int) -> Participation: ...

    def remember(
        self, contributor: str, project_id: int, old: Participation, leases: Mapping[int, Lease], now: float
    ) -> None: ...

    def with_leases(self, contributor: str) -> Mapping[int, Participation]:
        """A contributor's participations in which leases are remembered, by project: of the hundred newest projects."""


class Tasks(Protocol):
    def after(self, project_id: int, last_id: int, limit: int) -> list[Task]: ...


class Ended(Struct, frozen=True):
    """The tasks on which leases ended, and where to go on (None: at the end)."""

    tasks: list[int]
    last_id: int | None = None


class GivingBack:
    """Ends leases. `clock` gives epoch seconds."""

    def __init__(
        self, participations: Participations, sheets: Sheets, tasks: Tasks, clock: Callable[[], float]
    ) -> None:
        self._participations = participations
        self._sheets = sheets
        self._tasks = tasks
        self._clock = clock

    def own(self, me: str, project_id: int, task_ids: Collection[int] | None, seconds: int) -> Ended:
        """End the leases of `me`, all or those of the given tasks, in so many seconds. One that ends by then stays."""
        return self._own(me, project_id, self._participations.get(me, project_id), task_ids, seconds)

    def everywhere(self, me: str) -> None:
        """End the leases that `me` holds in any project, soon: for who signs out."""
        for project_id, remembered in self._participations.with_leases(me).items():
            self._own(me, project_id, remembered, None, GRACE_SECONDS)

    def everybodys(self, project_id: int, last_id: int) -> Ended:
        """End all leases of a hundred tasks with ids above `last_id`, now."""
        tasks = self._tasks.after(project_id, last_id, TASKS_A_CALL)
        ended = self.of_tasks([task.sheet for task in tasks])
        return Ended(ended, tasks[-1].id if len(tasks) == TASKS_A_CALL else None)

    def of_tasks(self, sheets: Sequence[str]) -> list[int]:
        """End all leases on these sheets now; the tasks that had some."""
        found, end = self._read(sheets), int(self._clock())
        return [sheet.task for sheet in found.values() if self._end_all(sheet, end)]

    def _end_all(self, sheet: Sheet, end: int) -> bool:
        """One after the other, each from what the one before left."""
        before = sheet
        for who in before.seats:
            sheet = self._end(sheet, who, end) or sheet
        return sheet is not before

    def _own(
        self, me: str, project_id: int, old: Participation, task_ids: Collection[int] | None, seconds: int
    ) -> Ended:
        now = self._clock()
        end = int(now) + seconds
        wanted = {task: lease for task, lease in old.leases.items() if task_ids is None or task in task_ids}
        sheets = self._read([lease.sheet for lease in wanted.values() if lease.until > end])
        ended = {sheet.task: Lease(end, sheet.key) for sheet in sheets.values() if self._end(sheet, me, end)}
        if ended:
            self._participations.remember(me, project_id, old, ended, now)
        return Ended(sorted(ended))

    def _end(self, sheet: Sheet | None, who: str, end: int) -> Sheet | None:
        """The sheet as it is then; None when nothing was to be ended."""
        for _ in range(ATTEMPTS):
            move = give_back(sheet, who, end) if sheet is not None else None
            if sheet is None or move is None:
                return None
            if self._sheets.move(sheet, who, move):
                return replace(sheet, seats={**sheet.seats, who: end}, ver=sheet.ver + 1)
            sheet = self._read([sheet.key]).get(sheet.key)
        return None

    def _read(self, keys: Sequence[str]) -> Mapping[str, Sheet]:
        return self._sheets.read(keys, [], consistent=True)[0] if keys else {}
