"""What a withdrawal consists of: the tasks that an import made, or the task runs of a volunteer, a page at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.core.errors import Unavailable
from chalicelib.core.imports import Record
from chalicelib.core.moments import seconds_of
from chalicelib.core.resources import TASKRUN
from chalicelib.core.seats import Sheet
from chalicelib.core.stored_files import Removing, remove_file
from chalicelib.core.stores import SeatChanged
from chalicelib.core.tasks import Task, TaskRun
from chalicelib.core.walks import SETTLE_SECONDS
from chalicelib.core.withdrawals import Page, Withdrawal, Work

PAGE = 96  # two transactions of tasks without answers
MOST_UNANSWERED = 48  # tasks in one transaction, of 100 writes at most
STOPPING_SECONDS = 15  # until an import is asked again whether it has stopped
ATTEMPTS = 50  # for one task that volunteers answer all the while

BUSY = "Many volunteers answer a task just now that is to be withdrawn."

SideBySide = Callable[[Callable[[Any], bool], Sequence[Any]], Iterable[bool]]
Seated = tuple[Task, Sheet]


class Imports(Protocol):
    def get(self, import_id: int) -> Record | None: ...
    def stop(self, import_id: int) -> Record | None: ...


class Tasks(Protocol):
    def get(self, task_id: int) -> Task | None: ...
    def after(self, project_id: int, last_id: int, limit: int) -> list[Task]: ...
    def delete(self, task: Task, sheet: Sheet) -> bool: ...
    def delete_unanswered(self, tasks: Sequence[Task], sheets: Mapping[str, Sheet]) -> bool: ...


class Runs(Protocol):
    def of_task(self, sheet: Sheet, consistent: bool = False) -> list[TaskRun]: ...
    def of_contributor(
        self, project_id: int, contributor: str, last_task: int, limit: int, consistent: bool = False
    ) -> list[TaskRun]: ...
    def withdraw(self, sheet: Sheet, run: TaskRun) -> None: ...


class Sheets(Protocol):
    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]: ...


@dataclass(frozen=True)
class Tools:
    """What both kinds of work need. `side_by_side` is a map; `clock` gives epoch seconds."""

    imports: Imports
    tasks: Tasks
    sheets: Sheets
    runs: Runs
    files: Removing
    side_by_side: SideBySide
    clock: Callable[[], float]

    def work_of(self, withdrawal: Withdrawal) -> Work:
        return TasksOfImport(self) if withdrawal.import_id is not None else RunsOfVolunteer(self)

    def sheet(self, key: str) -> Sheet | None:
        """Read consistently."""
        return self.sheets.read([key], [], consistent=True)[0].get(key)

    def sheets_of(self, ids: Sequence[int]) -> Mapping[int, Sheet]:
        """By task, read consistently; a task that is too young to be read together with others is read by itself."""
        found = self.sheets.read([], ids, consistent=False)[1]
        young = [self.tasks.get(task_id) for task_id in ids if task_id not in found]
        keys = [task.sheet for task in (*found.values(), *young) if task is not None]
        return {sheet.task: sheet for sheet in self.sheets.read(keys, [], consistent=True)[0].values()}


@dataclass(frozen=True)
class TasksOfImport:
    """The tasks that one import made: those between its first and its last whose sheets name it. Those with task runs
    stay, unless they are to go by force."""

    tools: Tools

    def wait(self, withdrawal: Withdrawal) -> float:
        """The import is stopped first. A handler that was overtaken may go on for as long as a function may run, and
        would make a removed task again: so long nothing is removed."""
        record = self.tools.imports.stop(_import_of(withdrawal))
        if record is None:
            return 0.0
        if not record.over:
            return STOPPING_SECONDS
        return seconds_of(record.finished or record.created) + SETTLE_SECONDS - self.tools.clock()

    def page(self, withdrawal: Withdrawal, until: int | None) -> Page:
        record = self.tools.imports.get(_import_of(withdrawal))
        if record is None:
            return Page(None, [])
        ends = [task for task in (until, record.last_task) if task is not None]
        after = max(withdrawal.last_id, record.first_task - 1)
        found = self.tools.tasks.after(withdrawal.project_id, after, PAGE)
        tasks = [task for task in found if task.id <= min(ends, default=task.id)]
        sheets, _ = self.tools.sheets.read([task.sheet for task in tasks], [], consistent=True)
        made = [task for task in tasks if _made_by(record, sheets.get(task.sheet))]
        return Page(tasks[-1].id if tasks else None, [(task, sheets[task.sheet]) for task in made])

    def withdraw(self, withdrawal: Withdrawal, things: Sequence[Seated]) -> int:
        """Tasks that never had an answer go many at a time, the others one by one."""
        fresh = [one for one in things if not one[1].ans and not one[1].gen]
        parts = [fresh[start : start + MOST_UNANSWERED] for start in range(0, len(fresh), MOST_UNANSWERED)]
        gone = list(self.tools.side_by_side(self._delete_together, parts))
        missed = [one for part, done in zip(parts, gone, strict=True) if not done for one in part]
        others = [one for one in things if one[1].ans or one[1].gen]
        slow, force = [*missed, *others], withdrawal.force
        return sum(self.tools.side_by_side(lambda one: self._stays(one[0], one[1], force), slow))

    def _delete_together(self, part: Sequence[Seated]) -> bool:
        tasks = [task for task, _ in part]
        return self.tools.tasks.delete_unanswered(tasks, {sheet.key: sheet for _, sheet in part})

    def _stays(self, task: Task, seen: Sheet, force: bool) -> bool:
        """Delete a task, unless it has task runs and is not to go by force. Files go before the runs that name them: a
        stop in between leaves a task that the next pass meets again, and never a file that nothing names."""
        sheet: Sheet | None = seen
        for _ in range(ATTEMPTS):
            if sheet is None or sheet.task != task.id:
                return False
            if sheet.ans and not force:
                return True
            for run in self.tools.runs.of_task(sheet, consistent=True) if sheet.ans else ():
                remove_file(self.tools.files, TASKRUN.name, run)
            if self.tools.tasks.delete(task, sheet):
                return False
            sheet = self.tools.sheet(task.sheet)  # somebody asked for it or answered at the same moment
        raise Unavailable(BUSY)


@dataclass(frozen=True)
class RunsOfVolunteer:
    """The task runs that one volunteer made before the withdrawal was asked for."""

    tools: Tools

    def wait(self, withdrawal: Withdrawal) -> float:
        return 0.0

    def page(self, withdrawal: Withdrawal, until: int | None) -> Page:
        if not withdrawal.contributors:
            return Page(None, [])
        project, contributor = withdrawal.project_id, withdrawal.contributors[0]
        found = self.tools.runs.of_contributor(project, contributor, withdrawal.last_id, PAGE, consistent=True)
        runs = [run for run in found if until is None or run.task_id <= until]
        return Page(runs[-1].task_id if runs else None, [run for run in runs if run.id < withdrawal.id])

    def withdraw(self, withdrawal: Withdrawal, things: Sequence[TaskRun]) -> int:
        sheets = self.tools.sheets_of([run.task_id for run in things])
        return sum(self.tools.side_by_side(lambda run: self._stays(run, sheets.get(run.task_id)), things))

    def _stays(self, run: TaskRun, sheet: Sheet | None) -> bool:
        """Withdraw a run from its sheet as it then is; its file goes before it, as above. The run may be gone, and the
        volunteer may have answered the task again since."""
        for _ in range(ATTEMPTS):
            if sheet is None or sheet.seats.get(run.contributor) != -run.id:
                return False
            remove_file(self.tools.files, TASKRUN.name, run)
            try:
                self.tools.runs.withdraw(sheet, run)
            except SeatChanged:
                sheet = self.tools.sheet(sheet.key)
            else:
                return False
        raise Unavailable(BUSY)


def _import_of(withdrawal: Withdrawal) -> int:
    assert withdrawal.import_id is not None
    return withdrawal.import_id


def _made_by(record: Record, sheet: Sheet | None) -> bool:
    return sheet is not None and (sheet.src or "").startswith(f"{record.id}:")
