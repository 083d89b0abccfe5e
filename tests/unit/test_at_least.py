"""Projects that would rather have an answer too many than wait (`info.redundancy = "at_least"`; heart.md §5), on stores
in memory."""

import pytest

from chalicelib.core.errors import DataFault, Forbidden
from chalicelib.core.projects import check_rules
from chalicelib.core.queueing import queue_name
from chalicelib.core.searching import BEYOND_TRIES
from chalicelib.core.seats import Refusal
from tests.fakes.heart import LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import memory_heart
from tests.fakes.pages import project

KINDS = pytest.mark.parametrize("scheduler", ["default", "breadth_first", "locked", "incremental"])


def heart_of(scheduler: str = "default") -> Heart:
    heart = memory_heart(scheduler)
    heart.at_least = True
    return heart


def test_it_is_off_unless_a_project_asks_for_it() -> None:
    assert not project(info={}).rules.at_least
    assert project(info={"redundancy": "at_least"}).rules.at_least
    check_rules({"redundancy": None})
    for wrong in ("at least", "exact", True, 3, ["at_least"]):
        with pytest.raises(DataFault, match=r"info\.redundancy must be"):
            check_rules({"redundancy": wrong})


@KINDS
def test_a_full_task_is_handed_out_again_only_when_nothing_else_is_left(scheduler: str) -> None:
    heart = heart_of(scheduler)
    full, other = heart.add(2, n=1)
    heart.ask("you")
    assert heart.ask_ids("me") == [other.id]
    assert heart.ask_ids("me", offset=1) == []  # one holds something: that comes first
    heart.submit("me", other)
    assert heart.ask_ids("me") == [full.id]
    assert heart.ask_ids("me", limit=3) == [full.id]
    heart.submit("me", full)
    assert heart.sheet(full).completed
    assert heart.ask("me") == []


def test_a_project_that_is_strict_hands_out_no_full_task() -> None:
    heart = memory_heart()
    heart.add(n=1)
    heart.ask("you")
    assert heart.ask("me") == []


@KINDS
def test_a_late_answer_is_one_more_version_of_the_result(scheduler: str) -> None:
    heart = heart_of(scheduler)
    (task,) = heart.add(n=1)
    for who in ("a", "b", "c"):
        heart.ask(who)
    gens = []
    for who in ("b", "a", "c"):
        heart.submit(who, task)
        gens.append((heart.sheet(task).ans, heart.sheet(task).gen, heart.sheet(task).open))
    assert gens == [(1, 0, None), (2, 1, None), (3, 2, None)]
    with pytest.raises(Forbidden):
        heart.submit("c", task)
    with pytest.raises(Forbidden):
        heart.submit("d", task)


def test_a_complete_task_is_handed_out_to_nobody_else() -> None:
    heart = heart_of()
    (task,) = heart.add(n=1)
    heart.ask("a")
    heart.ask("b")
    heart.submit("a", task)
    assert heart.ask("b") == heart.ask("c") == []
    heart.submit("b", task)


def test_the_lease_that_ends_first_is_the_likeliest_to_have_been_abandoned() -> None:
    heart = heart_of()
    tasks = heart.add(3, n=1)
    given = []
    for who in ("a", "b", "c", "d", "e", "f", "g"):
        heart.clock.jump(1)
        given += heart.ask_ids(who)
    assert given == [task.id for task in (*tasks, *tasks, tasks[0])]


def test_an_expired_seat_beyond_redundancy_is_no_room_but_is_used_again() -> None:
    """a and b hold a task of one answer; b's seat expires unnoticed while a renews: nothing is free."""
    heart = heart_of()
    (task,) = heart.add(n=1)
    heart.ask("a")
    heart.clock.jump(10)
    heart.ask("b")
    assert heart.sheet(task).ready == int(heart.clock()) + LEASE_SECONDS  # when both have ended
    heart.clock.jump(LEASE_SECONDS - 5)
    assert heart.ask_ids("c") == [task.id]  # in the place of a
    assert heart.sheet(task).seats.keys() == {key_of("b"), key_of("c")}
    heart.clock.jump(LEASE_SECONDS + 1)
    assert heart.listed() == [task.id]
    heart.at_least = False
    assert heart.ask_ids("d") == [task.id]


def test_raising_and_lowering_n_count_the_seats_beyond() -> None:
    heart = heart_of()
    (task,) = heart.add(n=1)
    ends = []
    for who in ("a", "b", "c"):
        ends.append(int(heart.clock()) + LEASE_SECONDS)
        heart.ask(who)
        heart.clock.jump(10)
    assert heart.sheet(task).ready == ends[2]
    for n, ready in ((2, ends[1]), (3, ends[0]), (4, 0), (1, ends[2])):
        heart.set_redundancy(task, n)
        assert heart.sheet(task).ready == ready
    heart.submit("b", task)
    heart.submit("c", task)
    heart.set_redundancy(task, 4)
    assert (heart.sheet(task).open, heart.sheet(task).ready) == (heart.queue_name, 0)
    assert heart.sheet(task).gen == 2  # one version for the answer beyond, then a new generation


def test_switched_off_it_keeps_redundancy_whatever_is_leased_beyond_it() -> None:
    heart = heart_of()
    (task,) = heart.add(n=1)
    heart.ask("a")
    heart.ask("b")
    heart.at_least = False
    heart.submit("b", task)
    with pytest.raises(Forbidden):
        heart.submit("a", task)
    heart.at_least = True
    heart.submit("a", task)
    assert heart.sheet(task).ans == 2


def test_a_withdrawn_answer_offers_a_task_again_whatever_is_leased_beyond() -> None:
    heart = heart_of()
    (task,) = heart.add(n=2)
    for who in ("a", "b", "c", "d"):
        heart.ask(who)
    run = heart.submit("a", task)
    heart.answers.withdraw(heart.sheet(task), run)
    assert heart.sheet(task).ready == 0
    heart.at_least = False
    assert heart.ask("e") == []
    heart.at_least = True
    assert heart.ask_ids("e") == [task.id]


@pytest.mark.parametrize("scheduler", ["breadth_first", "depth_first_all"])
def test_full_tasks_move_with_their_seats_to_another_scheduler(scheduler: str) -> None:
    heart = heart_of()
    (task,) = heart.add(n=1)
    heart.ask("a")
    heart.ask("b")
    heart.queue_name = queue_name(heart.project, scheduler)
    assert heart.ask_ids("c") == [task.id]
    for place, who in enumerate(("a", "b", "c"), start=1):
        heart.submit(who, task)
        assert heart.sheet(task).ans == place
    assert heart.sheet(task).gen == 2


def test_the_page_of_a_given_task_takes_a_seat_beyond() -> None:
    heart = heart_of()
    (task,) = heart.add(n=1)
    heart.ask("a")
    strict = heart.scheduling.lease_task(heart.queue_name, task, key_of("b"), LEASE_SECONDS)
    assert strict is Refusal.FULL
    assert not isinstance(
        heart.scheduling.lease_task(heart.queue_name, task, key_of("b"), LEASE_SECONDS, at_least=True), Refusal
    )


def test_only_a_few_full_tasks_are_looked_at_and_own_answers_among_them_are_remembered() -> None:
    heart = heart_of()
    tasks = heart.add(BEYOND_TRIES + 2, n=2)
    for task in tasks:
        heart.ask("me")
        heart.submit("me", task)
    for _ in tasks:
        heart.ask("you", limit=len(tasks))
    participation = heart.participations
    participation.remember(key_of("me"), heart.project, participation.get(key_of("me"), heart.project), {}, 0.0)
    assert heart.ask("me") == []
    assert len(heart.ask("third")) == 1
