"""The seat sheet of a task, and every move on it, as pure rules (heart.md §1–2).

A sheet decides; the queue only proposes. Each move carries what was observed, which the store turns into the condition
of one update, so a move that is no longer true changes nothing.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.agreement import Agreement, Votes, Voting, cast
from chalicelib.core.queueing import ALL, GOLD, kind_of, queue_at, queue_key
from chalicelib.core.tasks import MOST_ANSWERS

FREE = 0  # `ready` while a seat is free
GRACE_SECONDS = 20  # how long a lease lasts that a closed page gave back; with less left, asking again renews a lease


class Sheet(Struct, frozen=True):
    """One task's seats. `seats` maps a contributor's key to the end of the lease (epoch seconds) or to −run id. `votes`
    are counted where answers may agree; `spared` answers are not wanted any more since they did. A
    `marked` one is, or once was, a gold task's: some of its runs may be marked right or wrong."""

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
    votes: Votes = {}
    spared: int = 0
    marked: bool = False
    src: str | None = None  # "<import id>:<row>" when an import made the task

    @property
    def completed(self) -> bool:
        return self.ans >= self.n and not self.gold

    @property
    def gold(self) -> bool:
        """A task whose answer is known: it takes answers as long as there is room, and is never complete."""
        return kind_of(self.qk) == GOLD

    @property
    def queue(self) -> str:
        """The queue that it belongs to, also while it is not listed."""
        return queue_at(self.project, self.qk)

    @property
    def ceiling(self) -> int:
        """How many seats there are. Under depth_first_all, and for gold tasks, redundancy is no ceiling, only what a
        sheet can hold is."""
        return MOST_ANSWERS if kind_of(self.qk) in (ALL, GOLD) else self.n

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
    """Sit down on a free seat. On the last one the listing changes in the same update (heart.md §3, failures 1–2).

    `beyond`: no seat is free, this is one more than answers are wanted (`at_least`), on top of so many that there are:
    `ready` was computed from all of them, so none may come or go between."""

    until: int
    n: int
    ready: int | None  # set when this is the last seat, or beyond it
    beyond: int | None = None


class TakeOver(Struct, frozen=True):
    """Replace an expired lease, by its observed end: one that was answered meanwhile stays (failure 7)."""

    until: int
    n: int
    size: int
    expired: str
    observed: int
    ready: int


class Renew(Struct, frozen=True):
    """Give the contributor's own lease another end in place: renew an expired one (failure 3) or one that is about to
    end, or end a live one sooner (`give_back`)."""

    until: int
    n: int
    size: int
    observed: int
    ready: int | None


Move = Adopt | Take | TakeOver | Renew


def propose(sheet: Sheet, me: str, now: float, until: int, beyond: bool = False) -> Move | Refusal:
    """The move by which `me` gets a seat that lasts to `until`, or why there is none. Times are epoch seconds.
    `beyond`: where all seats are leased, one more than answers are wanted (`at_least`; heart.md §5)."""
    if sheet.closed:
        return Refusal.COMPLETED
    mine, size, ceiling = sheet.seats.get(me), len(sheet.seats), sheet.ceiling
    if mine is not None and mine < 0:
        return Refusal.ANSWERED
    if mine is not None and mine > now:
        return Adopt(mine) if mine > now + GRACE_SECONDS or mine >= until else _renew(sheet, me, mine, until)
    # Once n was lowered there may be more seats than answers wanted: an expired one is then no room for another lease.
    live = sum(held < 0 or held > now for held in sheet.seats.values())
    if live >= (MOST_ANSWERS if beyond else ceiling):
        return Refusal.FULL
    if mine is not None:
        return _renew(sheet, me, mine, until)
    if size < ceiling:
        return Take(until, sheet.n, _vacant({**sheet.seats, me: until}, ceiling) or None)
    if live == size:
        return Take(until, sheet.n, _vacant({**sheet.seats, me: until}, ceiling), beyond=size)
    observed, key = min((held, key) for key, held in sheet.seats.items() if 0 <= held <= now)
    after = {**{other: held for other, held in sheet.seats.items() if other != key}, me: until}
    return TakeOver(until, sheet.n, size, key, observed, _vacant(after, ceiling))


def give_back(sheet: Sheet, me: str, end: int) -> Renew | None:
    """The move that lets the live lease of `me` end at `end` (epoch seconds); None when it ends by then, or was
    answered. A seat given back is an expired one that expires sooner, and is taken over like any other."""
    mine = sheet.leased_until(me)
    return _renew(sheet, me, mine, end) if mine is not None and mine > end else None


def _renew(sheet: Sheet, me: str, observed: int, until: int) -> Renew:
    size = len(sheet.seats)
    ready = _vacant({**sheet.seats, me: until}, sheet.ceiling) if size >= sheet.ceiling and not sheet.closed else None
    return Renew(until, sheet.n, size, observed, ready)


def _vacant(seats: Mapping[str, int], ceiling: int) -> int:
    """When fewer than `ceiling` of these seats will be taken; FREE when fewer are there. Of more seats than answers are
    wanted (n was lowered, or `at_least`) so many leases have to end first.

    Whoever writes it pins the version of the sheet, as it is made of all seats that were read: with their number alone
    one seat could have gone and another come between, whose lease ends earlier, or two leases been given back at once,
    each counting on the other's old end. The task would be offered again too late.
    """
    spare = len(seats) - ceiling
    return FREE if spare < 0 else sorted(held for held in seats.values() if held >= 0)[spare]


class Answer(Struct, frozen=True):
    """Turn a live seat into run `run_id`, while the sheet has `least` to `most` answers: that makes exactly one answer
    know that it is the last one, and each beyond redundancy that it makes another version of the result. With `spared`
    it is the last one because the answers agree: redundancy becomes the number of answers."""

    run_id: int
    observed: int
    n: int
    least: int
    most: int
    last: bool
    extra: bool = False
    qk: str | None = None  # new place in the queue, under breadth_first
    voting: Voting | None = None
    spared: int = 0


def vote(sheet: Sheet, agreement: Agreement | None, info: Any) -> Voting | None:
    """What an answer with `info` does to the votes. None without the rule, under depth_first_all, where nothing is to
    be spared, for gold tasks, and on a closed sheet (`at_least`)."""
    if agreement is None or sheet.closed or kind_of(sheet.qk) in (ALL, GOLD):
        return None
    return cast(agreement, sheet.votes, sheet.ans + 1, info)


def answer(sheet: Sheet, run_id: int, observed: int, voting: Voting | None = None) -> Answer:
    """The answer that a seat leased until `observed` turns into.

    On a closed sheet (`at_least` only) it is an extra one that leaves the task unlisted. Of two last answers at once
    one finds the count changed, reads again and becomes such a one.
    """
    if sheet.closed:
        return Answer(run_id, observed, sheet.n, sheet.n, MOST_ANSWERS - 1, last=True, extra=True)
    spared = sheet.n - sheet.ans - 1 if voting is not None and voting.agreed else 0
    last, extra = sheet.ans + 1 >= sheet.ceiling or spared > 0, sheet.completed
    place = queue_key(sheet.queue, sheet.prio, sheet.task, sheet.ans + 1)
    qk = place if place != sheet.qk and not last else None
    if last or qk is not None or voting is not None:
        return Answer(run_id, observed, sheet.n, sheet.ans, sheet.ans, last, extra, qk, voting, spared)
    known = sheet.ceiling if sheet.gold else sheet.n  # up to there, another answer changes nothing
    least, most = (sheet.n, sheet.ceiling - 2) if extra else (0, min(known - 1, sheet.ceiling - 2))
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
    (design §3, reopening and lowering). What the owner says now is wanted, so nothing of it is spared any more."""
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
    return None if sheet.closed else _vacant(sheet.seats, sheet.ceiling)
