"""Transaction conflicts, which real DynamoDB has and the emulator has not: injected as the wire would bring them."""

from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.core.stores import SeatChanged
from chalicelib.store import contention
from tests.fakes.heart import Heart, key_of
from tests.reliability.faults import Conflicts


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses keep their number, not their length."""
    monkeypatch.setattr(contention, "FIRST_PAUSE_SECONDS", 0.0001)


@pytest.mark.parametrize("times", [1, 4, 9])
def test_a_submission_outlasts_conflicts(heart: Heart, connected: Any, times: int) -> None:
    (task,) = heart.add()
    heart.ask("one")
    with Conflicts(connected.client, times) as conflicts:
        run = heart.submit("one", task)
    assert conflicts.refused == times
    assert heart.answers.of_task(heart.sheet(task)) == [run]


def test_conflicts_without_end_are_said_to_be_so_and_nothing_is_stored(heart: Heart, connected: Any) -> None:
    (task,) = heart.add()
    heart.ask("one")
    with Conflicts(connected.client, 1000) as conflicts, pytest.raises(Unavailable, match="nothing was stored"):
        heart.submit("one", task)
    assert conflicts.refused == contention.ATTEMPTS
    assert heart.answers.of_task(heart.sheet(task)) == []
    heart.submit("one", task)  # the seat is still held
    assert heart.sheet(task).completed


def test_patience_ends_by_time_as_well(heart: Heart, connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr(contention, "FIRST_PAUSE_SECONDS", 1.0)
    (task,) = heart.add()
    heart.ask("one")
    with Conflicts(connected.client, 1000) as conflicts, pytest.raises(Unavailable):
        heart.submit("one", task)
    assert conflicts.refused == 1


def test_a_seat_is_taken_though_another_contribution_to_the_task_is_being_stored(heart: Heart, connected: Any) -> None:
    """An UpdateItem that meets a transaction is refused too, and botocore does not try again."""
    (task,) = heart.add(n=2)
    with Conflicts(connected.client, 3, operation="UpdateItem") as conflicts:
        assert heart.ask_ids("one") == [task.id]
    assert conflicts.refused == 3
    assert heart.participations.get(key_of("one"), heart.project).leases.keys() == {task.id}


def test_a_withdrawal_outlasts_conflicts(heart: Heart, connected: Any) -> None:
    (task,) = heart.add(n=2)
    run = heart.answer_next("one")
    assert run is not None
    with Conflicts(connected.client, 2):
        heart.answers.withdraw(heart.sheet(task), run)
    with pytest.raises(SeatChanged):
        heart.answers.withdraw(heart.sheet(task), run)
