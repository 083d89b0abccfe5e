"""Statistics on the real tables: any delivery, two handlers and a reader at once, deaths, and the rebuild (R5, R12)."""

import itertools
import random
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.recount import Recount
from chalicelib.core.results import Completion
from chalicelib.core.statistics import Known, Node, Statistics, groups, leaf_of
from chalicelib.core.tallies import Tally, tally_of
from chalicelib.core.task_facts import Change, Facts, change_of, facts_of, written
from chalicelib.core.tasks import Task
from chalicelib.store.results import ResultStore
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tables import SheetItem, StatisticItem
from chalicelib.triggers import sheets as trigger
from tests.fakes.heart import Heart
from tests.fakes.memory_statistics import MemoryStatistics
from tests.fakes.stream import Record, Tap, number_of, record
from tests.meter.meter import Meter

_projects = itertools.count(900_000)
SECONDS = 12.5


def statistics(store: Any = None) -> Statistics:
    """As a fresh container has them."""
    return Statistics(store or StatisticStore(), lambda project: SECONDS, time.monotonic)


def changes_of(records: list[Record]) -> list[Change]:
    images = (one["dynamodb"] for one in records)
    found = (change_of(one.get("OldImage"), one.get("NewImage")) for one in images)
    return [change for change in found if change is not None]


def fold(changes: list[Change], store: Any = None) -> None:
    for group in groups(changes):
        statistics(store).fold(group)


def play(heart: Heart, tasks: list[Task], seed: int = 1) -> list[Record]:
    """What volunteers and an owner do to these tasks, as the stream tells it."""
    tap, chance = Tap(), random.Random(seed)
    for task in tasks:
        tap.records.append(record(None, _raw(task)))
    keys = [task.sheet for task in tasks]
    for who in ("ann", "bob", "cat", "dan"):
        for _ in tasks:
            with tap.on(*keys):
                run = heart.answer_next(who)
            if run is not None and chance.random() < 0.2:
                task = next(one for one in tasks if one.id == run.task_id)
                with tap.on(task.sheet):
                    heart.answers.withdraw(heart.sheet(task), run)
    with tap.on(keys[0]):
        heart.set_redundancy(tasks[0], 5)
    removed = tasks.pop()
    with tap.on(removed.sheet):
        assert heart.tasks.delete(removed, heart.sheet(removed))
    return tap.records


def _raw(task: Task) -> Any:
    return SheetItem._get_connection().get_item(task.sheet, consistent_read=True)["Item"]


def counted_from_runs(heart: Heart, tasks: list[Task]) -> Tally:
    facts = []
    for task in tasks:
        sheet = heart.sheet(task)
        runs = heart.answers.of_task(sheet)
        facts.append(facts_of(sheet.n, ((run.id, run.contributor) for run in runs)))
    tally = tally_of(facts)
    return Tally(**{**{name: getattr(tally, name) for name in tally.__struct_fields__}, "seconds": SECONDS})


@pytest.mark.parametrize("seed", range(4))
def test_delivered_often_and_in_any_order_they_equal_a_fold_of_the_runs(connected: Any, seed: int) -> None:
    heart = Heart()
    tasks = heart.add(7, n=2)
    delivered = play(heart, tasks, seed) * 3
    random.Random(seed).shuffle(delivered)
    for start in range(0, len(delivered), 9):
        fold(changes_of(delivered[start : start + 9]))
    assert statistics().of_project(heart.project) == counted_from_runs(heart, tasks)


def test_two_handlers_and_a_reader_at_once_lose_nothing(connected: Any) -> None:
    heart = Heart()
    tasks = heart.add(8, n=3)
    records = play(heart, tasks)
    done = threading.Event()
    failures: list[BaseException] = []

    def safely(work: Any) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def read() -> None:
        while not done.is_set():
            statistics().of_project(heart.project)

    def write() -> None:
        for one in records:
            fold(changes_of([one]))

    readers, writers = [safely(read) for _ in range(2)], [safely(write) for _ in range(2)]
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert failures == []
    assert statistics().of_project(heart.project) == counted_from_runs(heart, tasks)


class Dies(Exception):
    """The process ends here."""


class Mortal:
    """A store whose user dies before or after the `at`-th write."""

    def __init__(self, at: int, after: bool) -> None:
        self._store, self._left, self._after = StatisticStore(), at, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _dying(self, write: Any, *given: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Dies
        found = write(*given)
        if self._left == 0:
            raise Dies
        return found

    def write(self, *given: Any) -> Any:
        return self._dying(self._store.write, *given)

    def mark(self, *given: Any) -> Any:
        return self._dying(self._store.mark, *given)

    def begin(self, *given: Any) -> Any:
        return self._dying(self._store.begin, *given)

    def finish(self, *given: Any) -> Any:
        return self._dying(self._store.finish, *given)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_handler_or_reader_that_dies_between_two_writes_leaves_nothing_behind(
    connected: Any, at: int, after: bool
) -> None:
    project, facts = next(_projects), Facts(2)
    first, second = (Change(project, task, written(0, facts)) for task in (1, 200))
    mortal = Mortal(at, after)
    with suppress(Dies):
        for change in (first, second):
            fold([change], mortal)
            statistics(mortal).of_project(project)
    statistics().of_project(project)
    fold([first, second])  # the stream delivers once more
    assert statistics().of_project(project).tasks == 2


def test_the_rebuild_from_the_runs_gives_identical_figures_and_mends_what_is_wrong(connected: Any) -> None:
    heart = Heart()
    tasks = heart.add(6, n=2)
    records = play(heart, tasks)
    fold(changes_of(records))
    folded = statistics().of_project(heart.project)
    counting = Recount(ListedTasks(heart, tasks), heart.sheets, heart.answers, ResultStore(), statistics())
    assert counting.project(heart.project) == len(tasks)
    assert statistics().of_project(heart.project) == folded
    for item in list(StatisticItem.query(f"leaf:{heart.project}.1.{leaf_of(0, tasks[0].id).parent.index}")):
        item.delete()
    stranger = Change(heart.project, tasks[0].id + 50_000, written(3, Facts(4)))
    fold([stranger])
    assert statistics().of_project(heart.project) != folded
    counting.project(heart.project)
    assert statistics().of_project(heart.project) == folded


def test_the_rebuild_counts_the_analyses_that_results_have_and_no_other(connected: Any) -> None:
    """The note of an analysis is a write of its own: a crash before it leaves one too few, or one too many."""
    heart, tap = Heart(), Tap()
    tasks = heart.add(4, n=1)
    with tap.on(*(task.sheet for task in tasks)):
        for _ in tasks:
            heart.answer_next("ann")
    fold(changes_of(tap.records))
    results = ResultStore()
    with_analysis, withdrawn, *_ = (
        results.add(Completion(heart.project, task.id, 0, [1]), heart.identifiers.next(), "2026-11-23T00:00:00")
        for task in tasks
    )
    assert results.set_info(with_analysis.id, {"cloud": True})
    statistics().analysed(heart.project, withdrawn.task_id, 0, True)  # and the result's analysis was taken away
    statistics().analysed(heart.project, tasks[2].id, 3, True)  # of a version that never came
    Recount(ListedTasks(heart, tasks), heart.sheets, heart.answers, results, statistics()).project(heart.project)
    assert statistics().of_project(heart.project).analysed == 1
    assert statistics().analyses(heart.project, with_analysis.task_id) == {0}


class ListedTasks:
    """A project's tasks without the product's blocks of ids, which the tests' projects do not have."""

    def __init__(self, heart: Heart, tasks: list[Task]) -> None:
        self._heart, self._tasks = heart, sorted(tasks, key=lambda task: task.id)

    def after(self, project_id: int | None, last_id: int, limit: int) -> list[Task]:
        return [task for task in self._tasks if task.id > last_id][:limit]

    def get(self, task_id: int) -> Task | None:
        found: Task | None = self._heart.tasks.get(task_id)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._heart.tasks, name)


def test_an_analysis_counts_once_and_goes_with_its_task(connected: Any) -> None:
    project = next(_projects)
    fold([Change(project, 4, written(0, Facts(1)))])
    for analysed, expected in ((True, 1), (True, 1), (False, 0), (True, 1)):
        statistics().analysed(project, 4, 0, analysed)
        assert statistics().of_project(project).analysed == expected
    fold([Change(project, 4, "ffffffff")])
    assert (statistics().of_project(project).analysed, statistics().of_project(project).tasks) == (0, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9), st.integers(0, 4)), max_size=12))
def test_the_stores_in_memory_and_on_tables_agree(connected: Any, steps: list[tuple[int, int, int]]) -> None:
    project, memory, real = next(_projects), MemoryStatistics(), StatisticStore()
    root = Node(project, 3, 0)
    for kind, task, ver in steps:
        leaf, node = leaf_of(project, task * 100), leaf_of(project, task * 100).parent
        for store in (memory, real):
            if kind < 5:
                store.write(leaf, {task * 100: written(ver, Facts(kind + 1))}, again=kind == 4)
            elif kind < 7:
                store.mark(node)
            elif kind < 9:
                store.finish(node, ver + 1, Tally(tasks=kind))
            elif kind < 11:
                store.analyse(leaf, task * 100, ver, kind == 9)
        if kind >= 11:
            assert memory.begin(node) == real.begin(node)
        assert memory.leaves(node) == real.leaves(node)
        assert memory.known(node) == real.known(node)
        assert memory.analyses(leaf, task * 100) == real.analyses(leaf, task * 100)
        assert memory.unmarked([leaf, *leaf.above]) == real.unmarked([leaf, *leaf.above])
        assert memory.children(node.parent) == real.children(node.parent)
    assert real.known(root) == Known()


def test_a_run_costs_one_write_and_a_busy_batch_less(connected: Any, meter: Meter) -> None:
    """Beside a result's three writes, that is 4 a run for n = 1 and 1.1 for n = 30 (heart.md §2)."""
    project = next(_projects)
    warm = [Change(project, task, written(0, Facts(30))) for task in range(3000, 3030)]
    fold(warm)
    with meter as single:
        fold([Change(project, 3000, written(1, facts_of(30, [(10**15, "A" * 16)])))])
    assert single.write <= 1, str(single)
    assert single.read <= 3, str(single)
    runs = [(10**15 + number, "A" * 15 + chr(65 + number)) for number in range(20)]
    batch = [Change(project, task, written(2 + task % 3, facts_of(30, runs))) for task in range(3000, 3030)]
    with meter as busy:
        fold(batch)
    assert busy.write <= len(batch) / 3, str(busy)


def test_reading_costs_the_same_whatever_the_projects_size(connected: Any, meter: Meter) -> None:
    costs = []
    for size in (300, 3000):
        project = next(_projects)
        fold([Change(project, task, written(0, Facts(1))) for task in range(size)])
        statistics().of_project(project)
        with meter as unchanged:
            statistics().of_project(project)
        assert (unchanged.read, unchanged.write) <= (4, 0), str(unchanged)
        fold([Change(project, 7, written(1, facts_of(1, [(10**15, "A" * 16)])))])
        with meter as changed:
            assert statistics().of_project(project).runs == 1
        costs.append(changed)
    small, large = costs
    assert large.write == small.write <= 6, f"{small}, {large}"
    assert large.read <= small.read + 5, f"{small}, {large}"


def test_what_cannot_be_counted_is_reported_and_the_rest_is_counted(connected: Any) -> None:
    """The stream's function itself: a failing place fails its own records only."""
    heart, other = Heart(), Heart()
    records = play(heart, heart.add(3, n=1)) + play(other, other.add(3, n=1))

    class Failing(Statistics):
        def fold(self, changes: Any, again: bool = False) -> None:
            known = list(changes)
            if known[0].project_id == other.project:
                raise Dies
            super().fold(known)

    failing = Failing(StatisticStore(), lambda project: SECONDS, time.monotonic)
    app = FrontDoor(
        app_name="t",
        services=SimpleNamespace(completions=SimpleNamespace(changed=lambda old, new: None), statistics=failing),
    )
    app.register_blueprint(trigger.blueprint)
    answer = trigger.sheet_changed({"Records": records}, None)
    told = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    expected = {number_of(one) for one in records for change in changes_of([one]) if change.project_id != heart.project}
    assert told <= expected
    assert told
    assert statistics().of_project(heart.project).tasks == 2
