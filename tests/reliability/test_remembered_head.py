"""The head of a queue that a container remembers for a moment."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.store.queue import QueueStore
from tests.fakes.heart import Clock, Heart
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
            assert len(remembering.queue.head(remembering.queue_name)) == 40
    assert len(bill.requests) == 2


def test_who_needs_more_entries_reads_more_and_others_have_them_too(remembering: Heart, meter: Meter) -> None:
    remembering.add(150)
    lengths = []
    with meter as bill:
        for least in (20, 40, 100, 60, 20):
            lengths.append(len(remembering.queue.head(remembering.queue_name, least)))
    assert lengths == [40, 40, 120, 120, 120]
    assert len(bill.requests) == 2


def test_a_head_that_is_the_whole_queue_is_enough_for_everybody(remembering: Heart, meter: Meter) -> None:
    remembering.add(30)
    with meter as bill:
        assert {len(remembering.queue.head(remembering.queue_name, least)) for least in (20, 90, 40)} == {30}
    assert len(bill.requests) <= 2


def test_a_head_learns_what_a_sheet_said(remembering: Heart) -> None:
    remembering.add(3)
    first, second, third = remembering.queue.head(remembering.queue_name)
    remembering.queue.learned(first, None)
    remembering.queue.learned(second, 99)
    assert [(one.sheet, one.ready) for one in remembering.queue.head(remembering.queue_name)] == [
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
