"""What becomes of a posted run, on stores in memory (contract rest-api.md §11)."""

from typing import Any

import pytest

from chalicelib.core.contributors import Contributor
from chalicelib.core.errors import Forbidden, Unavailable
from chalicelib.core.moments import timestamp
from chalicelib.core.stores import SeatChanged
from chalicelib.core.submission import ANSWERED, ASK_FIRST, ATTEMPTS, Content
from tests.fakes.heart import LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import memory_heart


@pytest.fixture
def heart() -> Heart:
    return memory_heart()


def test_a_run_keeps_what_was_sent_and_when_the_task_was_handed_out(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    asked = heart.clock()
    heart.ask("me")
    heart.clock.jump(90.5)
    who = Contributor(key_of("me"), user_id=4, external_uid=None)
    content = Content({"a": [1]}, timeout=5, calibration=1, media_url="u", idem="k")
    run = heart.submission.submit(heart.project, task.id, who, content, LEASE_SECONDS)
    assert (run.created, run.finish_time) == (timestamp(asked), timestamp(asked + 90.5))
    assert (run.info, run.timeout, run.calibration, run.media_url) == ({"a": [1]}, 5, 1, "u")
    assert (run.user_id, run.user_ip, run.task_id, run.project_id) == (4, None, task.id, heart.project)
    assert heart.answers.find(heart.project, who.key, task.id) == run


def test_a_task_must_be_asked_for_first(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submit("me", task)


def test_what_would_be_refused_is_told_before_anything_is_stored(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    me, content = Contributor(key_of("me")), Content(idem="k")
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submission.earlier(heart.project, task.id, me, content)
    heart.ask("me")
    with pytest.raises(Forbidden, match="Invalid task_id"):
        heart.submission.earlier(heart.project, 10**9, me, content)
    assert heart.submission.earlier(heart.project, task.id, me, content) is None
    assert heart.sheet(task).ans == 0
    ahead = Content(idem="k", run_id=heart.submission.new_id())
    run = heart.submission.submit(heart.project, task.id, me, ahead, LEASE_SECONDS)
    assert run.id == ahead.run_id
    assert heart.submission.earlier(heart.project, task.id, me, content) == run
    assert heart.submission.submit(heart.project, task.id, me, Content(run_id=run.id), LEASE_SECONDS) == run
    with pytest.raises(Forbidden, match=ANSWERED):
        heart.submission.earlier(heart.project, task.id, me, Content())


def test_a_lease_that_ended_is_no_lease(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    heart.clock.jump(LEASE_SECONDS)
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submit("me", task)
    heart.ask("me")
    assert heart.submit("me", task).task_id == task.id


def test_wrong_ids_are_refused_in_the_contracts_words(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    me = Contributor(key_of("me"))
    with pytest.raises(Forbidden, match="Invalid task_id"):
        heart.submission.submit(heart.project, 10**9, me, Content(), LEASE_SECONDS)
    with pytest.raises(Forbidden, match="Invalid project_id"):
        heart.submission.submit(heart.project + 1, task.id, me, Content(), LEASE_SECONDS)
    assert heart.sheet(task).ans == 0


def test_a_second_run_is_refused_unless_it_is_the_same_request(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    first = heart.submit("me", task, "x", idem="one")
    assert heart.submit("me", task, "x", idem="one") == first
    for other in (None, "two"):
        with pytest.raises(Forbidden, match=ANSWERED):
            heart.submit("me", task, "y", idem=other)
    assert heart.sheet(task).ans == 1


def test_an_answer_is_taken_after_a_crash_between_seat_and_participation(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    memory = heart.participations._memory
    memory.participations.clear()
    assert heart.submit("me", task).task_id == task.id


class Changing:
    """Answers in whose way the sheet changes so many times."""

    def __init__(self, heart: Heart, times: int) -> None:
        self._real: Any = heart.answers
        self._left = times

    def record(self, sheet: Any, run: Any, answer: Any) -> None:
        if self._left:
            self._left -= 1
            raise SeatChanged
        self._real.record(sheet, run, answer)


def test_a_sheet_that_changes_meanwhile_is_read_again(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    heart.answers = Changing(heart, ATTEMPTS - 1)
    assert heart.submit("me", task).task_id == task.id


def test_a_sheet_that_never_rests_is_said_to_be_busy(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    heart.answers = Changing(heart, ATTEMPTS)
    with pytest.raises(Unavailable, match="send the answer again"):
        heart.submit("me", task)


def test_under_breadth_first_each_answer_moves_the_task_back(heart: Heart) -> None:
    heart = memory_heart("breadth_first")
    first, second, third = heart.add(3, n=3, priority=lambda place: 1.0 if place == 2 else 0.0)
    assert heart.listed() == [third.id, first.id, second.id]
    heart.answer_next("me")
    heart.answer_next("you")
    assert heart.listed() == [second.id, third.id, first.id]
