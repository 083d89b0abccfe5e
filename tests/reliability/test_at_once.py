"""Real threads on the real stores: who is first, who is second, and never one too many (R1, R3)."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core.errors import Forbidden
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_queue
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import Task
from chalicelib.store.runs import owner_of
from chalicelib.store.tables import RunItem
from tests.fakes.heart import Heart, key_of


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The outcome of each call, or the error it ended in; they begin together."""
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Forbidden as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


@pytest.mark.parametrize("trial", range(30))
def test_two_identical_posts_at_once_store_one_run(heart: Heart, trial: int) -> None:
    (task,) = heart.add(n=3)
    heart.ask("one")
    post = lambda: heart.submit("one", task, "x", idem=f"same-{trial}")  # noqa: E731
    first, second = at_once([post, post])
    assert first == second
    assert heart.answers.of_task(heart.sheet(task)) == [first]


@pytest.mark.parametrize("trial", range(10))
def test_two_posts_at_once_without_a_key_store_one_run_and_refuse_the_other(heart: Heart, trial: int) -> None:
    (task,) = heart.add(n=3)
    heart.ask("one")
    outcomes = at_once([lambda: heart.submit("one", task, "x")] * 2)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Forbidden)]
    assert len(refused) == 1, trial
    assert len(heart.answers.of_task(heart.sheet(task))) == 1


def test_two_newtasks_of_one_volunteer_at_once_take_one_seat_a_task(heart: Heart) -> None:
    heart.add(5, n=2)
    at_once([lambda: heart.ask("one")] * 4)
    for page in heart.queue.pages(heart.queue_name):
        sheets, _ = heart.sheets.read([entry.sheet for entry in page], [], consistent=True)
        assert all(list(sheet.seats) in ([], [key_of("one")]) for sheet in sheets.values())


def test_two_takers_of_one_last_seat_have_one_winner(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    outcomes = at_once([lambda who=who: heart.ask_ids(who) for who in ("one", "two")])  # type: ignore[misc]
    assert sorted(outcomes) == [[], [task.id]]


def answered_at_once(heart: Heart, task: Task, volunteers: int) -> Sheet:
    """The sheet of a task that so many were given one after the other, and answered in the same moment."""
    names = [f"volunteer-{place}" for place in range(volunteers)]
    for name in names:
        heart.ask(name)
    runs = at_once([lambda name=name: heart.submit(name, task, name) for name in names])  # type: ignore[misc]
    sheet = heart.sheet(task)
    assert sorted(run.id for run in runs) == sheet.run_ids
    return sheet


def test_thirty_volunteers_submit_the_same_task_at_once(heart: Heart) -> None:
    (task,) = heart.add(n=30)
    sheet = answered_at_once(heart, task, 30)
    assert (sheet.ans, sheet.completed, sheet.open) == (30, True, None)


def test_twenty_volunteers_at_once_store_exactly_three_answers_on_each_of_a_hundred_tasks(connected: Any) -> None:
    heart = Heart(remember_seconds=2.0)
    tasks = heart.add(100, n=3)

    def volunteer(name: str) -> int:
        answered = 0
        while heart.answer_next(name, name) is not None:
            answered += 1
        return answered

    counts = at_once([lambda place=place: volunteer(f"volunteer-{place}") for place in range(20)])  # type: ignore[misc]
    sheets, _ = heart.sheets.read([task.sheet for task in tasks], [], consistent=True)
    runs = heart.answers.after(heart.project, 0, 1000)
    assert sum(counts) == len(runs) == 300
    assert Counter(run.task_id for run in runs) == {task.id: 3 for task in tasks}
    assert len({(run.task_id, run.contributor) for run in runs}) == 300
    assert all(sheet.completed and sheet.open is None for sheet in sheets.values())
    assert heart.listed() == []
    for place in range(20):
        mine = RunItem.query(owner_of(heart.project, key_of(f"volunteer-{place}")))
        remembered = heart.participations.get(key_of(f"volunteer-{place}"), heart.project)
        assert remembered.runs == len(list(mine))


@pytest.mark.parametrize("at_least", [False, True])
def test_while_leases_are_given_back_no_answer_is_one_too_many_and_no_task_left_over(
    connected: Any, at_least: bool
) -> None:
    """Volunteers fetch ahead, give back what they do not answer, and lose some leases to the owner; then under
    `at_least`, where answers beyond redundancy are wanted and each makes one generation."""
    heart = Heart(remember_seconds=2.0)
    heart.at_least = at_least
    tasks = heart.add(30, n=2)

    def volunteer(name: str) -> int:
        answered = 0
        while handouts := heart.ask(name, limit=3):
            with suppress(Forbidden):  # taken back in that moment
                heart.submit(name, handouts[0].task, name)
                answered += 1
            heart.give_back(name)
        return answered

    def owner() -> None:
        for task in tasks:
            heart.giving_back.of_tasks([task.sheet])

    calls = [owner, *(lambda place=place: volunteer(f"volunteer-{place}") for place in range(8))]  # type: ignore[misc]
    counts = at_once(calls)
    while heart.answer_next("last") is not None:  # whoever was told that nothing is left has gone
        counts.append(1)
    while heart.answer_next("very-last") is not None:
        counts.append(1)
    sheets, _ = heart.sheets.read([task.sheet for task in tasks], [], consistent=True)
    runs = heart.answers.after(heart.project, 0, 1000)
    assert sum(counts[1:]) == len(runs) == len({(run.task_id, run.contributor) for run in runs})
    assert Counter(run.task_id for run in runs) == {sheet.task: sheet.ans for sheet in sheets.values()}
    assert all(sheet.gen == sheet.ans - 2 >= 0 and sheet.open is None for sheet in sheets.values())
    assert at_least or len(runs) == 60


def test_of_many_last_answers_at_once_each_is_one_generation(heart: Heart) -> None:
    heart.at_least = True
    (task,) = heart.add(n=1)
    sheet = answered_at_once(heart, task, 10)
    assert (sheet.ans, sheet.gen, sheet.open) == (10, 9, None)


@pytest.mark.parametrize(("first", "second"), [("default", "breadth_first"), ("breadth_first", "default")])
def test_while_the_scheduler_changes_to_and_fro_no_answer_is_one_too_many_and_no_task_left_over(
    connected: Any, first: str, second: str
) -> None:
    heart = Heart(remember_seconds=2.0, scheduler=first)
    tasks = heart.add(40, n=3)
    queues = [queue_name(heart.project, scheduler) for scheduler in (second, first)]

    def volunteer(name: str) -> int:
        answered = 0
        while heart.answer_next(name, name) is not None:
            answered += 1
        return answered

    def change() -> None:
        """As a container whose card is old, or new: volunteers ask under either while tasks are brought over."""
        for queue in queues * 2:
            heart.queue_name = queue
            for task in tasks[::3]:
                set_queue(heart.sheets, task.sheet, queue)

    counts = at_once([change, *(lambda place=place: volunteer(f"volunteer-{place}") for place in range(8))])  # type: ignore[misc]
    sheets, _ = heart.sheets.read([task.sheet for task in tasks], [], consistent=True)
    assert sum(counts[1:]) == 120
    assert all((sheet.ans, sheet.completed, sheet.open) == (3, True, None) for sheet in sheets.values())
    assert all(list(heart.queue.pages(queue)) == [] for queue in queues)


def test_ids_made_at_once_are_all_different_and_ascend_in_each_thread() -> None:
    identifiers = Identifiers(lambda: 1.8e9, lambda: 7)
    made = at_once([lambda: [identifiers.next() for _ in range(500)] for _ in range(8)])
    assert len({one for ids in made for one in ids}) == 4000
    assert all(ids == sorted(ids) for ids in made)
