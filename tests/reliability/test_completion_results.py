"""Completion is exactly once (R4): one result version per task and generation and one message per version, in whatever
order, however often and by however many handlers the stream's records are handled. On the real stores."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.completions import Completions
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.results import Result
from chalicelib.store.deliveries import DeliveryStore
from chalicelib.store.results import ResultStore
from chalicelib.store.sequences import block_of
from chalicelib.store.sheets import SheetStore
from chalicelib.store.tables import BlockItem
from chalicelib.store.tasks import TaskStore
from chalicelib.webhooks.outbox import Outbox
from tests.fakes.heart import Clock, Heart
from tests.fakes.stream import Record, Tap, image, life, record
from tests.fakes.webhooks import MemoryHook
from tests.meter.meter import Meter

_tasks = itertools.count(50_000_000)
_projects = itertools.count(500_000)
_workers = itertools.count(1)

NOBODYS = 2**53 - 1  # an id that no other test on these tables makes


@dataclass
class Handler:
    """What the stream's function uses, on real stores; each instance stands for a container of its own."""

    project: int
    results: Any = field(default_factory=ResultStore)
    sent: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.hook = MemoryHook(self.project)
        identifiers = Identifiers(self.clock, _workers.__next__)
        self.outbox = Outbox(
            self.hook, DeliveryStore(), lambda message: self.sent.append(message["delivery"]), self.clock
        )
        self.completions = Completions(
            self.results, self.outbox, TaskStore(self.clock), SheetStore(), identifiers.next, self.clock
        )

    def handle(self, *records: Record) -> list[Result]:
        found = [
            self.completions.changed(one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage"))
            for one in records
        ]
        return [result for result in found if result is not None]


def versions(task: int, generations: int) -> list[Result]:
    """What is stored of a task, by generation."""
    found = ResultStore().versions([(task, gen) for gen in range(generations + 1)])
    return [found[key] for key in sorted(found)]


@pytest.fixture
def handler(connected: Any) -> Handler:
    return Handler(next(_projects))


def test_a_completion_makes_a_result_with_the_contract_s_fields(handler: Handler) -> None:
    task = next(_tasks)
    (result,) = handler.handle(*life(task, 1, handler.project))
    stored = handler.results.get(result.id)
    assert stored == result == handler.results.of_task(task)
    assert (stored.project_id, stored.task_id, stored.task_run_ids) == (handler.project, task, [1, 2])
    assert (stored.last_version, stored.info) == (True, None)
    assert handler.sent == [f"{task}.0"]


def test_real_volunteers_complete_a_real_task_once(heart: Heart) -> None:
    handler, tap = Handler(heart.project), Tap()
    (task,) = heart.add(1, n=3)
    runs = []
    for who in ("ann", "ben", "cat", "dan"):
        with tap.on(task.sheet):
            handouts = heart.ask(who)
        if handouts:
            with tap.on(task.sheet):
                runs.append(heart.submit(who, task).id)
    handler.handle(*tap.records, *tap.records)
    assert [result.task_run_ids for result in versions(task.id, 1)] == [sorted(runs)]
    assert len(tap.records) == 6


def test_a_real_reopening_and_a_lowering_make_a_version_each(heart: Heart) -> None:
    handler, tap = Handler(heart.project), Tap()
    (task,) = heart.add(1, n=1)
    for step in (
        lambda: heart.answer_next("ann"),
        lambda: heart.set_redundancy(task, 3),
        lambda: heart.answer_next("ben"),
        lambda: heart.set_redundancy(task, 2),
    ):
        with tap.on(task.sheet):
            assert step()
    handler.handle(*tap.records)
    first, second = versions(task.id, 2)
    assert (len(first.task_run_ids), first.last_version) == (1, False)
    assert (len(second.task_run_ids), second.last_version) == (2, True)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_any_order_of_any_number_of_deliveries_makes_one_version_per_generation(
    connected: Any, data: st.DataObject, generations: int
) -> None:
    handler, task = Handler(next(_projects)), next(_tasks)
    records = life(task, generations, handler.project)
    again = data.draw(st.lists(st.sampled_from(range(len(records))), max_size=6))
    order = data.draw(st.permutations([*range(len(records)), *again]))
    for place in order:
        handler.handle(records[place])
        assert sum(result.last_version for result in versions(task, generations)) <= 1
    stored = versions(task, generations)
    assert [result.gen for result in stored] == list(range(generations))
    assert [result.last_version for result in stored] == [False] * (generations - 1) + [True]
    assert [result.task_run_ids for result in stored] == [list(range(1, gen + 3)) for gen in range(generations)]
    assert len({result.id for result in stored}) == generations
    assert set(handler.sent) == {f"{task}.{gen}" for gen in range(generations)}


def test_every_order_of_two_generations_leaves_the_newer_one_last(connected: Any) -> None:
    for order in itertools.permutations([0, 1, 0, 1]):
        handler, task = Handler(next(_projects)), next(_tasks)
        completions = [life(task, 2, handler.project)[place] for place in (2, 4)]
        for gen in order:
            handler.handle(completions[gen])
        assert [result.last_version for result in versions(task, 2)] == [False, True], order
        assert handler.results.of_task(task).gen == 1


def test_a_generation_that_was_given_up_does_not_leave_two_last_versions(handler: Handler) -> None:
    task = next(_tasks)
    records = life(task, 3, handler.project)
    handler.handle(records[2], records[6])
    assert [(result.gen, result.last_version) for result in versions(task, 3)] == [(0, False), (2, True)]


def test_a_late_older_generation_is_stored_but_never_last(handler: Handler) -> None:
    task = next(_tasks)
    records = life(task, 2, handler.project)
    (newer,) = handler.handle(records[4])
    assert handler.results.of_task(task) == newer
    (older,) = handler.handle(records[2])
    assert not older.last_version
    assert handler.results.of_task(task) == newer
    assert handler.results.after(handler.project, 0, 10) == [newer]
    assert handler.results.after(handler.project, 0, 10, superseded=True) == [older]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; their values, or the errors they raised."""
    barrier, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        barrier.wait()
        try:
            outcomes[place] = calls[place]()
        except Exception as error:
            outcomes[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_handlers_at_once_on_the_same_record_agree_on_one_version(connected: Any) -> None:
    for _ in range(15):
        project, task = next(_projects), next(_tasks)
        handlers = [Handler(project) for _ in range(4)]
        completing = life(task, 1, project)[2]
        outcomes = at_once(*[partial(one.handle, completing) for one in handlers])
        (stored,) = versions(task, 1)
        assert outcomes == [[stored]] * 4
        assert {delivery for one in handlers for delivery in one.sent} == {f"{task}.0"}


def test_handlers_at_once_on_two_generations_leave_one_last_version(connected: Any) -> None:
    for _ in range(15):
        project, task = next(_projects), next(_tasks)
        records = life(task, 2, project)
        handlers = [Handler(project) for _ in range(4)]
        calls = [partial(one.handle, records[place]) for one, place in zip(handlers, (2, 4, 4, 2), strict=True)]
        assert not [error for error in at_once(*calls) if isinstance(error, Exception)]
        assert [result.last_version for result in versions(task, 2)] == [False, True]


class Faults:
    """A store whose `add` fails once, before or after it was applied."""

    def __init__(self, after_write: bool) -> None:
        self._real = ResultStore()
        self._after_write = after_write
        self.left = 1

    def add(self, *arguments: Any) -> Result:
        if self.left:
            self.left -= 1
            if self._after_write:
                self._real.add(*arguments)
            raise ConnectionError("the answer was lost")
        return self._real.add(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize("after_write", [False, True])
def test_a_lost_write_and_a_lost_acknowledgement_are_made_good_by_the_redelivery(
    connected: Any, after_write: bool
) -> None:
    handler, task = Handler(next(_projects), Faults(after_write)), next(_tasks)
    completing = life(task, 1, handler.project)[2]
    with pytest.raises(ConnectionError):
        handler.handle(completing)
    handler.handle(completing)
    assert len(versions(task, 1)) == 1
    assert handler.sent == [f"{task}.0"]


def test_a_completion_costs_three_write_units_and_no_read(handler: Handler, meter: Meter) -> None:
    handler.hook.url = None
    records = life(next(_tasks), 1, handler.project)
    with meter as bill:
        handler.handle(*records)
    assert (bill.read, bill.write) == (0, 3), str(bill)


def test_a_later_generation_costs_one_write_and_one_read_unit_more(handler: Handler, meter: Meter) -> None:
    handler.hook.url = None
    records = life(next(_tasks), 2, handler.project)
    handler.handle(*records[:3])
    with meter as bill:
        handler.handle(*records[3:])
    assert (bill.read, bill.write) == (1, 4), str(bill)


def test_a_message_costs_two_write_units_more(handler: Handler, meter: Meter) -> None:
    with meter as bill:
        handler.handle(*life(next(_tasks), 1, handler.project))
    assert (bill.read, bill.write) == (0, 5), str(bill)


def test_results_are_paged_by_id_and_pages_are_full(handler: Handler) -> None:
    """Superseded versions lie between the last ones; a page is filled across them."""
    for _ in range(25):
        handler.handle(*life(next(_tasks), 2, handler.project))
    seen: list[Result] = []
    while page := handler.results.after(handler.project, seen[-1].id if seen else 0, 10):
        assert len(page) == 10 or len(seen) + len(page) == 25
        seen += page
    assert [result.id for result in seen] == sorted({result.id for result in seen})
    assert len(seen) == 25
    assert all(result.last_version and result.gen == 1 for result in seen)
    assert len(handler.results.after(handler.project, 0, 100, superseded=True)) == 25


def test_an_analysis_is_stored_and_stays_with_its_version(handler: Handler) -> None:
    task = next(_tasks)
    records = life(task, 2, handler.project)
    (first,) = handler.handle(*records[:3])
    assert handler.results.set_info(first.id, {"answer": "größer", "share": 0.5})
    (second,) = handler.handle(*records[3:])
    assert handler.results.get(first.id).info == {"answer": "größer", "share": 0.5}
    assert handler.results.get(second.id).info is None
    assert handler.results.set_info(first.id, None)
    assert handler.results.get(first.id).info is None


def test_an_unknown_result_is_none_and_cannot_be_annotated(handler: Handler) -> None:
    assert handler.results.get(NOBODYS) is None
    assert handler.results.of_task(next(_tasks)) is None
    assert not handler.results.set_info(NOBODYS, {})
    assert handler.results.after(handler.project, 0, 10) == []


def test_a_task_deleted_before_its_result_was_made_leaves_none(heart: Heart) -> None:
    handler, tap = Handler(heart.project), Tap()
    (task,) = heart.add()
    heart.ask("ann")
    with tap.on(task.sheet):
        heart.answer_next("ann")
    with tap.on(task.sheet):
        assert heart.tasks.delete(task, heart.sheet(task))
    handler.handle(*tap.records)
    handler.handle(*tap.records)
    assert versions(task.id, 1) == []
    assert handler.results.after(heart.project, 0, 10) == []


def test_a_completion_that_comes_again_after_its_task_s_removal_makes_nothing(heart: Heart) -> None:
    """Found by `make soak`: the result came back and kept its project from ever being deleted."""
    handler, tap = Handler(heart.project), Tap()
    (task,) = heart.add()
    heart.ask("ann")
    with tap.on(task.sheet):
        heart.answer_next("ann")
    handler.handle(*tap.records)
    completing = tap.records[-1]
    with tap.on(task.sheet):
        assert heart.tasks.delete(task, heart.sheet(task))
    handler.handle(*tap.records)
    handler.sent.clear()
    assert handler.handle(completing) == []
    assert versions(task.id, 1) == []
    assert handler.results.after(heart.project, 0, 10) == []
    assert handler.sent == []


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_any_order_of_completions_and_the_removal_leaves_nothing(
    connected: Any, data: st.DataObject, generations: int
) -> None:
    handler, task = Handler(next(_projects)), next(_tasks)
    records = life(task, generations, handler.project)
    removal = record(records[-1]["dynamodb"]["NewImage"], None)
    for one in data.draw(st.permutations([*records, *records, removal])):
        handler.handle(one)
    assert versions(task, generations) == []
    assert handler.results.after(handler.project, 0, 10, superseded=True) == []


# --- repair: stream records that were given up ---


def completed_tasks(heart: Heart, count: int, still_open: int = 0) -> list[int]:
    """Tasks with one answer each; nobody handled their records."""
    tasks = heart.add(count + still_open)
    BlockItem(heart.project, block_of(tasks[0].id)).save()
    for _ in range(count):
        assert heart.answer_next("ann")
    return [task.id for task in tasks[:count]]


def test_a_repair_makes_what_lost_records_would_have_made_and_nothing_twice(heart: Heart) -> None:
    handler = Handler(heart.project)
    done = completed_tasks(heart, 3, still_open=1)
    repaired = handler.completions.repair(heart.project)
    assert (repaired.looked, repaired.made, repaired.last_id) == (4, 3, None)
    assert sorted(handler.sent) == sorted(f"{task}.0" for task in done)
    assert handler.completions.repair(heart.project).made == 0
    assert len(handler.results.after(heart.project, 0, 10)) == 3


def test_a_repair_tells_of_older_results_only_when_asked(heart: Heart) -> None:
    handler = Handler(heart.project)
    handler.hook.url = None
    done = completed_tasks(heart, 2)
    handler.completions.repair(heart.project)
    handler.hook.url = "https://hook.example.com/"
    handler.completions.repair(heart.project)
    assert handler.sent == []
    handler.completions.repair(heart.project, announce_all=True)
    assert sorted(handler.sent) == sorted(f"{task}.0" for task in done)


def test_a_record_that_comes_after_the_repair_changes_nothing(heart: Heart) -> None:
    handler, tap = Handler(heart.project), Tap()
    (task,) = heart.add()
    BlockItem(heart.project, block_of(task.id)).save()
    heart.ask("ann")
    with tap.on(task.sheet):
        heart.answer_next("ann")
    handler.completions.repair(heart.project)
    (repaired,) = versions(task.id, 1)
    handler.handle(*tap.records)
    assert versions(task.id, 1) == [repaired]


def test_a_repair_goes_on_where_it_stopped(heart: Heart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.completions.REPAIR_TASKS", 2)
    handler = Handler(heart.project)
    completed_tasks(heart, 5)
    made, last_id = 0, 0
    while last_id is not None:
        repaired = handler.completions.repair(heart.project, last_id)
        made, last_id = made + repaired.made, repaired.last_id
    assert made == 5


def test_removed_and_guard_sheets_make_nothing(handler: Handler) -> None:
    task = next(_tasks)
    whole = image(task, [1, 2], 2, 0, handler.project)
    handler.handle(record(whole, None), record(None, {**whole, "src": {"S": "guard"}}))
    assert versions(task, 1) == []
