"""Taking everything back that a draft's testers did, before its first publication (contract web.md §2.2).

Each run is withdrawn by itself, as an administrator would withdraw it, so that a stop in between leaves every task as
it should be; the next call goes on with what is left. Cost grows with the runs, not with the tasks.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from chalicelib.core.deliveries import Delivery
from chalicelib.core.errors import Unavailable
from chalicelib.core.resources import TASKRUN
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet
from chalicelib.core.stored_files import Removing, remove_file
from chalicelib.core.stores import SeatChanged
from chalicelib.core.tasks import Task, TaskRun

BUDGET_SECONDS = 15.0
PAGE = 50
ATTEMPTS = 1000  # per task: as many answers as it can have


class Runs(Protocol):
    def tasks_with_runs(self, project_id: int, last_id: int, limit: int) -> tuple[list[int], int | None]:
        """The tasks of the next runs above `last_id`, and the last of these runs' ids; None at the end."""

    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None: ...

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        """Raises SeatChanged."""


class Results(Protocol):
    def after(self, project_id: int, last_id: int, limit: int, superseded: bool = False) -> list[Result]: ...

    def forget(self, task_id: int, gen: int) -> None:
        """That version is gone, also if it only arrives later."""


class Sheets(Protocol):
    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]: ...


class Messages(Protocol):
    def after(self, project_id: int, last_id: str, limit: int) -> list[Delivery]: ...

    def remove(self, delivery_id: str) -> None: ...


class Clearing:
    """Clears drafts. `clock` gives epoch seconds."""

    def __init__(
        self,
        runs: Runs,
        results: Results,
        sheets: Sheets,
        messages: Messages,
        files: Removing,
        clock: Callable[[], float],
    ) -> None:
        self._runs = runs
        self._results = results
        self._sheets = sheets
        self._messages = messages
        self._files = files
        self._clock = clock

    def clear(self, project_id: int) -> None:
        """Withdraw all runs, forget all results and webhook messages. Raises Unavailable when more is left than one
        request can take back; what is done stays done."""
        deadline = self._clock() + BUDGET_SECONDS
        steps = (self._withdraw_runs, self._forget_results, self._remove_messages)
        for _ in (done for step in steps for done in step(project_id)):
            if self._clock() > deadline:
                raise Unavailable("The draft has many answers to clear away first. Publish again to go on.")

    def _withdraw_runs(self, project_id: int) -> Iterator[None]:
        last_id: int | None = 0
        while last_id is not None:
            tasks, last_id = self._runs.tasks_with_runs(project_id, last_id, PAGE)
            found = self._sheets.read([], tasks, consistent=False)[1]
            for task in found.values():
                yield from self._empty(task.sheet)

    def _empty(self, key: str) -> Iterator[None]:
        """Withdraw the runs of one task, one after the other, each on the sheet as it then is."""
        for _ in range(ATTEMPTS):
            sheet = self._sheets.read([key], [], consistent=True)[0].get(key)
            answered = [who for who, held in sheet.seats.items() if held < 0] if sheet else []
            if sheet is None or not answered:
                return
            self._withdraw(sheet, answered)
            yield None
        raise Unavailable("Volunteers answer this draft just now; publish it again in a moment.")

    def _withdraw(self, sheet: Sheet, answered: Sequence[str]) -> None:
        run = self._runs.find(sheet.project, answered[0], sheet.task)
        if run is None:
            return
        try:
            self._runs.withdraw(sheet, run)
        except SeatChanged:
            return
        remove_file(self._files, TASKRUN.name, run)
        if sheet.completed:
            self._forget(sheet.task, sheet.gen)

    def _forget_results(self, project_id: int) -> Iterator[None]:
        for superseded in (False, True):
            while found := self._results.after(project_id, 0, PAGE, superseded):
                for result in found:
                    self._forget(result.task_id, result.gen)
                    yield None

    def _forget(self, task_id: int, gen: int) -> None:
        self._results.forget(task_id, gen)
        self._messages.remove(f"{task_id}.{gen}")

    def _remove_messages(self, project_id: int) -> Iterator[None]:
        last_id = ""
        while found := self._messages.after(project_id, last_id, PAGE):
            for message in found:
                self._messages.remove(message.id)
                yield None
            last_id = found[-1].id
