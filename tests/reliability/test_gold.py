"""Gold tasks on the real stores: exact accuracies whatever comes at once, bounded cost, and nothing in their way."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core.errors import Forbidden, Unavailable
from chalicelib.core.stores import Hints, SeatChanged
from chalicelib.core.tasks import NewTask
from chalicelib.store.participations import ParticipationStore
from tests.fakes.heart import Heart, key_of
from tests.meter.meter import Meter
from tests.reliability.test_at_once import at_once
from tests.reliability.test_ceilings import BIG, FULL, KB, LEASE, within

FORGOTTEN = Hints(None, None, frozenset())
VOLUNTEERS = [f"volunteer-{place}" for place in range(8)]


def accuracies(heart: Heart) -> dict[str, tuple[int, int]]:
    found = ParticipationStore().accuracies(heart.project, "", 100)
    return {one.contributor: (one.answered, one.right) for one in found}


def counted(heart: Heart, tasks: list[Any]) -> dict[str, tuple[int, int]]:
    """The accuracies again, from the runs."""
    runs = [run for task in tasks for run in heart.answers.of_task(heart.sheet(task)) if run.right is not None]
    answered, right = Counter(run.contributor for run in runs), Counter(run.contributor for run in runs if run.right)
    return {who: (count, right[who]) for who, count in answered.items()}


def test_accuracies_are_those_of_the_runs_while_volunteers_answer_and_an_owner_deletes(connected: Any) -> None:
    heart = Heart(gold_rate=0.5, remember_seconds=1.0)
    tasks = heart.add(26, n=3)
    gold = tasks[20:]
    for task in gold:
        heart.set_gold(task, "cirrus")

    def volunteer(who: str) -> int:
        answered = 0
        while heart.answer_next(who, "cirrus" if (answered + len(who)) % 3 else "fog") is not None:
            answered += 1
        return answered

    def owner() -> int:
        deleted = 0
        for task in gold * 2:
            for run in heart.answers.of_task(heart.sheet(task))[:2]:
                try:
                    heart.answers.withdraw(heart.sheet(task), run)
                except (SeatChanged, Unavailable):
                    continue
                deleted += 1
        return deleted

    counts = at_once([owner, *(lambda who=who: volunteer(who) for who in VOLUNTEERS)])  # type: ignore[misc]
    assert accuracies(heart) == counted(heart, gold)
    assert all(heart.sheet(task).completed for task in tasks[:20])  # gold tasks are in nobody's way
    assert sum(counts[1:]) - counts[0] == sum(heart.sheet(task).ans for task in tasks)


def test_tasks_may_become_gold_and_usual_again_while_volunteers_answer_them(connected: Any) -> None:
    heart = Heart(gold_rate=0.5, remember_seconds=1.0)
    tasks = heart.add(10, n=3)

    def volunteer(who: str) -> None:
        while heart.answer_next(who, "cirrus") is not None:
            pass

    def owner() -> None:
        for turn in range(6):
            for task in tasks[turn % 3 :: 3]:
                with suppress(Forbidden):  # it has a result by now
                    heart.set_gold(task, "cirrus")
        for task in tasks:
            heart.set_gold(task, None)

    at_once([owner, *(lambda who=who: volunteer(who) for who in VOLUNTEERS)])  # type: ignore[misc]
    for who in VOLUNTEERS:
        volunteer(who)
    sheets = [heart.sheet(task) for task in tasks]
    assert all(sheet.completed and not sheet.gold and sheet.open is None for sheet in sheets)
    assert all(heart.tasks.get(task.id).gold is None for task in tasks)
    assert accuracies(heart) == counted(heart, tasks)


def test_deleting_a_task_that_is_or_was_gold_takes_its_marks_along(connected: Any) -> None:
    heart = Heart(gold_rate=0.5)
    tasks = heart.add(6, n=3)
    for task in tasks[4:]:
        heart.set_gold(task, "cirrus")
    for who in VOLUNTEERS[:3]:
        for _ in range(6):
            heart.answer_next(who, "cirrus")
    assert set(accuracies(heart).values()) == {(2, 2)}
    assert heart.tasks.delete(heart.tasks.get(tasks[5].id), heart.sheet(tasks[5]))
    assert set(accuracies(heart).values()) == {(1, 1)}
    assert accuracies(heart) == counted(heart, tasks[4:5])
    heart.set_gold(tasks[4], None)
    assert set(accuracies(heart).values()) == {(1, 1)}
    assert heart.tasks.delete(heart.tasks.get(tasks[4].id), heart.sheet(tasks[4]))
    assert accuracies(heart) == {}


@pytest.fixture
def busy(connected: Any) -> Heart:
    """Tasks of 4 KB for everybody, five of them gold; "me" is to get a gold one next."""
    heart = Heart(gold_rate=0.5)
    heart.add(30, n=FULL)
    return heart


def golden(heart: Heart, count: int) -> list[Any]:
    tasks = heart._put(heart.project, heart.queue_name, [_big(place) for place in range(count)])
    for task in tasks:
        heart.set_gold(task, {"kind": "cirrus"})
    return tasks


def _big(place: int) -> NewTask:
    return NewTask(f"{place}{BIG}", FULL)


def test_a_gold_task_costs_no_more_to_hand_out_than_others_and_its_answer_three_units_more(
    busy: Heart, meter: Meter
) -> None:
    """One read unit for the queue of gold tasks more at most; at the answer the task's definition (two, at 4 KB) and a
    participation whose counters stand in an index too."""
    gold = {task.id for task in golden(busy, 5)}
    met = 0
    for _ in range(6):
        with meter as asked:
            (handout,) = busy.ask("me")
        within(asked, (LEASE[0] + 1, LEASE[1]))
        with meter as answered:
            busy.submit("me", handout.task, "a" * (KB - 100))
        is_gold = handout.task.id in gold
        met += is_gold
        within(answered, (2 + 2 * is_gold, 11 + 2 * is_gold))
    assert met == 3


def test_gold_tasks_that_were_all_answered_cost_at_most_nine_half_reads(busy: Heart, meter: Meter) -> None:
    for task in golden(busy, 12):
        busy.answer("me", task, "x")
    busy.participations.remember(
        key_of("me"), busy.project, busy.participations.get(key_of("me"), busy.project), {}, 0.0, FORGOTTEN
    )
    for _ in range(4):
        with meter as asked:
            (handout,) = busy.ask("me")
        within(asked, (LEASE[0] + 0.5 + 8 * 0.5, LEASE[1]))
        busy.submit("me", handout.task, "x")


def test_a_page_of_accuracies_costs_what_it_shows(connected: Any, meter: Meter) -> None:
    heart = Heart(gold_rate=0.5)
    (task,) = heart.add(1, n=1)
    heart.set_gold(task, "x")
    for place in range(25):
        heart.answer(f"{place:02d}", task, "x")
    with meter as bill:
        first = ParticipationStore().accuracies(heart.project, "", 20)
        rest = ParticipationStore().accuracies(heart.project, first[-1].contributor, 20)
    assert [one.contributor for one in first + rest] == [key_of(f"{place:02d}") for place in range(25)]
    within(bill, (1, 0))


def test_whose_answers_were_all_taken_back_is_on_no_page_and_ends_no_page(connected: Any) -> None:
    heart = Heart(gold_rate=0.5)
    (task,) = heart.add(1, n=1)
    heart.set_gold(task, "x")
    runs = [heart.answer(f"{place:02d}", task, "x") for place in range(6)]
    for run in runs[:3]:
        heart.answers.withdraw(heart.sheet(task), run)
    found = ParticipationStore().accuracies(heart.project, "", 2)
    assert [one.contributor for one in found] == [key_of("03"), key_of("04")]
