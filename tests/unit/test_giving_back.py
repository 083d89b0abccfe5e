"""Leases that end before their time, on stores in memory."""

from typing import Any

import pytest

from chalicelib.core.errors import Forbidden
from chalicelib.core.giving_back import TASKS_A_CALL
from chalicelib.core.seats import GRACE_SECONDS
from tests.fakes.heart import LEASE_CAP, LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import memory_heart

SCHEDULERS = ["default", "breadth_first", "depth_first_all"]


@pytest.fixture(params=SCHEDULERS)
def heart(request: pytest.FixtureRequest) -> Heart:
    return memory_heart(request.param)


def test_what_is_given_back_goes_to_the_next_volunteer_at_once(heart: Heart) -> None:
    tasks = heart.add(2, n=1)
    assert heart.ask_ids("me", 2) == [task.id for task in tasks]
    assert heart.give_back("me") == [task.id for task in tasks]
    assert heart.ask_ids("you", 2) == [task.id for task in tasks]
    with pytest.raises(Forbidden):
        heart.submit("me", tasks[0])


def test_giving_back_may_be_repeated_and_names_what_it_ended(heart: Heart) -> None:
    one, two = heart.add(2, n=2)
    heart.ask("me", 2)
    heart.ask("you", 2)
    assert heart.give_back("me", tasks=[two]) == [two.id]
    assert heart.give_back("me", tasks=[two]) == []
    assert heart.ask_ids("me") == [one.id]
    assert heart.give_back("nobody") == []
    assert {len(heart.sheet(task).seats) for task in (one, two)} == {2}


def test_an_answer_under_way_is_good_for_a_while(heart: Heart) -> None:
    one, two = heart.add(2, n=1)
    heart.ask("me", 2)
    heart.give_back("me", GRACE_SECONDS)
    heart.clock.jump(GRACE_SECONDS - 1)
    heart.submit("me", one)
    heart.clock.jump(1)
    with pytest.raises(Forbidden):
        heart.submit("me", two)
    assert heart.give_back("me") == []  # an answer is not given back


def test_who_comes_back_in_time_goes_on_with_a_full_lease(heart: Heart) -> None:
    """A page that is loaded anew: first it gives back, then it asks again, for the current and for the next task."""
    tasks = heart.add(2, n=1)
    heart.ask("me")
    heart.ask("me", offset=1)
    heart.give_back("me", GRACE_SECONDS)
    heart.clock.jump(GRACE_SECONDS - 1)
    until = int(heart.clock()) + LEASE_SECONDS
    for offset, task in enumerate(tasks):
        (again,) = heart.ask("me", offset=offset)
        assert (again.task.id, again.until) == (task.id, until)
        assert heart.participations.get(key_of("me"), heart.project).leases[task.id].until == until
        assert heart.sheet(task).leased_until(key_of("me")) == until


def test_the_page_of_one_task_takes_its_lease_up_again(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    heart.ask("me")
    heart.give_back("me", GRACE_SECONDS)
    again = heart.scheduling.lease_task(heart.queue_name, task, key_of("me"), LEASE_SECONDS)
    assert getattr(again, "until", None) == int(heart.clock()) + LEASE_SECONDS


def test_signing_out_ends_leases_in_all_projects(heart: Heart) -> None:
    (task,) = heart.add(n=1)
    heart.ask("me")
    heart.giving_back.everywhere(key_of("me"))
    heart.clock.jump(GRACE_SECONDS)
    assert heart.ask_ids("you") == [task.id]


def test_an_owner_takes_all_leases_back_a_page_of_tasks_at_a_time() -> None:
    heart = memory_heart()
    tasks = heart.add(TASKS_A_CALL + 1, n=1)
    for place in range(0, len(tasks), LEASE_CAP):
        heart.ask(f"v{place}", LEASE_CAP)
    first = heart.giving_back.everybodys(heart.project, 0)
    assert (first.tasks, first.last_id) == ([task.id for task in tasks[:-1]], tasks[-2].id)
    last = heart.giving_back.everybodys(heart.project, first.last_id or 0)
    assert (last.tasks, last.last_id) == ([tasks[-1].id], None)
    assert heart.giving_back.everybodys(heart.project, 0).tasks == []


def test_several_leases_beyond_redundancy_that_end_together_free_the_seat() -> None:
    """Each is ended from what the one before left: from the first reading the second would count on the first one's
    old end, and hide the seat until the third ends."""
    heart = memory_heart()
    heart.at_least = True
    (task,) = heart.add(n=2)
    for who in ("a", "b", "c"):
        heart.ask(who)
    assert heart.giving_back.of_tasks([task.sheet]) == [task.id]
    assert heart.sheet(task).ready == int(heart.clock())
    heart.at_least = False
    assert heart.ask_ids("d") == [task.id]


class Meanwhile:
    """The sheets, where something happens before the next move."""

    def __init__(self, real: Any, then: Any) -> None:
        self._real, self._then = real, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def move(self, *given: Any) -> bool:
        then, self._then = self._then, lambda: None
        then()
        return bool(self._real.move(*given))


def test_two_who_give_back_at_once_both_count(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("a")
    heart.ask("b")
    real = heart.sheets

    def other() -> None:
        heart.sheets = real
        heart.give_back("b")

    heart.sheets = Meanwhile(real, other)
    assert heart.give_back("a") == [task.id]
    assert set(real.read([task.sheet], [], True)[0][task.sheet].seats.values()) == {int(heart.clock())}


def test_an_answer_that_comes_first_is_not_given_back(heart: Heart) -> None:
    (task,) = heart.add(n=2)
    heart.ask("me")
    real = heart.sheets

    def answered() -> None:
        heart.sheets = real
        heart.submit("me", task)

    heart.sheets = Meanwhile(real, answered)
    assert heart.give_back("me") == []
    assert heart.sheet(task).ans == 1
