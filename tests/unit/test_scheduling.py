"""What `newtask` hands out, on stores in memory."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from chalicelib.core.errors import BadRequest, Unavailable
from chalicelib.core.queueing import Entry, queue_name
from chalicelib.core.schedulers import Page, under
from chalicelib.core.scheduling import MOST_DONE, Scheduling
from chalicelib.core.searching import BUDGET_SECONDS, MOST_SKIPPED, ORDERED_WINDOW
from chalicelib.core.seats import Adopt, Move, Refusal, Sheet
from chalicelib.core.seats import place as placing_of
from chalicelib.core.stores import Hints, Lease, Participation
from chalicelib.core.tasks import Task
from tests.fakes.heart import LEASE_CAP, LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import memory_heart


@pytest.fixture
def heart() -> Heart:
    return memory_heart()


def ids(tasks: Sequence[Task]) -> list[int]:
    return [task.id for task in tasks]


def test_the_first_task_in_queue_order_is_handed_out_and_stays_ones_own(heart: Heart) -> None:
    tasks = heart.add(5, n=2, priority=lambda place: 1.0 if place == 3 else 0.0)
    (first,) = heart.ask("me")
    assert (first.task.id, first.until) == (tasks[3].id, int(heart.clock()) + LEASE_SECONDS)
    heart.clock.jump(60)
    (again,) = heart.ask("me")
    assert (again.task, again.until) == (first.task, first.until)


def test_nothing_is_handed_out_of_an_empty_project(heart: Heart) -> None:
    assert heart.ask("me") == []
    assert heart.participations.get(key_of("me"), heart.project).leases == {}


def test_offset_skips_own_leases_first_and_then_the_queue(heart: Heart) -> None:
    tasks = heart.add(5, n=2)
    assert heart.ask_ids("me") == ids(tasks[:1])
    assert heart.ask_ids("me", offset=1) == ids(tasks[1:2])  # prefetch, as presenters do
    assert heart.ask_ids("me", offset=1) == ids(tasks[1:2])
    assert heart.ask_ids("you", offset=2) == ids(tasks[2:3])
    assert heart.ask_ids("you", offset=9) == []


def test_limit_gives_own_leases_first_and_fills_up_from_the_queue(heart: Heart) -> None:
    tasks = heart.add(6, n=2)
    heart.ask("me", offset=2)
    assert heart.ask_ids("me", limit=4) == ids([tasks[2], tasks[0], tasks[1], tasks[3]])
    assert heart.ask_ids("me", limit=4) == ids(tasks[:4])
    assert heart.ask_ids("me", limit=2, offset=3) == ids([tasks[3], tasks[4]])


def test_live_leases_are_capped(heart: Heart) -> None:
    heart.add(LEASE_CAP + 10, n=2)
    assert len(heart.ask("me", limit=100)) == LEASE_CAP
    assert heart.ask("me", offset=LEASE_CAP) == []
    heart.submit("me", heart.ask("me")[0].task)
    assert len(heart.ask("me", limit=100)) == LEASE_CAP
    heart.clock.jump(LEASE_SECONDS + 1)
    assert len(heart.ask("me", limit=100)) == LEASE_CAP


def test_answered_full_and_complete_tasks_are_passed_over(heart: Heart) -> None:
    done, full, answered, left = heart.add(4, n=1)
    heart.set_redundancy(answered, 2)
    heart.answer_next("you")
    assert heart.ask_ids("you") == [full.id]
    assert heart.ask_ids("me") == [answered.id]
    heart.submit("me", answered)
    assert heart.ask_ids("me") == [left.id]
    assert heart.sheet(done).completed


def test_a_ghost_lease_of_a_deleted_task_is_ignored(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    ghost = {99: Lease(int(heart.clock()) + 100, "gone")}
    old = heart.participations.get(key_of("me"), heart.project)
    heart.participations.remember(key_of("me"), heart.project, old, ghost, heart.clock())
    assert heart.ask_ids("me", limit=5) == [task.id]


class OtherSheets:
    """The heart's sheets with something in their way."""

    def __init__(self, heart: Heart) -> None:
        self._real: Any = heart.sheets
        self.sheets_read = 0
        self.tasks_read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]:
        self.sheets_read += len(keys)
        self.tasks_read += len(tasks)
        found: tuple[dict[str, Sheet], dict[int, Task]] = self._real.read(keys, tasks, consistent)
        return found


class LosingSheets(OtherSheets):
    """Others are quicker so many times; each time they take the seat that was wanted."""

    def __init__(self, heart: Heart, times: int) -> None:
        super().__init__(heart)
        self._left = times
        self.tried: list[int] = []

    def move(self, sheet: Sheet, me: str, move: Move) -> bool:
        self.tried.append(sheet.task)
        if self._left:
            self._left -= 1
            assert not isinstance(move, Adopt)
            self._real.move(sheet, f"quick-{self._left}", move)
        return bool(self._real.move(sheet, me, move))


def test_after_a_lost_race_one_of_the_equals_is_tried_and_never_one_of_lower_priority(heart: Heart) -> None:
    tasks = heart.add(40, n=1, priority=lambda place: 1.0 if place < 20 else 0.0)
    heart.sheets = losing = LosingSheets(heart, times=5)
    bounds = []

    def last(below: int) -> int:
        bounds.append(below)
        return below - 1

    scheduling = Scheduling(heart.participations, losing, heart.queue, heart.clock, last)
    found = scheduling.next_tasks(heart.project, heart.queue_name, key_of("me"), LEASE_SECONDS, LEASE_CAP)
    assert len(found) == 1
    assert set(losing.tried) <= set(ids(tasks[:20]))
    assert max(bounds) <= 20
    assert losing.tried[0] == tasks[0].id


def test_a_search_that_outlasts_its_time_says_so(heart: Heart) -> None:
    heart.add(n=2)

    class Unlucky(OtherSheets):
        tried = 0

        def move(self, sheet: Sheet, me: str, move: Move) -> bool:
            self.tried += 1
            return False

    heart.sheets = Unlucky(heart)
    ticking = iter(range(int(heart.clock()), 10**12))
    scheduling = Scheduling(heart.participations, heart.sheets, heart.queue, lambda: float(next(ticking)))
    with pytest.raises(Unavailable, match="ask again"):
        scheduling.next_tasks(heart.project, heart.queue_name, key_of("me"), LEASE_SECONDS, LEASE_CAP)
    assert 0 < heart.sheets.tried <= BUDGET_SECONDS


class StaleHead:
    """A queue whose remembered head is the one of long ago."""

    def __init__(self, heart: Heart) -> None:
        self._real: Any = heart.queue
        self._head = list(self._real.near(heart.queue_name))
        self.learnt: list[tuple[int, int | None]] = []

    def near(self, queue: str, least: int = 0, after: str | None = None) -> Sequence[Entry]:
        return [entry for entry in self._head if entry.qk > (after or "")]

    def pages(
        self, queue: str, after: str | None = None, until: str | None = None, size: int = 0
    ) -> Iterator[Sequence[Entry]]:
        yield from self._real.pages(queue, after, until, size)

    def learned(self, entry: Entry, ready: int | None) -> None:
        self.learnt.append((entry.task, ready))


def test_a_stale_head_is_given_up_after_a_few_refusals_and_teaches_the_queue(heart: Heart) -> None:
    tasks = heart.add(39, n=1)
    heart.queue = stale = StaleHead(heart)
    for _ in range(30):
        heart.answer_next("you")
    heart.ask("other")
    stale.learnt.clear()
    heart.sheets = counted = OtherSheets(heart)
    assert heart.ask_ids("me") == [tasks[31].id]
    assert counted.sheets_read == MOST_SKIPPED + 1
    assert stale.learnt[:MOST_SKIPPED] == [(task, None) for task in ids(tasks[:MOST_SKIPPED])]


def test_a_refused_proposal_does_not_read_its_task(heart: Heart) -> None:
    heart.add(9, n=1)
    heart.queue = StaleHead(heart)
    for _ in range(5):
        heart.answer_next("you")
    heart.sheets = counted = OtherSheets(heart)
    heart.ask("me")
    assert (counted.sheets_read, counted.tasks_read) == (6, 2)


def test_a_task_whose_import_is_not_finished_is_not_handed_out(heart: Heart) -> None:
    first, second = heart.add(2, n=1)

    class Unfinished(OtherSheets):
        def read(
            self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
        ) -> tuple[dict[str, Sheet], dict[int, Task]]:
            sheets, found = super().read(keys, tasks, consistent)
            return sheets, {task: one for task, one in found.items() if task != first.id}

    heart.sheets = Unfinished(heart)
    assert heart.ask_ids("me") == [second.id]
    assert heart.sheet(first).seats == {}


def veteran(heart: Heart, count: int) -> list[Task]:
    """`count` tasks that stay open, all answered by me, and ten more."""
    tasks = heart.add(count + 10, n=30)
    for _ in range(count):
        heart.answer_next("me")
    return tasks


def test_beyond_ninety_open_answers_a_front_stands_for_them(heart: Heart) -> None:
    tasks = veteran(heart, MOST_DONE + 30)
    remembered = heart.participations.get(key_of("me"), heart.project)
    assert remembered.front is not None
    assert len(remembered.done) <= 1
    assert heart.ask_ids("me") == [tasks[MOST_DONE + 30].id]


def test_with_a_front_a_call_looks_at_a_constant_number_of_sheets(heart: Heart) -> None:
    costs = []
    for count in (100, 200):
        fresh = memory_heart()
        veteran(fresh, count)
        fresh.sheets = counted = OtherSheets(fresh)
        fresh.queue.pages_read = 0
        fresh.ask("me")
        costs.append((counted.sheets_read, counted.tasks_read, fresh.queue.pages_read))
    assert all(sheets <= 3 and tasks == 1 and pages == 2 for sheets, tasks, pages in costs)


@pytest.mark.parametrize("place", [0, 50, 99])
def test_with_a_front_a_seat_that_comes_free_before_it_is_found_within_one_sweep(heart: Heart, place: int) -> None:
    tasks = veteran(heart, 100)
    mine = heart.answers.of_task(heart.sheet(tasks[place]))[0]
    heart.answers.withdraw(heart.sheet(tasks[place]), mine)
    for _ in range(200):  # each call looks at two tasks before the front and adds one to them
        (handout,) = heart.ask("me", offset=0)
        if handout.task.id == tasks[place].id:
            return
        heart.submit("me", handout.task)
        heart.add(1, n=30)
    pytest.fail("not found in 200 calls")


def test_the_front_is_given_up_when_nothing_open_is_left_before_it(heart: Heart) -> None:
    tasks = veteran(heart, 100)
    for task in tasks[:100]:
        heart.set_redundancy(task, 1)
    heart.answer_next("me")
    heart.ask("me")
    remembered = heart.participations.get(key_of("me"), heart.project)
    assert remembered.front is None


def test_answers_on_tasks_that_left_the_queue_are_forgotten(heart: Heart) -> None:
    tasks = heart.add(MOST_DONE + 20, n=30)
    for place in range(MOST_DONE + 1):
        heart.answer_next("me")
        if place % 2:
            heart.set_redundancy(tasks[place], 1)
    heart.ask("me")
    remembered = heart.participations.get(key_of("me"), heart.project)
    assert remembered.front is None
    assert len(remembered.done) == MOST_DONE // 2 + 1


class NewestFirst:
    backwards = True

    def arrange(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return sorted(entries, key=lambda entry: -entry.task)


def test_an_order_of_the_callers_own_is_followed(heart: Heart) -> None:
    tasks = heart.add(60, n=2)
    found = heart.scheduling.next_tasks(
        heart.project, heart.queue_name, key_of("me"), LEASE_SECONDS, LEASE_CAP, 2, order=NewestFirst()
    )
    assert [one.task.id for one in found] == ids(tasks[:-3:-1])


def test_an_order_of_the_callers_own_moves_no_front_past_tasks_that_were_not_done(heart: Heart) -> None:
    tasks = heart.add(MOST_DONE + 30, n=30)
    for _ in range(MOST_DONE + 5):
        (found,) = heart.scheduling.next_tasks(
            heart.project, heart.queue_name, key_of("me"), LEASE_SECONDS, LEASE_CAP, order=NewestFirst()
        )
        heart.submit("me", found.task)
    assert heart.ask_ids("me") == [tasks[0].id]


def test_a_task_that_a_lagging_index_shows_at_two_places_is_handed_out_once(heart: Heart) -> None:
    """With limit > 1, one answer had the same task twice: found by a history with an owner who changes a priority."""
    moved, other = heart.add(2, n=2)
    (before, last) = next(heart.queue.pages(heart.queue_name))
    heart.sheets.change_priority(heart.sheet(moved), 1.0)
    (after, _) = next(heart.queue.pages(heart.queue_name))
    heart.queue.pages = lambda *_, **__: iter([[after, before, last]])
    assert heart.ask_ids("me", limit=3) == [moved.id, other.id]


def test_a_given_task_is_leased_or_refused_with_the_reason(heart: Heart) -> None:
    (task,) = heart.add(n=1)

    def lease(who: str) -> Any:
        return heart.scheduling.lease_task(heart.queue_name, task, key_of(who), LEASE_SECONDS)

    handout = lease("me")
    assert handout.task == task
    assert lease("me").until == handout.until
    assert lease("you") is Refusal.FULL
    assert heart.ask_ids("me") == [task.id]
    heart.submit("me", task)
    assert lease("you") is Refusal.COMPLETED


def test_leases_that_ended_are_dropped_from_the_participation(heart: Heart) -> None:
    heart.add(30, n=2)
    heart.ask("me", limit=10)
    heart.clock.jump(LEASE_SECONDS + 1)
    heart.ask("me")
    leases: Mapping[int, Lease] = heart.participations.get(key_of("me"), heart.project).leases
    assert len(leases) == 1


def test_an_order_of_the_callers_own_goes_on_where_the_first_window_is_used_up(heart: Heart) -> None:
    tasks = heart.add(ORDERED_WINDOW + 5, n=2)
    done = frozenset(ids(tasks[5:]))
    heart.participations.remember(key_of("me"), heart.project, Participation(), {}, 0.0, Hints(None, None, done))
    found = heart.scheduling.next_tasks(
        heart.project, heart.queue_name, key_of("me"), LEASE_SECONDS, LEASE_CAP, order=NewestFirst()
    )
    assert [one.task.id for one in found] == [tasks[4].id]


def test_of_the_first_tasks_incremental_gives_any(heart: Heart) -> None:
    tasks = heart.add(30, n=2)
    page = under("incremental", Page(limit=3, offset=1))
    given = {
        one.task.id
        for volunteer in range(40)
        for one in heart.scheduling.next_tasks(
            heart.project, heart.queue_name, key_of(f"v{volunteer}"), 1, LEASE_CAP, page.limit, page.offset, page.order
        )
        if heart.clock.jump(2) is None
    }
    assert given <= set(ids(tasks[:5]))
    assert len(given) >= 2


def test_locked_gives_one_task_and_takes_small_offsets_only() -> None:
    assert under("locked", Page(limit=9)) == Page(1, 0)
    assert under("locked", Page(limit=9, offset=1, order=NewestFirst())) == Page(1, 1)
    assert under("locked", Page(offset=2)).limit == 0
    with pytest.raises(BadRequest, match="offset"):
        under("locked", Page(offset=3))


@pytest.mark.parametrize(("old", "new"), itertools.permutations(["default", "breadth_first", "depth_first_all"], 2))
def test_a_task_that_is_still_in_the_former_queue_is_found_and_taken_along(old: str, new: str) -> None:
    heart = memory_heart(old)
    first, second = heart.add(2, n=1)
    heart.queue_name = queue_name(heart.project, new)
    assert heart.ask_ids("me") == [first.id]
    assert heart.sheet(first).open == heart.queue_name
    heart.submit("me", first)
    assert heart.ask_ids("me") == [second.id]
    assert heart.ask_ids("you") == ([] if new != "depth_first_all" else [first.id])


def test_a_front_in_one_queue_says_nothing_of_another(heart: Heart) -> None:
    tasks = veteran(heart, MOST_DONE + 30)
    heart.queue_name = queue_name(heart.project, "breadth_first")
    for task in tasks:
        heart.sheets.place(placing_of(heart.sheet(task), heart.queue_name))
    assert heart.ask_ids("me") == [tasks[MOST_DONE + 30].id]
    assert heart.ask_ids("you") == [tasks[MOST_DONE + 30].id]


def test_own_answers_that_are_met_again_are_remembered(heart: Heart) -> None:
    tasks = heart.add(20, n=2)
    for _ in range(10):
        heart.answer_next("me")
    old = heart.participations.get(key_of("me"), heart.project)
    heart.participations.remember(key_of("me"), heart.project, old, {}, 0.0, Hints(None, None, frozenset()))
    assert heart.ask_ids("me") == [tasks[10].id]
    assert heart.participations.get(key_of("me"), heart.project).done == frozenset(ids(tasks[:10]))


def test_under_depth_first_all_every_volunteer_gets_every_task_once() -> None:
    heart = memory_heart("depth_first_all")
    tasks = heart.add(3, n=2)
    for volunteer in range(5):
        assert [run.task_id for run in iter(lambda who=f"v{volunteer}": heart.answer_next(who), None)] == ids(tasks)  # type: ignore[misc]
    sheets = [heart.sheet(task) for task in tasks]
    assert [(one.ans, one.gen, one.completed, one.open) for one in sheets] == [(5, 3, True, heart.queue_name)] * 3
