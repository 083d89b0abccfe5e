"""The moves on a seat sheet, as pure rules."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.core.queueing import queue_key
from chalicelib.core.seats import (
    FREE,
    GRACE_SECONDS,
    Adopt,
    Refusal,
    Renew,
    Sheet,
    Take,
    TakeOver,
    answer,
    change_redundancy,
    give_back,
    place,
    propose,
)
from chalicelib.core.tasks import MOST_ANSWERS

NOW, END = 1000.0, 4600
SEATS = st.dictionaries(st.sampled_from("abcdef"), st.integers(-9, -1) | st.integers(900, 1100), max_size=6)
EMPTY = Sheet("k", 7, 1, 2, 0, 0, 0, 0.0, {}, "0.7", "1:p", FREE)


def in_queue(queue: str, before: Sheet) -> Sheet:
    """The sheet as it would be listed in another queue."""
    return replace(before, qk=queue_key(queue, before.prio, before.task, before.ans), open=queue)


def sheet(n: int = 2, **seats: int) -> Sheet:
    answers = sum(held < 0 for held in seats.values())
    return replace(EMPTY, n=n, ans=answers, seats=seats)


def test_a_free_seat_is_taken_and_the_last_one_says_when_a_seat_may_be_free() -> None:
    assert propose(sheet(2), "me", NOW, END) == Take(END, 2, None)
    assert propose(sheet(2, a=2000), "me", NOW, END) == Take(END, 2, 2000)
    assert propose(sheet(2, a=-5), "me", NOW, END) == Take(END, 2, END)
    assert propose(sheet(1), "me", NOW, END) == Take(END, 1, END)


def test_a_live_seat_of_ones_own_is_adopted_and_an_expired_one_renewed() -> None:
    assert propose(sheet(2, me=2000), "me", NOW, END) == Adopt(2000)
    assert propose(sheet(1, me=999), "me", NOW, END) == Renew(END, 1, 1, 999, END)
    assert propose(sheet(2, me=1000, a=3000), "me", NOW, END) == Renew(END, 2, 2, 1000, 3000)
    assert propose(sheet(3, me=999), "me", NOW, END) == Renew(END, 3, 1, 999, None)


def test_the_longest_expired_seat_of_a_full_sheet_is_taken_over() -> None:
    assert propose(sheet(2, a=990, b=980), "me", NOW, END) == TakeOver(END, 2, 2, "b", 980, 990)
    assert propose(sheet(2, a=-5, b=1000), "me", NOW, END) == TakeOver(END, 2, 2, "b", 1000, END)


def test_there_is_no_seat_on_a_full_an_answered_or_a_complete_sheet() -> None:
    assert propose(sheet(2, a=-5, b=2000), "me", NOW, END) is Refusal.FULL
    assert propose(sheet(2, me=-5), "me", NOW, END) is Refusal.ANSWERED
    assert propose(sheet(1, a=-5), "me", NOW, END) is Refusal.COMPLETED
    assert propose(sheet(1, a=-5, me=2000), "me", NOW, END) is Refusal.COMPLETED


def test_seats_beyond_a_lowered_n_are_no_room() -> None:
    assert propose(sheet(2, a=-5, b=2000, c=900), "me", NOW, END) is Refusal.FULL
    assert propose(sheet(2, a=-5, b=2000, me=900), "me", NOW, END) is Refusal.FULL
    assert propose(sheet(2, a=-5, b=800, c=900), "me", NOW, END) == TakeOver(END, 2, 3, "b", 800, END)


def test_where_all_seats_are_leased_one_beyond_is_taken_if_wanted() -> None:
    assert propose(sheet(2, a=-5, b=2000), "me", NOW, END, beyond=True) == Take(END, 2, END, beyond=2)
    assert propose(sheet(2, a=1500, b=2000, c=3000), "me", NOW, END, beyond=True) == Take(END, 2, 3000, beyond=3)
    assert propose(sheet(2, a=1500, b=2000, c=900), "me", NOW, END, beyond=True) == TakeOver(END, 2, 3, "c", 900, 2000)
    assert propose(sheet(2, a=1500, b=2000, me=900), "me", NOW, END, beyond=True) == Renew(END, 2, 3, 900, 2000)
    assert propose(sheet(1, a=-5), "me", NOW, END, beyond=True) is Refusal.COMPLETED
    crowd = {f"v{place}": 5000 for place in range(MOST_ANSWERS)}
    assert propose(sheet(2, **crowd), "me", NOW, END, beyond=True) is Refusal.FULL


@given(SEATS, st.integers(1, 6), st.sampled_from("abcdefg"), st.floats(900, 1100))
def test_a_seat_beyond_is_the_ordinary_one_where_there_is_one(
    seats: dict[str, int], n: int, me: str, now: float
) -> None:
    before = sheet(n, **seats)
    ordinary, move = propose(before, me, now, END), propose(before, me, now, END, beyond=True)
    if ordinary is not Refusal.FULL:
        assert move == ordinary
        return
    assert isinstance(move, Take | TakeOver | Renew)
    assert move.ready is not None
    after = {**seats, me: END}
    if isinstance(move, TakeOver):
        del after[move.expired]
    assert is_vacant_from(move.ready, after, n)


def test_an_answer_to_a_complete_task_is_an_extra_one_that_leaves_it_unlisted() -> None:
    complete = replace(sheet(2, a=-5, b=-6, me=2000), open=None, ready=None)
    late = answer(complete, 9, 2000)
    assert (late.least, late.most, late.last, late.extra) == (2, MOST_ANSWERS - 1, True, True)


def test_a_lease_about_to_end_is_renewed_and_one_given_back_ends_sooner() -> None:
    soon = int(NOW) + GRACE_SECONDS
    assert propose(sheet(2, me=soon, a=-5), "me", NOW, END) == Renew(END, 2, 2, soon, END)
    assert propose(sheet(2, me=soon + 1), "me", NOW, END) == Adopt(soon + 1)
    assert propose(sheet(2, me=soon), "me", NOW, soon) == Adopt(soon)
    assert give_back(sheet(2, me=2000, a=3000), "me", soon) == Renew(soon, 2, 2, 2000, soon)
    assert give_back(sheet(3, me=2000, a=3000), "me", soon) == Renew(soon, 3, 2, 2000, None)
    assert give_back(sheet(1, me=2000, a=-3), "me", soon) == Renew(soon, 1, 2, 2000, None)  # complete: not listed
    for without in (sheet(2, me=soon), sheet(2, me=-5), sheet(2, a=2000)):
        assert give_back(without, "me", soon) is None


def test_lowering_completes_and_raising_reopens_as_a_new_generation() -> None:
    half = sheet(3, a=-5, b=2000)
    lowered = change_redundancy(half, 1)
    assert (lowered.closed, lowered.ready, lowered.gen) == (True, None, 0)
    done = replace(sheet(1, a=-5), open=None, ready=None)
    raised = change_redundancy(done, 2)
    assert (raised.closed, raised.ready, raised.gen) == (False, FREE, 1)
    assert change_redundancy(done, 1).gen == 0
    assert change_redundancy(half, 2).ready == 2000
    assert change_redundancy(half, 4).ready == FREE




@given(SEATS, st.integers(1, 6), st.sampled_from("abcdefg"), st.floats(900, 1100))
def test_whatever_the_sheet_a_move_leaves_no_more_seats_than_answers_are_wanted(
    seats: dict[str, int], n: int, me: str, now: float
) -> None:
    before = sheet(n, **seats)
    move = propose(before, me, now, END)
    if isinstance(move, Refusal):
        counting = [held for held in seats.values() if held < 0 or held > now]
        assert len(counting) >= n or seats.get(me, 0) < 0
        return
    after = {**seats, me: move.until}
    if isinstance(move, TakeOver):
        assert move.observed <= now
        assert seats[move.expired] == move.observed
        del after[move.expired]
    if seats.get(me, 0) <= now:
        assert taken(after, now) <= n
    if isinstance(move, Take | TakeOver | Renew) and move.ready is not None:
        assert is_vacant_from(move.ready, after, n)
    elif not isinstance(move, Adopt):
        assert len(after) < n


def taken(seats: dict[str, int], now: float) -> int:
    return sum(held < 0 or held > now for held in seats.values())


def is_vacant_from(ready: int, seats: dict[str, int], n: int) -> bool:
    """Whether that is the very second from which a seat can be taken."""
    return taken(seats, ready) < n <= taken(seats, ready - 1)


@given(SEATS, st.integers(1, 6), st.integers(1, 8))
def test_a_change_of_redundancy_lists_a_task_exactly_while_answers_are_wanted(
    seats: dict[str, int], n: int, wanted: int
) -> None:
    before = sheet(n, **seats)
    change = change_redundancy(before, wanted)
    assert change.closed == (before.ans >= wanted)
    assert (change.ready is None) == change.closed
    if not change.closed and len(seats) < wanted:
        assert change.ready == FREE
    if not change.closed and len(seats) >= wanted:
        assert change.ready is not None
        assert is_vacant_from(change.ready, seats, wanted)


def test_a_sheet_tells_its_runs_and_leases() -> None:
    held = sheet(3, a=-9, b=2000, c=-5)
    assert held.run_ids == [5, 9]
    assert (held.leased_until("a"), held.leased_until("b"), held.leased_until("z")) == (None, 2000, None)


def test_under_depth_first_all_redundancy_is_no_ceiling() -> None:
    complete = in_queue("1:a", sheet(2, a=-5, b=-6, c=2000))
    assert complete.completed
    assert not complete.closed
    assert propose(complete, "me", NOW, END) == Take(END, 2, None)
    full = in_queue("1:a", sheet(2, **{f"v{place}": 5000 for place in range(MOST_ANSWERS)}))
    assert propose(full, "me", NOW, END) is Refusal.FULL


def test_an_answer_knows_whether_it_is_the_last_or_one_beyond_redundancy() -> None:
    first, last = answer(sheet(2, a=2000), 9, 2000), answer(sheet(2, a=2000, b=-5), 9, 2000)
    assert (first.least, first.most, first.last, first.extra) == (0, 0, False, False)
    assert (last.least, last.most, last.last, last.extra) == (1, 1, True, False)
    beyond = answer(in_queue("1:a", sheet(2, a=2000, b=-5, c=-6)), 9, 2000)
    assert (beyond.least, beyond.most, beyond.last, beyond.extra) == (2, MOST_ANSWERS - 2, False, True)
    completing = answer(in_queue("1:a", sheet(2, a=2000, b=-5)), 9, 2000)
    assert (completing.least, completing.most, completing.last, completing.extra) == (0, 1, False, False)


def test_under_breadth_first_an_answer_moves_the_task_and_pins_the_count() -> None:
    before = in_queue("1:b", sheet(3, a=2000, b=-5))
    move = answer(before, 9, 2000)
    assert (move.least, move.most, move.qk) == (1, 1, queue_key("1:b", 0.0, 7, 2))


@given(SEATS, st.integers(1, 6), st.sampled_from(["1:p", "1:b", "1:a"]), st.sampled_from(["1:p", "1:b", "1:a"]))
def test_a_task_that_moves_to_another_queue_is_listed_by_the_rules_of_that_one(
    seats: dict[str, int], n: int, old: str, new: str
) -> None:
    before = in_queue(old, sheet(n, **seats))
    placing = place(before, new)
    after = replace(before, qk=placing.qk, open=placing.open, ready=placing.ready)
    assert after.queue == new
    assert (after.open is None) == after.closed == (after.ready is None)
    assert after.closed == (before.completed and new != "1:a")
    assert place(after, old).qk == before.qk
