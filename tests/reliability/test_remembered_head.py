"""The head of a queue that a container remembers for a moment."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.scheduling import MOST_DONE
from chalicelib.store.queue import QueueStore
from tests.fakes.heart import Clock, Heart, key_of
from tests.meter.meter import Meter


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def remembering(connected: Any, clock: Clock) -> Iterator[Heart]:
    return Heart(queue=QueueStore(2.0, clock))


def test_a_head_is_read_once_in_its_time(remembering: Heart, clock: Clock, meter: Meter) -> None:
    remembering.add(50)
    with meter as bill:
        for jump in (0.0, 1.0, 1.0):
            clock.jump(jump)
            assert len(remembering.queue.near(remembering.queue_name)) == 40
    assert len(bill.requests) == 2


def test_who_needs_more_entries_reads_more_and_others_have_them_too(remembering: Heart, meter: Meter) -> None:
    remembering.add(150)
    lengths = []
    with meter as bill:
        for least in (20, 40, 100, 60, 20):
            lengths.append(len(remembering.queue.near(remembering.queue_name, least)))
    assert lengths == [40, 40, 120, 120, 120]
    assert len(bill.requests) == 2


def test_a_head_that_is_the_whole_queue_is_enough_for_everybody(remembering: Heart, meter: Meter) -> None:
    remembering.add(30)
    with meter as bill:
        assert {len(remembering.queue.near(remembering.queue_name, least)) for least in (20, 90, 40)} == {30}
    assert len(bill.requests) <= 2


def test_a_head_learns_what_a_sheet_said(remembering: Heart) -> None:
    remembering.add(3)
    first, second, third = remembering.queue.near(remembering.queue_name)
    remembering.queue.learned(first, None)
    remembering.queue.learned(second, 99)
    assert [(one.sheet, one.ready) for one in remembering.queue.near(remembering.queue_name)] == [
        (second.sheet, 99),
        (third.sheet, 0),
    ]


def test_an_answered_task_of_ones_own_is_not_looked_for_again_while_the_head_is_fresh(
    remembering: Heart, meter: Meter
) -> None:
    """A volunteer with 60 open answers asks the index once, not for each task."""
    remembering.add(120, n=30)
    for _ in range(60):
        remembering.answer_next("me")
    with meter as bill:
        for _ in range(5):
            remembering.answer_next("me")
    assert sum(request.operation == "Query" for request in bill.requests) <= 1


def test_who_has_a_front_reads_around_it_once_for_many_calls(remembering: Heart, meter: Meter) -> None:
    """A volunteer whose answers stay open, beyond what is remembered one by one: no query for each task."""
    remembering.add(200, n=30)
    for _ in range(MOST_DONE + 20):
        remembering.answer_next("me")
    assert remembering.participations.get(key_of("me"), remembering.project).front is not None
    with meter as bill:
        for _ in range(5):
            remembering.answer_next("me")
    assert sum(request.operation == "Query" for request in bill.requests) <= 2
    assert sum(request.operation == "BatchGetItem" for request in bill.requests) <= 10


def test_volunteers_at_several_places_of_a_queue_each_have_their_stretch(remembering: Heart, meter: Meter) -> None:
    remembering.add(300)
    places = [None, *(entry.qk for entry in remembering.queue.near(remembering.queue_name, 300)[60:260:60])]
    fresh = QueueStore(2.0, Clock())
    first = [[one.task for one in fresh.near(remembering.queue_name, 20, after=place)] for place in places]
    with meter as bill:
        again = [[one.task for one in fresh.near(remembering.queue_name, 20, after=place)] for place in places]
    assert again == first
    assert bill.requests == []
