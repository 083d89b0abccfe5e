"""A search through a project's queue for tasks that have a seat for a contributor (heart.md §2, §4).

The queue is an index and may be stale, so it proposes; a task is found only when its sheet gave a seat in a conditional
update. Nothing is said to be left over only after a fresh pass over the queue.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from heapq import nsmallest
from itertools import chain
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.errors import Unavailable
from chalicelib.core.gold_rate import pick
from chalicelib.core.queueing import Entry, gold_queue, other_queues
from chalicelib.core.seats import Adopt, Move, Refusal, Sheet, place, propose
from chalicelib.core.stores import Participation, Queue, Sheets
from chalicelib.core.tasks import Task

MOST_SKIPPED = 8  # refused proposals before the remembered head is given up for a fresh one
BEYOND_OWN = 20  # entries of the queue that are read beyond one's own tasks
MOST_GOLD = 100  # gold tasks of a project that are mixed in: the first ones of their queue
MOST_ANSWERED = 1000  # tasks that are met again in another order than the queue's before that is given up
WIDEST_SPREAD = 64  # how far into equals a contributor looks after losing races
FIRST_SPREAD = 32
SWEEP_PAGE = 8
ORDERED_WINDOW = 1000  # proposals that an order other than the queue's is made from at once; 120 KB, 15 read units
SWEEP_TRIES = 2
BEYOND_TRIES = 8  # full tasks that are looked at for a seat beyond redundancy
BUDGET_SECONDS = 8.0


class Handout(Struct, frozen=True):
    """A task that the contributor holds a seat on."""

    task: Task
    sheet: Sheet
    until: int


class Order(Protocol):
    """An order other than the queue's. A queue longer than a window is put in order window by window."""

    backwards: bool  # the window is taken from the end of the queue

    def arrange(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries of a window in the order in which to try them."""


class Search(Struct):
    """What one call of `next_tasks` knows so far."""

    queue: str
    me: str
    until: int
    wanted: int
    passed: set[int]  # tasks that are held, answered, full or completed
    answered: set[int] = set()  # tasks that turned out to be answered
    found: list[Handout] = []
    sheets: dict[str, Sheet] = {}  # that were read ahead, each to be used once
    tasks: dict[int, Task] = {}  # definitions that were read
    hopeful: bool = True  # read the definition together with the sheet: the last candidate was not refused
    spread: int = 1
    scanned: set[int] = set()  # tasks of the pages that were looked at
    front: str | None = None  # everything up to here was passed over
    front_stands: bool = False  # a task worth a try came after `front`
    front_needed: bool = True
    sweep: str | None = None
    at_least: bool = False  # note full tasks: when nothing else is left, one is handed out again
    full: Sequence[Entry] = ()  # those whose leases end first
    beyond: bool = False  # nothing else was left

    @property
    def satisfied(self) -> bool:
        return len(self.found) >= self.wanted

    def worth_a_try(self, entries: Sequence[Entry], now: float, order: Order | None) -> list[Entry]:
        """Entries that may have a seat for this contributor, in the order in which to try them."""
        not_passed = [entry for entry in entries if entry.task not in self.passed]
        candidates = [entry for entry in not_passed if entry.ready <= now]
        if self.at_least:
            self.note_full([entry for entry in not_passed if entry.ready > now])
        return list(order.arrange(candidates)) if order is not None else candidates

    def note_full(self, entries: Sequence[Entry]) -> None:
        """Keep those that have waited longest for an answer: their lease is likeliest to have been abandoned."""
        known = {entry.task: entry for entry in (*self.full, *entries)}
        self.full = nsmallest(BEYOND_TRIES, known.values(), key=_ready)

    def look_at(self, entries: Sequence[Entry], first: Entry | None) -> None:
        """Note a page, and how far it was passed over before the `first` entry worth a try."""
        self.scanned.update(entry.task for entry in entries)
        for entry in entries:
            if self.front_stands or entry is first:
                break
            self.front = entry.qk
        self.front_stands = self.front_stands or first is not None


class Searching:
    """Searches queues. `clock` gives epoch seconds; `choose` picks an index below its argument."""

    def __init__(
        self,
        sheets: Sheets,
        queue: Queue,
        clock: Callable[[], float],
        choose: Callable[[int], int] = random.randrange,
    ) -> None:
        self._sheets = sheets
        self._queue = queue
        self._clock = clock
        self._choose = choose

    def go_on(self, search: Search, remembered: Participation, order: Order | None) -> None:
        """Find what is wanted, in the caller's order or in the queue's. Raises Unavailable when that takes too long."""
        deadline = self._clock() + BUDGET_SECONDS
        if order is None:
            self._in_order(search, remembered, deadline)
        else:
            search.front_stands = order.backwards  # the end of the queue says nothing of its front
            self._try_pages(search, [search.queue], order, deadline)
        search.front_stands = True  # nor do the keys of other queues
        self._try_pages(search, other_queues(search.queue), order, deadline)

    def _in_order(self, search: Search, remembered: Participation, deadline: float) -> None:
        reach = len(search.passed) + BEYOND_OWN  # so that one page reaches past what is passed over anyway
        near = self._queue.near(search.queue, reach, after=remembered.front)
        hopeful = search.worth_a_try(near, self._clock(), None)[:1]
        if remembered.front is not None:
            before = self._before(search.queue, remembered, fresh=not hopeful)
            self._sweep(search, before, remembered, hopeful)
        self._try_entries(search, near, deadline, give_up_after=MOST_SKIPPED)
        # Fresh pages: those may be seconds old, and "nothing left" must not rest on them (failures 4 and 6).
        pages = self._queue.pages(search.queue, after=remembered.front, size=reach if reach > 2 * BEYOND_OWN else 0)
        while not search.satisfied and (page := next(pages, None)) is not None:
            self._try_entries(search, page, deadline)
        if remembered.front is not None and hopeful and not search.satisfied:
            self._sweep(search, self._before(search.queue, remembered, fresh=True), remembered, [])

    def beyond(self, search: Search) -> None:
        """Hand out one full task again. Whoever lost a race for it is given another, or none: there was no seat."""
        search.beyond, search.wanted = True, 1
        for entry in search.full:
            if search.satisfied:
                break
            self._try(search, entry)

    def offer_gold(self, search: Search, seed: str) -> None:
        """One gold task that the contributor has not answered, if there is one. Each time from another place of their
        queue: volunteers are spread over them, and who has forgotten which ones are answered meets them all."""
        entries = self._queue.near(gold_queue(search.queue), MOST_GOLD)[:MOST_GOLD]
        first = pick(seed, max(1, len(entries)))
        now, tried = self._clock(), 0
        for entry in [*entries[first:], *entries[:first]]:
            if search.found or tried == MOST_SKIPPED:
                break
            if entry.ready <= now and entry.task not in search.passed:
                self._try(search, entry)
                tried += 1

    def skip(self, search: Search, count: int, order: Order | None) -> None:
        """Pass over `count` tasks that would have come first, without sitting down (`offset`)."""
        now = self._clock()
        queues = (search.queue, *other_queues(search.queue))
        pages = chain.from_iterable(self._pages(one, order) for one in queues)
        while count > 0 and (page := next(pages, None)) is not None:
            offered = search.worth_a_try(page, now, order)
            search.passed.update(entry.task for entry in offered[:count])
            count -= len(offered)

    def _try_pages(self, search: Search, queues: Sequence[str], order: Order | None, deadline: float) -> None:
        pages = chain.from_iterable(self._pages(queue, order) for queue in queues)
        while not search.satisfied and (page := next(pages, None)) is not None:
            self._try_entries(search, page, deadline, order=order)
            if order is not None and len(search.answered) > MOST_ANSWERED:
                raise Unavailable("You have answered too many of these tasks to search by orderby: ask without it.")

    def _pages(self, queue: str, order: Order | None) -> Iterator[Sequence[Entry]]:
        if order is None:
            return self._queue.pages(queue)
        return self._queue.pages(queue, size=ORDERED_WINDOW, backwards=order.backwards)

    def _before(self, queue: str, remembered: Participation, fresh: bool) -> Sequence[Entry]:
        """The page of the sweep's turn, of what lies before the front."""
        if fresh:
            pages = self._queue.pages(queue, after=remembered.sweep, until=remembered.front, size=SWEEP_PAGE)
            return next(pages, ())
        near = self._queue.near(queue, SWEEP_PAGE, after=remembered.sweep)
        return [entry for entry in near if entry.qk <= (remembered.front or "")][:SWEEP_PAGE]

    def _sweep(
        self, search: Search, page: Sequence[Entry], remembered: Participation, ahead: Sequence[Entry]
    ) -> None:
        """Look at one small page of what lies before the front: a seat given back, a task moved up (heart.md §4).
        `ahead`: the entry beyond it that is tried next, read in the same request."""
        search.sweep = None
        search.front_needed = bool(page) or remembered.sweep is not None
        candidates = search.worth_a_try(page, self._clock(), None)[:SWEEP_TRIES]
        self._read_ahead(search, [*candidates, *ahead])
        last = candidates[-1] if len(candidates) == SWEEP_TRIES else None
        for entry in page:
            search.sweep = entry.qk
            if entry in candidates:
                self._try(search, entry)
            if search.satisfied or entry is last:
                break
        if len(page) < SWEEP_PAGE and page and search.sweep == page[-1].qk:
            search.sweep = None  # at the front: begin again at the head, or it would follow the front for ever

    def _read_ahead(self, search: Search, entries: Sequence[Entry]) -> None:
        """The sheets that are tried next, and the definition of the last one's task, which is the likeliest."""
        search.sheets, tasks = self._sheets.read(
            [entry.sheet for entry in entries], [entry.task for entry in entries[-1:]], consistent=False
        )
        search.tasks.update(tasks)

    def _try_entries(
        self,
        search: Search,
        entries: Sequence[Entry],
        deadline: float,
        give_up_after: int | None = None,
        order: Order | None = None,
    ) -> None:
        candidates = search.worth_a_try(entries, self._clock(), order)
        search.look_at(entries, min(candidates, key=_place, default=None))
        skipped = 0
        while candidates and not search.satisfied and skipped != give_up_after:
            if self._clock() > deadline:
                raise Unavailable("The queue is busier than one request can search; ask again in a moment.")
            entry = candidates.pop(self._pick(search, candidates))
            outcome = self._try(search, entry)
            if outcome is _Outcome.LOST:
                candidates.insert(0, entry)
                search.spread = min(WIDEST_SPREAD, max(FIRST_SPREAD, search.spread * 2))
            elif outcome is _Outcome.REFUSED:
                skipped += 1

    def _pick(self, search: Search, candidates: Sequence[Entry]) -> int:
        """The first candidate until a race is lost, then one of its equals (heart.md §4, head of the queue)."""
        if search.spread == 1:
            return 0
        window = candidates[: search.spread]
        return self._choose(sum(entry.rank == window[0].rank for entry in window))

    def _try(self, search: Search, entry: Entry) -> "_Outcome":
        if entry.sheet in search.sheets:
            return self._sit(search, entry, search.sheets.pop(entry.sheet))
        wanted = [entry.task] if search.hopeful and entry.task not in search.tasks else []
        sheets, tasks = self._sheets.read([entry.sheet], wanted, consistent=False)
        search.tasks.update(tasks)
        return self._sit(search, entry, sheets.get(entry.sheet))

    def _sit(self, search: Search, entry: Entry, sheet: Sheet | None) -> "_Outcome":
        """Take a seat on `sheet` if it has one for this contributor. One that became gold since it was listed, or is no
        longer, is not what is looked for here."""
        if entry.task in search.passed and not search.beyond:
            return _Outcome.REFUSED  # a lagging index shows a task that just moved at both places
        if sheet is not None and sheet.gold != entry.gold:
            self._queue.learned(entry, None)
            sheet = None
        if sheet is not None:
            sheet = self.placed(sheet, search.queue)
            if sheet is None:
                return _Outcome.LOST
        move: Move | Refusal = Refusal.COMPLETED
        if sheet is not None:
            move = propose(sheet, search.me, self._clock(), search.until, search.beyond)
        task = self._definition(search, entry.task) if not isinstance(move, Refusal) else None
        if sheet is None or isinstance(move, Refusal) or task is None:
            search.passed.add(entry.task)
            search.hopeful = False
            if sheet is not None and isinstance(move, Refusal):
                self._learn(search, entry, sheet, move)
            return _Outcome.REFUSED
        if not isinstance(move, Adopt) and not self._sheets.move(sheet, search.me, move):
            return _Outcome.LOST
        search.passed.add(entry.task)
        search.hopeful = True
        search.found.append(Handout(task, sheet, move.until))
        if not isinstance(move, Adopt) and move.ready is not None:
            self._queue.learned(entry, move.ready)
        return _Outcome.TAKEN

    def placed(self, sheet: Sheet, queue: str) -> Sheet | None:
        """The sheet, in the project's queue: while the scheduler changes it may still be in another, whose rules no
        longer hold. None when it changed meanwhile. Gold tasks stay where they are."""
        if sheet.queue == queue or sheet.gold:
            return sheet
        placing = place(sheet, queue)
        if not self._sheets.place(placing):
            return None
        return replace(sheet, ver=sheet.ver + 1, qk=placing.qk, open=placing.open, ready=placing.ready)

    def _definition(self, search: Search, task_id: int) -> Task | None:
        """The task; None when it was deleted, or its import has stored the sheet and not yet the task."""
        if task_id not in search.tasks:
            _, tasks = self._sheets.read([], [task_id], consistent=False)
            search.tasks.update(tasks)
        return search.tasks.get(task_id)

    def _learn(self, search: Search, entry: Entry, sheet: Sheet, refusal: Refusal) -> None:
        if refusal is Refusal.COMPLETED:
            self._queue.learned(entry, None)
        elif refusal is Refusal.FULL and sheet.ready is not None:
            self._queue.learned(entry, sheet.ready)
            if search.at_least and not search.beyond:
                search.note_full([entry])
        elif refusal is Refusal.ANSWERED:
            search.answered.add(entry.task)


class _Outcome(Enum):
    TAKEN = "taken"
    LOST = "lost"  # another volunteer was quicker; the task may still have a seat
    REFUSED = "refused"


def _place(entry: Entry) -> str:
    return entry.qk


def _ready(entry: Entry) -> int:
    return entry.ready
