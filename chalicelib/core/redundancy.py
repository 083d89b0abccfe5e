"""Changing how many answers a task wants (design §3, reopening and lowering; heart.md §2)."""

from chalicelib.core.errors import DataFault, NotFound, Unavailable
from chalicelib.core.repositories import Sheets
from chalicelib.core.seats import Sheet, change_redundancy
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


def set_n_answers(sheets: Sheets, key: str, n: int) -> Sheet:
    """Set it on the sheet at `key`, however many volunteers are at it; the sheet as it was before. Raises NotFound."""
    for _ in range(ATTEMPTS):
        found, _ = sheets.read([key], [], consistent=True)
        if key not in found:
            raise NotFound("the task is gone")
        sheet = found[key]
        if sheet.n == n or sheets.change_redundancy(change_redundancy(sheet, n)):
            return sheet
    raise Unavailable("Many volunteers answer this task; change n_answers again in a moment.")
