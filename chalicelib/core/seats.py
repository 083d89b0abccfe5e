"""The seat sheet of a task, and every move on it, as pure rules (heart.md §1–2).

A sheet decides; the queue only proposes. Each move carries what was observed, which the store turns into the condition
of one update, so a move that is no longer true changes nothing.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

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
    if sheet.completed:
        return Refusal.COMPLETED
    mine, size = sheet.seats.get(me), len(sheet.seats)
    if mine is not None and (mine < 0 or mine > now):
        return Refusal.ANSWERED if mine < 0 else Adopt(mine)
    # Once n was lowered there may be more seats than answers wanted: an expired one is then no room for another lease.
    if sum(held < 0 or held > now for held in sheet.seats.values()) >= sheet.n:
        return Refusal.FULL
    if mine is not None:
        return Renew(until, sheet.n, size, mine, _earliest(sheet, me, until) if size >= sheet.n else None)
    if size < sheet.n:
        return Take(until, sheet.n, _earliest(sheet, None, until) if size == sheet.n - 1 else None)
    observed, key = min((held, key) for key, held in sheet.seats.items() if 0 <= held <= now)
    return TakeOver(until, sheet.n, size, key, observed, _earliest(sheet, key, until))


def _earliest(sheet: Sheet, without: str | None, until: int) -> int:
    """The earliest end of a lease once `without` is gone and one to `until` is there.

    Ends only ever grow, so a value taken from an old read is at worst too early: the task is looked at once too often.
    """
    return min([until, *(held for key, held in sheet.seats.items() if held >= 0 and key != without)])


class Answer(Struct, frozen=True):
    """Turn a live seat into run `run_id`. Pins the count so that exactly one answer knows it is the last one."""

    run_id: int
    observed: int
    n: int
    ans: int
    last: bool
    qk: str | None  # new place in the queue, under breadth_first


class Redundancy(Struct, frozen=True):
    """Change `n_answers`. Conditioned on everything it was computed from (failure 12)."""

    n: int
    gen: int
    completed: bool
    ready: int | None
    observed: Sheet


def change_redundancy(sheet: Sheet, n: int) -> Redundancy:
    """What setting `n_answers` to `n` does: completes at once when the runs suffice, reopens only above their number
    (design §3, reopening and lowering)."""
    completed = sheet.ans >= n
    gen = sheet.gen + 1 if sheet.completed and not completed else sheet.gen
    leases = [held for held in sheet.seats.values() if held >= 0]
    full = len(sheet.seats) >= n and leases
    ready = None if completed else (min(leases) if full else FREE)
    return Redundancy(n, gen, completed, ready, sheet)
