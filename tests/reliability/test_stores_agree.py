"""One suite for the real stores and for those in memory, so that what unit tests prove holds for the product."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.core.agreement import Agreement, vote_of
from chalicelib.core.contributors import Contributor
from chalicelib.core.errors import ContractError
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_queue
from chalicelib.core.results import Completion, Orphans
from chalicelib.core.seats import (
    Adopt,
    Answer,
    Refusal,
    Renew,
    Sheet,
    Take,
    TakeOver,
    answer,
    change_redundancy,
    place,
    propose,
    vote,
)
from chalicelib.core.stores import AlreadyAnswered, Hints, Lease, SeatChanged
from chalicelib.core.tasks import Task, TaskRun
from chalicelib.store.results import ResultStore
from tests.fakes.heart import LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import Memory, memory_heart
from tests.fakes.memory_results import MemoryResults

ME, YOU = key_of("me"), key_of("you")


@pytest.fixture(params=["real", "memory"])
def either(request: pytest.FixtureRequest, connected: Any) -> Heart:
    return Heart() if request.param == "real" else memory_heart()


def until(heart: Heart) -> int:
    return int(heart.clock()) + LEASE_SECONDS


def run_of(heart: Heart, task: Task, contributor: str, run_id: int) -> TaskRun:
    return TaskRun(run_id, heart.project, task.id, contributor, None, "1.2.3.4", None, "c", "f", {"a": [1, None]})


def test_sheets_and_tasks_are_read_together_and_missing_ones_left_out(either: Heart) -> None:
    (task,) = either.add(n=2)
    sheets, tasks = either.sheets.read([task.sheet, "none"], [task.id, 2**50], consistent=False)
    assert tasks == {task.id: task}
    sheet = sheets.pop(task.sheet)
    assert sheets == {}
    assert (sheet.n, sheet.ans, sheet.gen, sheet.ver, sheet.ready, sheet.seats) == (2, 0, 0, 0, 0, {})


def test_each_move_is_carried_out_once_and_refused_when_its_sheet_changed(either: Heart) -> None:
    (task,) = either.add(n=2)
    empty, end = either.sheet(task), until(either)
    assert either.sheets.move(empty, ME, Take(end, 2, None))
    assert not either.sheets.move(empty, ME, Take(end, 2, None))  # a seat already
    assert not either.sheets.move(empty, YOU, Take(end, 2, None))  # would be the last seat, unlisted
    assert not either.sheets.move(empty, YOU, Take(end, 3, end))  # another n
    assert not either.sheets.move(empty, YOU, Take(end, 2, end))  # `ready` of seats that were not read
    assert either.sheets.move(either.sheet(task), YOU, Take(end, 2, end))
    full = either.sheet(task)
    assert (full.ready, full.ver, set(full.seats)) == (end, 2, {ME, YOU})
    late = end + 100
    assert not either.sheets.move(full, key_of("third"), TakeOver(late, 2, 2, ME, end - 1, end))
    assert either.sheets.move(full, key_of("third"), TakeOver(late, 2, 2, ME, end, end))
    assert set(either.sheet(task).seats) == {YOU, key_of("third")}
    assert not either.sheets.move(full, ME, Renew(late, 2, 2, end, end))
    assert not either.sheets.move(full, YOU, Renew(late, 2, 2, end, late))  # another version
    full = either.sheet(task)
    assert not either.sheets.move(full, YOU, Renew(late, 2, 2, end - 1, late))
    assert either.sheets.move(either.sheet(task), YOU, Renew(late, 2, 2, end, late))
    assert (either.sheet(task).ready, either.sheet(task).seats[YOU]) == (late, late)
    assert either.sheets.move(full, ME, Adopt(end))


def test_when_a_full_task_is_worth_a_look_is_said_by_who_read_all_its_seats(either: Heart) -> None:
    """One seat went and another came after the sheet was read, as many as before: found by a history in which a run was
    withdrawn, and by one in which a lease was renewed by an earlier clock."""
    (task,) = either.add(n=2)
    run = either.answer_next("ann")
    assert run is not None
    old = either.sheet(task)
    either.answers.withdraw(old, run)
    soon = until(either) - 600  # by a machine whose clock is behind, or with a shorter lease
    assert either.sheets.move(either.sheet(task), YOU, Take(soon, 2, None))
    assert not either.sheets.move(old, ME, Take(until(either), 2, until(either)))
    move = propose(either.sheet(task), ME, either.clock(), until(either))
    assert isinstance(move, Take)
    assert either.sheets.move(either.sheet(task), ME, move)
    assert either.sheet(task).ready == soon


def seated(heart: Heart, task: Task, who: str) -> Sheet:
    """The sheet after `who` took a seat."""
    sheet = heart.sheet(task)
    move = propose(sheet, who, heart.clock(), until(heart))
    assert not isinstance(move, Refusal)
    assert heart.sheets.move(sheet, who, move)
    return heart.sheet(task)


def test_an_answer_takes_its_seat_once(either: Heart) -> None:
    (task,) = either.add(n=2)
    sheet = seated(either, task, ME)
    run = run_of(either, task, ME, 501)
    held = sheet.seats[ME]
    with pytest.raises(SeatChanged):
        either.answers.record(sheet, run, Answer(501, held - 1, 2, 0, 0, False))
    with pytest.raises(SeatChanged):
        either.answers.record(sheet, run, Answer(501, held, 3, 0, 0, False))
    either.answers.record(sheet, run, Answer(501, held, 2, 0, 0, False))
    with pytest.raises(AlreadyAnswered):
        either.answers.record(sheet, run_of(either, task, ME, 502), Answer(502, held, 2, 0, 0, False))
    assert either.answers.find(either.project, ME, task.id) == run
    assert either.answers.find(either.project, YOU, task.id) is None
    after = either.sheet(task)
    assert (after.ans, after.seats, after.run_ids) == (1, {ME: -501}, [501])
    assert (after.open, after.ready) == (either.queue_name, 0)


def test_only_the_last_answer_may_unlist_the_task(either: Heart) -> None:
    (task,) = either.add(n=2)
    seated(either, task, ME)
    sheet = seated(either, task, YOU)
    held = sheet.seats[ME]
    with pytest.raises(SeatChanged):
        either.answers.record(sheet, run_of(either, task, ME, 1), Answer(1, held, 2, 1, 1, True))
    either.answers.record(sheet, run_of(either, task, ME, 1), Answer(1, held, 2, 0, 0, False))
    with pytest.raises(SeatChanged):
        either.answers.record(sheet, run_of(either, task, YOU, 2), Answer(2, held, 2, 0, 0, False))
    either.answers.record(sheet, run_of(either, task, YOU, 2), Answer(2, held, 2, 1, 1, True))
    after = either.sheet(task)
    assert (after.ans, after.open, after.ready, after.completed) == (2, None, None, True)
    assert [run.id for run in either.answers.of_task(after)] == [1, 2]


def test_a_participation_remembers_leases_answers_and_hints(either: Heart) -> None:
    get = lambda: either.participations.get(ME, either.project)  # noqa: E731
    assert get().leases == {}
    one, two = either.add(2, n=2)
    now, end = either.clock(), until(either)
    either.participations.remember(ME, either.project, get(), {one.id: Lease(int(now), one.sheet)}, now)
    either.participations.remember(ME, either.project, get(), {two.id: Lease(end, two.sheet)}, now)
    assert get().leases == {two.id: Lease(end, two.sheet)}  # the first one has ended
    sheet = seated(either, two, ME)
    either.answers.record(sheet, run_of(either, two, ME, 9), Answer(9, sheet.seats[ME], 2, 0, 0, False))
    assert (get().leases, get().done, get().runs) == ({}, frozenset({two.id}), 1)
    either.participations.remember(ME, either.project, get(), {}, now, Hints("f", "s", frozenset({3, 4})))
    assert (get().front, get().sweep, get().done) == ("f", "s", {3, 4})
    either.participations.remember(ME, either.project, get(), {}, now, Hints(None, None, frozenset()))
    assert (get().front, get().sweep, get().done, get().runs) == (None, None, frozenset(), 1)


def test_a_queue_gives_its_pages_in_order_and_between_two_places(either: Heart) -> None:
    tasks = either.add(95, n=1, priority=lambda place: (place % 3) / 2)
    expected = sorted(tasks, key=lambda task: (-either.sheet(task).prio, task.id))
    pages = list(either.queue.pages(either.queue_name))
    assert [entry.task for page in pages for entry in page] == [task.id for task in expected]
    assert max(map(len, pages)) <= 40
    assert [entry.task for entry in either.queue.near(either.queue_name)] == [task.id for task in expected[:40]]
    assert [entry.task for entry in either.queue.near(either.queue_name, 70)][:70] == [
        task.id for task in expected[:70]
    ]
    places = [entry.qk for page in pages for entry in page]
    for after, last, wanted in [(10, None, places[11:]), (None, 10, places[:11]), (10, 20, places[11:21])]:
        bounds = {"after": places[after] if after else None, "until": places[last] if last else None}
        found = [entry.qk for page in either.queue.pages(either.queue_name, **bounds, size=7) for entry in page]
        assert found == wanted


def test_a_run_is_withdrawn_once_and_its_seat_free_again(either: Heart) -> None:
    (task,) = either.add(n=1)
    run = either.answer_next("me")
    assert run is not None
    sheet = either.sheet(task)
    with pytest.raises(SeatChanged):
        either.answers.withdraw(replace(sheet, ans=5), run)
    either.answers.withdraw(sheet, run)
    with pytest.raises(SeatChanged):
        either.answers.withdraw(sheet, run)
    after = either.sheet(task)
    assert (after.ans, after.gen, after.seats, after.ready, after.open) == (0, 1, {}, 0, either.queue_name)
    assert either.answers.of_task(after) == []
    assert either.participations.get(ME, either.project).runs == 0


def test_agreeing_answers_end_a_task_together_with_the_answer_that_they_were_computed_from(either: Heart) -> None:
    either.agreement = Agreement(0.6, 2)
    (task,) = either.add(n=5)
    for who in ("me", "you", "third"):
        either.ask(who)
    first = either.submit("me", task, "x")
    seen, held = either.sheet(task), either.sheet(task).seats[YOU]
    ending = answer(seen, 9, held, vote(seen, either.agreement, "x"))
    assert (ending.last, ending.spared) == (True, 3)
    either.answers.change_vote(seen, first, "y", "file", vote_of(either.agreement, "y"))
    with pytest.raises(SeatChanged):  # they agree no more
        either.answers.record(seen, run_of(either, task, YOU, 9), ending)
    with pytest.raises(SeatChanged):  # nor is this the run's vote any more
        either.answers.withdraw(either.sheet(task), first)
    changed = either.answers.find(either.project, ME, task.id)
    assert (changed.info, changed.media_url) == ("y", "file")
    either.submit("you", task, "y")
    after = either.sheet(task)
    assert (after.n, after.ans, after.spared, after.open, after.ready) == (2, 2, 3, None, None)
    with pytest.raises(SeatChanged):  # what a complete task counted stays
        either.answers.change_vote(after, changed, "z", None, vote_of(either.agreement, "z"))
    either.answers.withdraw(after, changed)
    again = either.sheet(task)
    assert (again.n, again.ans, again.spared, again.gen, again.ready) == (5, 1, 0, 1, 0)
    assert again.votes == {vote_of(either.agreement, "y"): 1}


def test_redundancy_and_priority_change_the_listing(either: Heart) -> None:
    first, second = either.add(2, n=2)
    either.answer_next("me")
    old = either.sheet(first)
    assert either.sheets.change_redundancy(change_redundancy(old, 1))
    assert not either.sheets.change_redundancy(change_redundancy(old, 3))
    assert either.listed() == [second.id]
    assert either.set_redundancy(first, 3)
    either.sheets.change_priority(either.sheet(second), 0.5)
    assert either.listed() == [second.id, first.id]
    assert (either.sheet(first).gen, either.sheet(first).n) == (1, 3)


def test_a_seat_beyond_is_taken_on_top_of_exactly_the_seats_that_were_seen(either: Heart) -> None:
    (task,) = either.add(n=1)
    full, end = seated(either, task, YOU), until(either)
    assert not either.sheets.move(full, ME, Take(end, 1, end, beyond=0))
    assert either.sheets.move(full, ME, Take(end, 1, end + 5, beyond=1))
    assert (len(either.sheet(task).seats), either.sheet(task).ready) == (2, end + 5)
    assert not either.sheets.move(full, key_of("third"), Take(end, 1, end, beyond=1))


def test_of_two_last_answers_at_once_one_becomes_an_extra_one(either: Heart) -> None:
    either.at_least = True
    (task,) = either.add(n=1)
    either.ask("you")
    either.ask("me")
    seen = either.sheet(task)
    either.submit("you", task)
    with pytest.raises(SeatChanged):
        either.answers.record(seen, run_of(either, task, ME, 7), answer(seen, 7, seen.seats[ME]))
    either.submit("me", task)
    after = either.sheet(task)
    assert (after.ans, after.gen, after.open, after.ready) == (2, 1, None, None)
    assert either.participations.get(ME, either.project).done == frozenset()


def test_leases_are_found_by_contributor_and_given_back(either: Heart) -> None:
    one, _ = either.add(2, n=1)
    name = f"p{either.project}"  # of nobody who has leases in other tests' projects
    who = key_of(name)
    (first, second), now = either.ask(name, 2), int(either.clock())
    assert either.participations.with_leases(who) == {either.project: either.participations.get(who, either.project)}
    assert either.participations.with_leases(key_of(f"q{either.project}")) == {}
    assert either.give_back(name, 20, [one]) == [first.task.id]
    assert either.give_back(name, 20, [one]) == []
    assert (either.sheet(one).ready, either.sheet(one).seats) == (now + 20, {who: now + 20})
    assert either.participations.get(who, either.project).leases == {
        first.task.id: Lease(now + 20, one.sheet),
        second.task.id: Lease(second.until, second.task.sheet),
    }
    assert either.give_back(name) == [first.task.id, second.task.id]
    assert either.ask_ids("you", 2) == [first.task.id, second.task.id]


def test_a_priority_makes_no_place_of_answers_that_were_taken_back(either: Heart) -> None:
    """Under breadth_first; the last answer leaves the place as it was. Found by a history of concurrent clients."""
    (task,) = either.add(n=1)
    either.queue_name = queue_name(either.project, "breadth_first")
    run = either.answer_next("me")
    assert run is not None
    seen = either.sheet(task)
    either.answers.withdraw(seen, run)
    assert either.sheet(task).qk == seen.qk
    assert not either.sheets.change_priority(seen, 0.5)
    assert either.sheets.change_priority(either.sheet(task), 0.5)
    assert either.sheet(task).qk < seen.qk


def test_a_task_moves_to_another_queue_only_as_it_was_seen(either: Heart) -> None:
    (task,) = either.add(n=2)
    other = queue_name(either.project, "breadth_first")
    either.ask("me")
    seen = either.sheet(task)
    either.submit("me", task)
    assert not either.sheets.place(place(seen, other))
    assert set_queue(either.sheets, task.sheet, other)
    assert not set_queue(either.sheets, task.sheet, other)
    after = either.sheet(task)
    assert (after.open, after.qk[:6]) == (other, "00001.")
    assert not either.sheets.change_priority(seen, 0.5)  # it would stand at a place of the former queue


def test_an_answer_by_the_rules_of_the_former_queue_is_made_anew(either: Heart) -> None:
    (task,) = either.add(n=1)
    (held,) = either.ask("me")
    closing = answer(either.sheet(task), 7, held.until)
    assert closing.last
    set_queue(either.sheets, task.sheet, queue_name(either.project, "depth_first_all"))
    with pytest.raises(SeatChanged):
        either.answers.record(held.sheet, run_of(either, task, ME, 7), closing)
    either.submit("me", task)
    assert either.sheet(task).open is not None


GENERATIONS = st.lists(st.one_of(st.integers(0, 3), st.just("remove")), max_size=8)
_tasks = itertools.count(60_000_000)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GENERATIONS)
def test_versions_of_results_come_to_the_same_in_any_order(connected: Any, steps: list[Any]) -> None:
    task = next(_tasks)
    for result_id, step in enumerate(steps, 10 * task):
        stored = [_step(results, task, result_id, step) for results in BOTH]
        assert stored[0] == stored[1]
        versions = [results.versions([(task, gen) for gen in range(4)]) for results in BOTH]
        assert versions[0] == versions[1]
        assert BOTH[0].of_task(task) == BOTH[1].of_task(task)
        assert BOTH[0].all_of_task(task) == BOTH[1].all_of_task(task)


BOTH: list[Any] = [ResultStore(), MemoryResults(Memory())]


def _step(results: Any, task: int, result_id: int, step: Any) -> Any:
    if step == "remove":
        return results.remove(Orphans(task, 4))
    return results.add(Completion(4, task, step, [step + 1, step + 2]), result_id, "2026-11-23T00:00:00.000001")


def test_a_task_goes_with_its_runs_and_results_unless_its_sheet_changed(either: Heart) -> None:
    (task,) = either.add(n=1)
    old = either.sheet(task)
    assert either.answer_next("me") is not None
    assert not either.tasks.delete(task, old)
    assert either.tasks.delete(task, either.sheet(task))
    assert not either.tasks.delete(task, old)
    assert either.sheets.read([task.sheet], [task.id], consistent=True) == ({}, {})
    assert either.answers.find(either.project, ME, task.id) is None
    assert (either.participations.get(ME, either.project).runs, either.tasks.get(task.id)) == (0, None)


SCHEDULERS = st.sampled_from(["default", "breadth_first", "depth_first_all"])
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 3), st.integers(1, 3), st.integers(0, 2)),
    st.tuples(st.just("submit"), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("agreement"), st.sampled_from([None, Agreement(0.6, 2)])),
    st.tuples(st.just("answer"), st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("gold"), st.integers(0, 3), st.sampled_from([None, 1])),
    st.tuples(st.just("rate"), st.sampled_from([0.0, 0.5])),
    st.tuples(st.just("jump"), st.sampled_from([1, 1800, 3601])),
    st.tuples(st.just("redundancy"), st.integers(0, 3), st.integers(1, 3)),
    st.tuples(st.just("priority"), st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0])),
    st.tuples(st.just("withdraw"), st.integers(0, 3)),
    st.tuples(st.just("scheduler"), SCHEDULERS),
    st.tuples(st.just("queue"), st.integers(0, 3), SCHEDULERS),
    st.tuples(st.just("at_least"), st.booleans()),
    st.tuples(st.just("give_back"), st.integers(0, 3), st.sampled_from([0, 20])),
    st.tuples(st.just("take_back"), st.integers(0, 3)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCHEDULERS, st.lists(STEPS, min_size=5, max_size=25))
def test_both_go_the_same_way_through_any_history(connected: Any, scheduler: str, steps: list[Any]) -> None:
    hearts = [Heart(scheduler=scheduler), memory_heart(scheduler)]
    tasks = [heart.add(4, n=3) for heart in hearts]
    for step in steps:
        outcomes = [perform(heart, own, *step) for heart, own in zip(hearts, tasks, strict=True)]
        assert outcomes[0] == outcomes[1], step
        states = [state(heart, own) for heart, own in zip(hearts, tasks, strict=True)]
        assert states[0] == states[1], step


def perform(heart: Heart, tasks: list[Task], kind: str, *arguments: Any) -> Any:
    places = {task.id: place for place, task in enumerate(tasks)}
    if kind == "ask":
        who, limit, offset = arguments
        return [places[task] for task in heart.ask_ids(f"v{who}", limit, offset)]
    if kind == "jump":
        return heart.clock.jump(arguments[0])
    if kind == "scheduler":
        heart.queue_name = queue_name(heart.project, arguments[0])
        return None
    if kind == "rate":
        heart.gold_rate = arguments[0]
        return None
    if kind == "agreement":
        heart.agreement = arguments[0]
        return None
    if kind == "at_least":
        heart.at_least = arguments[0]
        return None
    if kind == "give_back":
        return [places[task] for task in heart.give_back(f"v{arguments[0]}", arguments[1])]
    task = tasks[arguments[0]]
    if kind == "queue":
        return set_queue(heart.sheets, task.sheet, queue_name(heart.project, arguments[1]))
    if kind == "gold":
        try:
            return heart.set_gold(task, arguments[1])
        except ContractError as refused:
            return str(refused)
    if kind == "submit":
        who = Contributor(key_of(f"v{arguments[1]}"))
        try:
            return places[heart.submit(who.key, task, arguments[2] or None).task_id]
        except ContractError as refused:
            return str(refused)
    if kind == "take_back":
        return [places[task] for task in heart.giving_back.of_tasks([task.sheet])]
    if kind == "redundancy":
        return heart.set_redundancy(task, arguments[1])
    if kind == "priority":
        return heart.sheets.change_priority(heart.sheet(task), arguments[1])
    sheet = heart.sheet(task)
    runs = heart.answers.of_task(sheet)
    if kind == "answer":
        return change_answer(heart, sheet, runs[0], arguments[1]) if runs else None
    return heart.answers.withdraw(sheet, runs[0]) if runs else None


def change_answer(heart: Heart, sheet: Sheet, run: TaskRun, info: Any) -> Any:
    try:
        heart.answers.change_vote(sheet, run, info, None, vote_of(Agreement(0.6, 2), info))
    except SeatChanged:
        return "complete"
    return [run.vote for run in heart.answers.of_task(sheet)]


def state(heart: Heart, tasks: list[Task]) -> list[Any]:
    start = heart.started
    sheets = [heart.sheet(task) for task in tasks]
    seats = [{key: max(held - start, -1) for key, held in sheet.seats.items()} for sheet in sheets]
    ready = [sheet.ready and sheet.ready - start for sheet in sheets]
    rest = [(sheet.n, sheet.ans, sheet.gen, sheet.prio, sheet.open is None) for sheet in sheets]
    rest += [(sheet.votes, sheet.spared, sheet.marked) for sheet in sheets]
    rest += heart.participations.accuracies(heart.project, "", 10)
    rest += [heart.tasks.get(task.id).gold for task in tasks]
    return [seats, ready, rest, [[task.id for task in tasks].index(listed) for listed in heart.listed()]]
