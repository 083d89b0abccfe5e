"""`newtask`: which tasks a contributor gets next (heart.md §2; contract rest-api.md §10): own live leases first, then
what a search through the queue finds."""

import random
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.gold_rate import due
from chalicelib.core.queueing import kind_of
from chalicelib.core.searching import Handout, Order, Search, Searching
from chalicelib.core.seats import GRACE_SECONDS, Adopt, Refusal, Sheet, propose
from chalicelib.core.stores import Hints, Lease, Participation, Participations, Queue, Sheets
from chalicelib.core.tasks import Task

MOST_DONE = 90  # own answers on open tasks that a participation remembers one by one (P stays within 1 KB)


class Scheduling:
    """Hands out tasks. `clock` gives epoch seconds; `choose` picks an index below its argument."""

    def __init__(
        self,
        participations: Participations,
        sheets: Sheets,
        queue: Queue,
        clock: Callable[[], float],
        choose: Callable[[int], int] = random.randrange,
    ) -> None:
        self._participations = participations
        self._sheets = sheets
        self._searching = Searching(sheets, queue, clock, choose)
        self._clock = clock

    def next_tasks(
        self,
        project_id: int,
        queue: str,
        me: str,
        lease_seconds: int,
        lease_cap: int,
        limit: int = 1,
        offset: int = 0,
        order: Order | None = None,
        gold_rate: float = 0.0,
        at_least: bool = False,
    ) -> list[Handout]:
        """Up to `limit` tasks after skipping `offset`, each with a live seat of `me`.

        `order` is one that the caller asked for instead of the queue's. One of the tasks may be gold, at `gold_rate`.
        `at_least`: when all that finds nothing and `me` holds nothing, one task whose seats are all leased. Raises
        Unavailable when the search outlasts its time.
        """
        now = self._clock()
        remembered = self._participations.get(me, project_id)
        own = self._own_leases(remembered, me, now, with_tasks=offset == 0)
        until = int(now) + lease_seconds
        chosen = self._with_tasks(self._lasting(own[offset : offset + limit], project_id, me, remembered, until))
        wanted = min(limit - len(chosen), lease_cap - len(own))
        if wanted <= 0:
            return chosen
        passed = {held.sheet.task for held in own} | remembered.done
        remembered = _of_kind(remembered, queue)
        search = Search(queue, me, until, wanted, passed, front=remembered.front)
        search.at_least = at_least and offset == 0 and not own
        turn = remembered.runs + len(own)
        if offset <= len(own) and any(due(me, turn + place, gold_rate) for place in range(wanted)):
            self._searching.offer_gold(search, f"{me}:{turn}")
        self._searching.skip(search, max(0, offset - len(own)), order)
        self._searching.go_on(search, remembered, order)
        if search.at_least and not search.found:
            self._searching.beyond(search)
        self._remember(project_id, remembered, search, now)
        return chosen + search.found

    def lease_task(
        self, queue: str, task: Task, me: str, lease_seconds: int, at_least: bool = False
    ) -> Handout | Refusal:
        """A seat on one given task (the page `/task/<id>`), or why there is none. Nothing else would do for who asks
        for it, so that under `at_least` it is handed out although its seats are all leased."""
        now = self._clock()
        until = int(now) + lease_seconds
        while True:
            sheets, _ = self._sheets.read([task.sheet], [], consistent=True)
            if task.sheet not in sheets:
                return Refusal.COMPLETED
            sheet = self._searching.placed(sheets[task.sheet], queue)
            if sheet is None:
                continue
            move = propose(sheet, me, now, until, at_least)
            if isinstance(move, Refusal):
                return move
            if isinstance(move, Adopt) or self._sheets.move(sheet, me, move):
                old = self._participations.get(me, task.project_id)
                self._participations.remember(me, task.project_id, old, {task.id: Lease(move.until, sheet.key)}, now)
                return Handout(task, sheet, move.until)

    def _own_leases(self, remembered: Participation, me: str, now: float, with_tasks: bool) -> list["_Held"]:
        """Live leases of `me`, in queue order; a remembered one that its sheet denies is a ghost (heart.md §3, 11)."""
        live = {task: lease for task, lease in remembered.leases.items() if lease.until > now}
        if not live:
            return []
        sheets, tasks = self._sheets.read(
            [lease.sheet for lease in live.values()], list(live) if with_tasks else [], consistent=True
        )
        held = [_Held(sheet, sheet.leased_until(me) or 0, tasks.get(sheet.task)) for sheet in sheets.values()]
        mine = [one for one in held if one.until > now and not one.sheet.closed]
        return sorted(mine, key=lambda one: one.sheet.qk)

    def _lasting(
        self, held: Sequence["_Held"], project_id: int, me: str, old: Participation, until: int
    ) -> list["_Held"]:
        """Own leases that are handed out again; one that is about to end, as it was given back, is renewed."""
        now, lasting, renewed = self._clock(), [], {}
        for one in held:
            move = propose(one.sheet, me, now, until) if one.until <= now + GRACE_SECONDS else Refusal.FULL
            if isinstance(move, Refusal | Adopt) or not self._sheets.move(one.sheet, me, move):
                lasting.append(one)
                continue
            lasting.append(replace(one, until=move.until))
            renewed[one.sheet.task] = Lease(move.until, one.sheet.key)
        if renewed:
            self._participations.remember(me, project_id, old, renewed, now)
        return lasting

    def _with_tasks(self, held: Sequence["_Held"]) -> list[Handout]:
        missing = [one.sheet.task for one in held if one.task is None]
        _, tasks = self._sheets.read([], missing, consistent=False) if missing else ({}, {})
        pairs = [(one, one.task or tasks.get(one.sheet.task)) for one in held]
        return [Handout(task, one.sheet, one.until) for one, task in pairs if task is not None]

    def _remember(self, project_id: int, old: Participation, search: Search, now: float) -> None:
        leases = {held.task.id: Lease(held.until, held.sheet.key) for held in search.found}
        hints = _hints(old, search)
        if leases or hints:
            self._participations.remember(search.me, project_id, old, leases, now, hints)


class _Held(Struct, frozen=True):
    sheet: Sheet
    until: int
    task: Task | None


def _of_kind(remembered: Participation, queue: str) -> Participation:
    """Without a front that was a place in another kind of queue."""
    if remembered.front is None or kind_of(remembered.front) == queue[-1]:
        return remembered
    return replace(remembered, front=None, sweep=None)


def _hints(old: Participation, search: Search) -> Hints | None:
    """New hints once the old ones are full. Answers on tasks that left the queue are forgotten; if too many are still
    open, the front stands for them. Dropping one is safe: its sheet says "answered" when it is met again."""
    done = old.done | search.answered
    if old.front is None and len(done) <= MOST_DONE:
        return Hints(None, None, done) if search.answered else None
    still_open = done & search.scanned
    few = old.front is None and len(still_open) <= MOST_DONE - MOST_DONE // 10
    if few or not search.front_needed:
        return Hints(None, None, still_open)
    return Hints(search.front, search.sweep, frozenset())
