"""The order in which open tasks are offered: priority descending, then id (design §3); breadth_first puts the number of
answers before both. Keys are text that sorts in that order, and tell by their form which kind of queue they are for."""

from collections.abc import Sequence
from dataclasses import dataclass

BREADTH = "b"  # fewest answers first
GOLD = "c"  # tasks whose answer is known, whatever the scheduler (core/gold.py)
ALL = "a"  # every volunteer gets every task once; completed ones stay listed
PRIORITY = "p"
KINDS = {"breadth_first": BREADTH, "depth_first_all": ALL}  # of schedulers; all others: PRIORITY
_RANKS = 10**9
_ID_DIGITS = 16
_RANK_DIGITS = 10
_ANSWER_DIGITS = 5


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
    def gold(self) -> bool:
        return kind_of(self.qk) == GOLD

    @property
    def rank(self) -> str:
        """What entries of equal standing share: everything but the id."""
        return self.qk[:-_ID_DIGITS]

    @property
    def below(self) -> int:
        """How far the priority is below the highest."""
        return int(self.rank[-1 - _RANK_DIGITS : -1])

    @property
    def answers(self) -> int:
        """The number of answers under breadth_first; other keys do not hold it."""
        return int(self.qk[:_ANSWER_DIGITS]) if kind_of(self.qk) == BREADTH else 0


def queue_name(project_id: int, scheduler: str) -> str:
    """The queue that a project's open tasks are listed in."""
    return _named(project_id, KINDS.get(scheduler, PRIORITY))


def gold_queue(queue: str) -> str:
    """Where the gold tasks of that queue's project are listed."""
    return queue[:-1] + GOLD


def queue_at(project_id: int, qk: str) -> str:
    """The queue that a task with key `qk` belongs to, also while it is not listed."""
    return _named(project_id, kind_of(qk))


def other_queues(queue: str) -> Sequence[str]:
    """Where tasks of the same project may still be listed while its scheduler changes."""
    return [queue[:-1] + kind for kind in (PRIORITY, BREADTH, ALL) if kind != queue[-1]]


def queue_key(queue: str, priority: float, task_id: int, answers: int) -> str:
    """Where a task stands in `queue`. `priority` is 0…1."""
    rank = f"{round((1 - priority) * _RANKS):0{_RANK_DIGITS}d}"
    kind = queue[-1]
    front = f"{answers:0{_ANSWER_DIGITS}d}." if kind == BREADTH else kind if kind in (ALL, GOLD) else ""
    return f"{front}{rank}.{task_id:0{_ID_DIGITS}d}"


def kind_of(qk: str) -> str:
    """The kind of queue that a key is for."""
    if qk.startswith((ALL, GOLD)):
        return qk[0]
    return BREADTH if qk[_ANSWER_DIGITS : _ANSWER_DIGITS + 1] == "." else PRIORITY


def _named(project_id: int, kind: str) -> str:
    return f"{project_id}:{kind}"
