"""The thirteen ways in which a wrong design of the heart breaks (heart.md §3), each on the real stores."""

import itertools
from typing import Any

import pytest

from chalicelib.core.completions import Completions
from chalicelib.core.errors import Forbidden
from chalicelib.core.results import Result
from chalicelib.core.seats import Refusal, TakeOver, change_redundancy, propose
from chalicelib.core.stores import Lease
from chalicelib.core.submission import ASK_FIRST
from chalicelib.core.tasks import Task
from chalicelib.store.queue import QueueStore
from chalicelib.store.results import ResultStore
from chalicelib.store.tables import ParticipationItem, SheetItem
from tests.fakes.heart import LEASE_SECONDS, Heart, key_of
from tests.reliability.faults import LaggingQueue, crash


def live_seats(heart: Heart, task: Task) -> list[str]:
    return [key for key, held in heart.sheet(task).seats.items() if held > heart.clock()]


def runs_of(heart: Heart, task: Task) -> int:
    return len(heart.answers.of_task(heart.sheet(task)))


def test_1_a_crash_after_taking_the_last_seat_leaves_no_task_stuck(heart: Heart, connected: Any) -> None:
    (task,) = heart.add(n=1)
    with crash(connected.client, at_write=0, applied=True):
        heart.ask("gone")
    assert live_seats(heart, task) == [key_of("gone")]
    assert heart.ask("next") == []
    heart.clock.jump(LEASE_SECONDS + 1)
    assert heart.ask_ids("next") == [task.id]


def test_2_a_last_seat_decided_on_an_old_read_does_not_hide_the_seats_of_a_raised_redundancy(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    old = heart.sheet(task)
    assert heart.set_redundancy(task, 2)
    move = propose(old, key_of("slow"), heart.clock(), int(heart.clock()) + LEASE_SECONDS)
    assert not isinstance(move, Refusal)
    assert not heart.sheets.move(old, key_of("slow"), move)
    assert [heart.ask_ids(who) for who in ("slow", "other")] == [[task.id], [task.id]]


def test_3_ones_own_expired_seat_is_renewed_in_place(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    (first,) = heart.ask("slow")
    heart.clock.jump(LEASE_SECONDS + 1)
    (second,) = heart.ask("slow")
    assert second.task.id == task.id
    assert second.until > first.until
    assert len(heart.sheet(task).seats) == 1
    heart.submit("slow", task)
    assert runs_of(heart, task) == 1


def test_4_a_seat_given_back_behind_a_front_is_found_within_one_sweep(heart: Heart) -> None:
    tasks = heart.add(40, n=1)
    for _ in tasks:
        heart.answer_next("other")
    assert heart.ask("veteran") == []
    front = heart.sheet(tasks[-1]).qk
    ParticipationItem(key_of("veteran"), heart.project, runs=2000, front=front).save()
    heart.answers.withdraw(heart.sheet(tasks[20]), heart.answers.of_task(heart.sheet(tasks[20]))[0])
    assert heart.ask_ids("veteran") == [tasks[20].id]


def test_4_a_remembered_head_never_says_that_nothing_is_left(connected: Any) -> None:
    heart = Heart(remember_seconds=1000)
    (task,) = heart.add(n=1)
    run = heart.answer_next("other")
    assert heart.ask("late") == []
    heart.answers.withdraw(heart.sheet(task), run)
    assert heart.ask_ids("late") == [task.id]


def test_5_an_abandoned_seat_of_high_priority_is_offered_before_free_ones_of_low_priority(heart: Heart) -> None:
    urgent = heart.add(1, n=1, priority=lambda _: 1.0)[0]
    heart.add(50, n=1)
    assert heart.ask_ids("gone") == [urgent.id]
    heart.clock.jump(LEASE_SECONDS + 1)
    assert heart.ask_ids("next") == [urgent.id]


def test_6_tasks_that_arrive_behind_a_front_or_after_a_remembered_head_are_found(connected: Any) -> None:
    heart = Heart(remember_seconds=1000)
    (first,) = heart.add(n=30)
    assert heart.ask_ids("veteran") == [first.id]
    heart.submit("veteran", first)
    assert heart.ask("veteran") == []
    ParticipationItem(key_of("veteran"), heart.project, runs=2000, front=heart.sheet(first).qk).save()
    (later,) = heart.add(1, priority=lambda _: 1.0)  # sorts before the front
    assert heart.ask_ids("veteran") == [later.id]


def test_7_a_seat_that_was_answered_is_not_taken_over(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    heart.ask("slow")
    heart.clock.jump(LEASE_SECONDS + 1)
    seen = heart.sheet(task)
    move = propose(seen, key_of("eager"), heart.clock(), int(heart.clock()) + LEASE_SECONDS)
    assert isinstance(move, TakeOver)
    heart.answer_next("slow")  # renewed and answered meanwhile
    assert not heart.sheets.move(seen, key_of("eager"), move)
    assert runs_of(heart, task) == 1
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submit("eager", task)


def test_8_a_holder_who_is_too_late_after_n_was_lowered_is_refused_in_the_contracts_words(heart: Heart) -> None:
    (task,) = heart.add(n=3)
    for who in ("one", "two", "three"):
        heart.ask(who)
    heart.submit("one", task)
    assert heart.set_redundancy(task, 2)
    heart.submit("two", task)
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submit("three", task)
    assert runs_of(heart, task) == 2
    assert heart.listed() == []


def test_8_an_expired_seat_above_a_lowered_n_is_no_room_for_another_lease(heart: Heart) -> None:
    """Three seats under n = 2: one answered, one live, one expired. Another lease could never be answered."""
    (task,) = heart.add(n=3)
    heart.answer_next("one")
    heart.ask("gone")
    heart.clock.jump(LEASE_SECONDS + 1)
    heart.ask("two")
    assert heart.set_redundancy(task, 2)
    assert heart.ask("next") == []
    assert heart.ask("gone") == []
    heart.submit("two", task)
    assert heart.sheet(task).completed


@pytest.mark.parametrize("applied", [False, True], ids=["request lost", "acknowledgement lost"])
def test_9_lost_writes_never_change_how_many_seats_are_free(heart: Heart, connected: Any, applied: bool) -> None:
    (task,) = heart.add(n=5)
    for place in range(20):
        with crash(connected.client, at_write=0, applied=applied):
            heart.ask(f"lost-{place}")
    expected = 5 if applied else 0
    assert len(live_seats(heart, task)) == expected
    heart.clock.jump(LEASE_SECONDS + 1)
    runs = [heart.answer_next(f"found-{place}") for place in range(10)]
    assert sum(run is not None for run in runs) == 5


def test_10_a_task_that_is_listed_again_has_its_present_priority(heart: Heart) -> None:
    first, second = heart.add(2, n=1)
    heart.answer_next("one")
    heart.sheets.change_priority(heart.sheet(second), 0.25)
    heart.sheets.change_priority(heart.sheet(first), 0.75)  # while it is complete
    assert heart.listed() == [second.id]
    assert heart.set_redundancy(first, 2)
    assert heart.listed() == [first.id, second.id]


def test_10_an_answer_under_breadth_first_does_not_bring_an_old_priority_back(connected: Any) -> None:
    heart = Heart(scheduler="breadth_first")
    first, second = heart.add(2, n=3, priority=lambda place: 0.5 - place / 4)
    assert heart.ask_ids("one") == [first.id]
    usual, changed = heart.answers, []

    class Slow:
        """The owner changes the priority between the reading of the sheet and the answer, once."""

        def record(self, sheet: Any, run: Any, answer: Any) -> None:
            if not changed:
                changed.append(True)
                heart.sheets.change_priority(sheet, 0.0)
            usual.record(sheet, run, answer)

    heart.answers = Slow()
    heart.submit("one", first)
    heart.answers = usual
    heart.ask("two")
    heart.submit("two", second)
    assert heart.listed() == [second.id, first.id]  # one answer each


def test_11_a_ghost_lease_never_returns_an_answered_task(heart: Heart) -> None:
    first, second = heart.add(2, n=3)
    heart.answer_next("one")
    ghost = {first.id: Lease(int(heart.clock()) + 100, first.sheet)}
    old = heart.participations.get(key_of("one"), heart.project)
    heart.participations.remember(key_of("one"), heart.project, old, ghost, heart.clock())
    assert heart.ask_ids("one") == [second.id]
    assert heart.ask_ids("one", offset=0, limit=5) == [second.id]


class Silent:
    """Announces to nobody, and says to whom it would have."""

    def __init__(self) -> None:
        self.announced: list[Result] = []

    def announce(self, result: Result) -> None:
        self.announced.append(result)


@pytest.fixture
def completions(heart: Heart) -> Completions:
    return Completions(ResultStore(), Silent(), heart.tasks, heart.sheets, heart.identifiers.next, heart.clock)


def image(task: Task) -> dict[str, Any]:
    """The sheet as a stream record shows it."""
    item: dict[str, Any] = SheetItem._get_connection().get_item(task.sheet, consistent_read=True)["Item"]
    return item


def test_12_each_generation_makes_one_result_though_records_come_late_twice_and_out_of_order(
    heart: Heart, completions: Completions
) -> None:
    (task,) = heart.add(n=1)
    images = [image(task)]
    first = heart.answer_next("one")
    images.append(image(task))
    assert heart.set_redundancy(task, 2)  # reopened before any record was delivered
    images.append(image(task))
    second = heart.answer_next("two")
    images.append(image(task))
    records = list(itertools.pairwise(images))
    for old, new in [records[2], records[0], records[1], records[0], records[2]]:
        completions.changed(old, new)
    made = ResultStore().versions([(task.id, 0), (task.id, 1), (task.id, 2)])
    assert first is not None
    assert second is not None
    assert {key: result.task_run_ids for key, result in made.items()} == {
        (task.id, 0): [first.id],
        (task.id, 1): [first.id, second.id],
    }
    assert [made[task.id, gen].last_version for gen in (0, 1)] == [False, True]


def test_12_a_raise_computed_before_the_last_answer_changes_nothing(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    old = heart.sheet(task)
    heart.answer_next("one")
    assert not heart.sheets.change_redundancy(change_redundancy(old, 2))
    assert heart.set_redundancy(task, 2)
    assert (heart.sheet(task).gen, heart.listed()) == (1, [task.id])


def test_13_a_volunteer_has_one_seat_after_a_crash(heart: Heart, connected: Any) -> None:
    (task,) = heart.add(n=2)
    with crash(connected.client, at_write=0, applied=True):
        heart.ask("one")
    assert heart.ask_ids("one") == [task.id]
    assert live_seats(heart, task) == [key_of("one")]
    assert heart.ask_ids("two") == [task.id]


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at_write", range(4))
def test_a_crash_at_any_write_of_a_contribution_is_made_good(
    heart: Heart, connected: Any, at_write: int, applied: bool
) -> None:
    """The same volunteer tries again: one run a task, and no seat is lost for longer than a lease (R2, R3, R6)."""
    tasks = heart.add(2, n=1)

    def contribute() -> int | None:
        handouts = heart.ask("one")
        return heart.submit("one", handouts[0].task, "x", idem="key").task_id if handouts else None

    with crash(connected.client, at_write=at_write, applied=applied):
        contribute()
        contribute()
    for _ in range(3):
        contribute()
    heart.clock.jump(LEASE_SECONDS + 1)  # a last seat taken in vain is offered again when it ends
    for _ in range(2):
        contribute()
    assert [runs_of(heart, task) for task in tasks] == [1, 1]
    assert all(heart.sheet(task).completed for task in tasks)
    assert heart.participations.get(key_of("one"), heart.project).runs == 2


def test_a_withdrawn_run_of_a_complete_task_opens_it_again_as_a_new_generation(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    run = heart.answer_next("one")
    heart.answers.withdraw(heart.sheet(task), run)
    assert (heart.sheet(task).gen, heart.listed()) == (1, [task.id])
    assert heart.answer_next("two") is not None
    assert heart.sheet(task).completed


def test_a_lagging_index_only_proposes(connected: Any) -> None:
    """R1 with an index that shows completed tasks as open, and open ones not at all."""
    lagging = LaggingQueue()
    heart = Heart(queue=lagging)
    tasks = heart.add(3, n=1)
    lagging.freeze(heart.queue_name)
    for who in ("one", "two"):
        heart.answer_next(who)
    assert heart.ask_ids("three") == [tasks[2].id]
    heart.submit("three", tasks[2])
    (late,) = heart.add(1)
    assert heart.ask("four") == []
    lagging.thaw()
    assert heart.ask_ids("four") == [late.id]
    assert [runs_of(heart, task) for task in tasks] == [1, 1, 1]


def test_a_clock_that_jumps_back_and_forth_never_makes_a_run_too_many(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    for place, jump in enumerate([0, LEASE_SECONDS + 1, -7200, 5, LEASE_SECONDS * 3, -60, 0]):
        heart.clock.jump(jump)
        heart.answer_next(f"volunteer-{place}")
    assert runs_of(heart, task) == 2
    assert isinstance(heart.queue, QueueStore)
