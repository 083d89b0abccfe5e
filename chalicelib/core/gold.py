"""Gold tasks: their answer is known; mixed in among the others they tell how accurate volunteers are (docs/quality.md).

Their sheets stand in a queue of their own (`core/queueing.py`, GOLD), so that no scheduler, walk or completion takes
them for work. The expected answer is kept beside the task's `info`, which alone is served.
"""

from typing import Any

from chalicelib.core import canonical
from chalicelib.core.errors import Forbidden, NotFound, Unavailable
from chalicelib.core.queueing import gold_queue
from chalicelib.core.repositories import Sheets
from chalicelib.core.seats import Sheet, place
from chalicelib.core.tasks import Task

ATTEMPTS = 20
HAS_RESULT = "A task that has a result, or had one, cannot become a gold task: make a new task for it."


def is_right(expected: Any, info: Any, field: str | None) -> bool:
    """Whether an answer is equal to the expected one, or in that member of it if the project compares one."""
    if field is not None and isinstance(expected, dict) and field in expected:
        expected, info = expected[field], info.get(field) if isinstance(info, dict) else None
    return canonical.digest(expected) == canonical.digest(info)


def set_gold(sheets: Sheets, task: Task, queue: str, answer: Any) -> None:
    """Make it a gold task with that answer, or (None) one of the project's `queue` again. Raises Forbidden for a task
    with a result, NotFound, Unavailable."""
    for _ in range(ATTEMPTS):
        sheet = sheets.read([task.sheet], [], consistent=True)[0].get(task.sheet)
        if sheet is None:
            raise NotFound(f"there is no task {task.id}")
        if answer is not None and _has_result(sheet):
            raise Forbidden(HAS_RESULT)
        if sheets.set_gold(place(sheet, gold_queue(queue) if answer is not None else queue), answer):
            return
    raise Unavailable("Many volunteers answer this task; change it again in a moment.")


def _has_result(sheet: Sheet) -> bool:
    return sheet.completed or sheet.gen > 0
