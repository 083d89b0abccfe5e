"""Deleting a project's tasks that have no result (contract web.md §2.3), as many as one request can."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core.repositories import Results, Sheets, Tasks
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import Task

BUDGET_SECONDS = 15.0
PAGE = 50
ATTEMPTS = 5


@dataclass(frozen=True)
class Deleted:
    """How many tasks are gone; `last_id` is where the next request goes on, None when all were looked at."""

    count: int
    last_id: int | None


def had_result(results: Results, sheet: Sheet) -> bool:
    """Also a complete task's result that is still on its way."""
    return sheet.completed or (sheet.gen > 0 and results.of_task(sheet.task) is not None)


@dataclass(frozen=True)
class TaskDeletion:
    """Deletes one by one, each task with what it has. `clock` gives epoch seconds."""

    tasks: Tasks
    sheets: Sheets
    results: Results
    clock: Callable[[], float]

    def without_results(self, project_id: int, last_id: int) -> Deleted:
        """Tasks with ids above `last_id`; those that volunteers answer all the while are left."""
        deadline, count = self.clock() + BUDGET_SECONDS, 0
        while page := self.tasks.after(project_id, last_id, PAGE):
            sheets = self._sheets(*page)
            for task in page:
                count += self._delete(task, sheets.get(task.sheet))
                last_id = task.id
                if self.clock() > deadline:
                    return Deleted(count, last_id)
        return Deleted(count, None)

    def _sheets(self, *tasks: Task) -> dict[str, Sheet]:
        return self.sheets.read([task.sheet for task in tasks], [], consistent=True)[0]

    def _delete(self, task: Task, sheet: Sheet | None) -> bool:
        """A task without a sheet is being removed, or its import is not done with it."""
        for _ in range(ATTEMPTS):
            if sheet is None or had_result(self.results, sheet):
                return False
            if self.tasks.delete(task, sheet):
                return True
            sheet = self._sheets(task).get(task.sheet)  # somebody asked for it or answered at the same moment
        return False
