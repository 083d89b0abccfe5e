"""Changing how many answers a task wants, and its place in the queue (design §3, reopening and lowering; heart.md §2),
however many volunteers are at it."""

from collections.abc import Callable

from chalicelib.core.errors import DataFault, NotFound, Unavailable
from chalicelib.core.repositories import Sheets
from chalicelib.core.seats import Sheet, change_redundancy, place
from chalicelib.core.tasks import MOST_ANSWERS

ATTEMPTS = 20


def check_n_answers(n: object) -> int:
    """`n` when it is a whole number from 1 to 1000; raises DataFault."""
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST_ANSWERS:
        raise DataFault(f"n_answers must be a whole number from 1 to {MOST_ANSWERS}.")
    return n


def check_priority(priority: object) -> float:
    """`priority` when it is a number from 0 to 1; raises DataFault."""
    if not isinstance(priority, int | float) or isinstance(priority, bool) or not 0 <= priority <= 1:
        raise DataFault("priority_0 must be a number from 0 to 1.")
    return float(priority)


def set_n_answers(sheets: Sheets, key: str, n: int) -> bool:
    """Set it on the sheet at `key`; False when it was so. Raises NotFound."""
    return _persist(sheets, key, lambda it: it.n == n, lambda it: sheets.change_redundancy(change_redundancy(it, n)))


def set_priority(sheets: Sheets, key: str, priority: float) -> bool:
    """Set it on the sheet at `key`; False when it was so. Raises NotFound."""
    return _persist(sheets, key, lambda it: it.prio == priority, lambda it: sheets.change_priority(it, priority))


def set_queue(sheets: Sheets, key: str, queue: str, seen: Sheet | None = None) -> bool:
    """Move the task with the sheet at `key`, which was `seen` as it may still be, to another queue; False when it was
    there, or is a gold task. Raises NotFound."""
    there = lambda it: it.gold or it.queue == queue  # noqa: E731
    return _persist(sheets, key, there, lambda it: sheets.place(place(it, queue)), seen)


def _persist(
    sheets: Sheets,
    key: str,
    done: Callable[[Sheet], bool],
    change: Callable[[Sheet], bool],
    seen: Sheet | None = None,
) -> bool:
    for _ in range(ATTEMPTS):
        sheet = seen or sheets.read([key], [], consistent=True)[0].get(key)
        if sheet is None:
            raise NotFound("the task is gone")
        if done(sheet):
            return False
        if change(sheet):
            return True
        seen = None
    raise Unavailable("Many volunteers answer this task; change it again in a moment.")
