"""The order in which open tasks are offered: priority descending, then id (design §3); breadth_first puts the number of
answers before both. Keys are text that sorts in that order."""

from dataclasses import dataclass

from chalicelib.core.seats import Sheet

BREADTH = "breadth_first"
_RANKS = 10**9
_ID_DIGITS = 16


@dataclass
class Entry:
    """One proposal of the queue: a task, its sheet, and when it may have a seat (`ready`, epoch seconds; 0 now)."""

    open: str
    qk: str
    sheet: str
    ready: int

    @property
    def task(self) -> int:
        return int(self.qk[-_ID_DIGITS:])

    @property
    def rank(self) -> str:
        """What entries of equal standing share: everything but the id."""
        return self.qk[:-_ID_DIGITS]


def queue_name(project_id: int, scheduler: str) -> str:
    """The queue that a project's open tasks are listed in."""
    return f"{project_id}:{'b' if scheduler == BREADTH else 'p'}"


def queue_key(queue: str, priority: float, task_id: int, answers: int) -> str:
    """Where a task stands in `queue`. `priority` is 0…1."""
    rank = f"{round((1 - priority) * _RANKS):010d}"
    answered = f"{answers:05d}." if queue.endswith("b") else ""
    return f"{answered}{rank}.{task_id:0{_ID_DIGITS}d}"


def queue_of(sheet: Sheet) -> str:
    """The queue a sheet belongs to, also while it is not listed: breadth_first keys have the answers in front."""
    breadth = "." in sheet.qk[:6]
    return sheet.open or f"{sheet.project}:{'b' if breadth else 'p'}"
