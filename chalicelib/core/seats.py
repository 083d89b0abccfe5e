"""The seat sheet of a task, and every move on it, as pure rules (heart.md §1–2).

A sheet decides; the queue only proposes. Each move carries what was observed, which the store turns into the condition
of one update, so a move that is no longer true changes nothing.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.queueing import ALL, kind_of, queue_at, queue_key
from chalicelib.core.tasks import MOST_ANSWERS

FREE = 0  # `ready` while a seat is free


class Sheet(Struct, frozen=True):
    """One task's seats. `seats` maps a contributor's key to the end of the lease (epoch seconds) or to −run id."""

    key: str
    task: int
    project: int
    n: int
    ans: int
    gen: int
    ver: int
    prio: float
    seats: Mapping[str, int]
    qk: str
    open: str | None
    ready: int | None

    @property
    def completed(self) -> bool:
        return self.ans >= self.n

    @property
    def queue(self) -> str:
        """The queue that it belongs to, also while it is not listed."""
        return queue_at(self.project, self.qk)

    @property
    def ceiling(self) -> int:
        """How many seats there are. Under depth_first_all redundancy is no ceiling, only what a sheet can hold is."""
        return MOST_ANSWERS if kind_of(self.qk) == ALL else self.n

    @property
    def closed(self) -> bool:
        """No more answers are taken."""
        return self.ans >= self.ceiling

    @property
    def run_ids(self) -> list[int]:
        """The ids of the task's runs, ascending."""
        return sorted(-held for held in self.seats.values() if held < 0)

    def leased_until(self, key: str) -> int | None:
        """End of that contributor's lease, None without one (or when it was answered)."""
        held = self.seats.get(key)
        return held if held is not None and held >= 0 else None


class Refusal(Enum):
    """Why a sheet has no seat for a contributor."""

    COMPLETED = "completed"
    ANSWERED = "answered"
    FULL = "full"


class Adopt(Struct, frozen=True):
    """The contributor's seat is live already: an acknowledgement or a write of the participation was lost."""

    until: int


class Take(Struct, frozen=True):
    """Sit down on a free seat. On the last one the listing changes in the same update (heart.md §3, failures 1–2)."""

    until: int
    n: int
    ready: int | None  # set when this is the last seat


class TakeOver(Struct, frozen=True):
    """Replace an expired lease, by its observed end: one that was answered meanwhile stays (failure 7)."""

    until: int
    n: int
    size: int
    expired: str
    observed: int
    ready: int


class Renew(Struct, frozen=True):
    """Renew the contributor's own expired lease in place (failure 3)."""

    until: int
    n: int
    size: int
    observed: int
    ready: int | None


Move = Adopt | Take | TakeOver | Renew


def propose(sheet: Sheet, me: str, now: float, until: int) -> Move | Refusal:
    """The move by which `me` gets a seat that lasts to `until`, or why there is none. Times are epoch seconds."""
    if sheet.closed:
        return Refusal.COMPLETED
    mine, size, ceiling = sheet.seats.get(me), len(sheet.seats), sheet.ceiling
    if mine is not None and (mine < 0 or mine > now):
        return Refusal.ANSWERED if mine < 0 else Adopt(mine)
    # Once n was lowered there may be more seats than answers wanted: an expired one is then no room for another lease.
    if sum(held < 0 or held > now for held in sheet.seats.values()) >= ceiling:
        return Refusal.FULL
    if mine is not None:
        return Renew(until, sheet.n, size, mine, _earliest(sheet, me, until) if size >= ceiling else None)
    if size < ceiling:
        return Take(until, sheet.n, _earliest(sheet, None, until) if size == ceiling - 1 else None)
    observed, key = min((held, key) for key, held in sheet.seats.items() if 0 <= held <= now)
    return TakeOver(until, sheet.n, size, key, observed, _earliest(sheet, key, until))


def _earliest(sheet: Sheet, without: str | None, until: int) -> int:
    """The earliest end of a lease once `without` is gone and one to `until` is there.

    The move is conditioned on the version that was read: a value from an older one could be too late.
    """
    return min([until, *(held for key, held in sheet.seats.items() if held >= 0 and key != without)])


class Answer(Struct, frozen=True):
    """Turn a live seat into run `run_id`, while the sheet has `least` to `most` answers: that makes exactly one answer
    know that it is the last one, and each beyond redundancy that it makes another version of the result."""

    run_id: int
    observed: int
    n: int
    least: int
    most: int
    last: bool
    extra: bool = False
    qk: str | None = None  # new place in the queue, under breadth_first


def answer(sheet: Sheet, run_id: int, observed: int) -> Answer:
    """The answer that a seat leased until `observed` turns into."""
    last, extra = sheet.ans + 1 >= sheet.ceiling, sheet.ans >= sheet.n
    place = queue_key(sheet.queue, sheet.prio, sheet.task, sheet.ans + 1)
    qk = place if place != sheet.qk and not last else None
    if last or qk is not None:
        return Answer(run_id, observed, sheet.n, sheet.ans, sheet.ans, last, extra, qk)
    least, most = (sheet.n, sheet.ceiling - 2) if extra else (0, min(sheet.n - 1, sheet.ceiling - 2))
    return Answer(run_id, observed, sheet.n, least, most, last, extra)


class Redundancy(Struct, frozen=True):
    """Change `n_answers`. Conditioned on everything it was computed from (failure 12)."""

    n: int
    gen: int
    closed: bool
    ready: int | None
    observed: Sheet


def change_redundancy(sheet: Sheet, n: int) -> Redundancy:
    """What setting `n_answers` to `n` does: completes at once when the runs suffice, reopens only above their number
    (design §3, reopening and lowering)."""
    wanted = replace(sheet, n=n)
    gen = sheet.gen + 1 if sheet.completed and not wanted.completed else sheet.gen
    return Redundancy(n, gen, wanted.closed, _ready(wanted), sheet)


class Placing(Struct, frozen=True):
    """List a sheet somewhere else, or no more. Conditioned on everything it was computed from: an answer that comes
    between would find its task unlisted by the rules of the queue that it left."""

    qk: str
    open: str | None
    ready: int | None
    observed: Sheet


def place(sheet: Sheet, queue: str) -> Placing:
    """What moving a task to another queue of its project does."""
    qk = queue_key(queue, sheet.prio, sheet.task, sheet.ans)
    moved = replace(sheet, qk=qk)
    return Placing(qk, None if moved.closed else queue, _ready(moved), sheet)


def _ready(sheet: Sheet) -> int | None:
    """When the sheet may have a seat; None when it is closed."""
    if sheet.closed:
        return None
    leases = [held for held in sheet.seats.values() if held >= 0]
    return min(leases) if leases and len(sheet.seats) >= sheet.ceiling else FREE
