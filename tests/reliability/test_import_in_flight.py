"""R7 with several slices of one import in flight: errors, crashes and other handlers in the middle of them."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.core.import_stores import Batches
from chalicelib.core.tasks import NewTask
from chalicelib.store.queue import QueueStore
from chalicelib.store.sheets import SheetStore
from chalicelib.store.task_batches import Drafts, TaskBatch, TaskBatches
from chalicelib.store.tasks import TaskStore
from tests.benchmarks.imports import table
from tests.fakes.importing import Importing, counts
from tests.meter.meter import Meter

PATIENCE = 30.0  # seconds after which a test that waits for another thread gives up
ROWS = 60
SLICE = 5
URLS = [f"u{number}" for number in range(ROWS)]
TABLE = "\n".join(["url", *URLS]).encode()

pytestmark = pytest.mark.usefixtures("connected")


class Watched:
    """The real batches; `around` is called with the first row of each slice and the call that stores it."""

    def __init__(self, around: Callable[[int, Callable[[], list[bool]]], list[bool]]) -> None:
        self._stock = TaskBatches(time.time, workers=2)
        self._around = around

    def open(self, project_id: int, queue: str, import_id: int) -> "WatchedBatch":
        return WatchedBatch(self._stock.open(project_id, queue, import_id), self._around)


class WatchedBatch:
    def __init__(self, stock: TaskBatch, around: Callable[[int, Callable[[], list[bool]]], list[bool]]) -> None:
        self._stock = stock
        self._around = around

    def draft(self, rows: Sequence[tuple[int, NewTask]]) -> Drafts:
        return self._stock.draft(rows)

    def store(self, drafts: Drafts) -> list[bool]:
        first = int((drafts.drafts[0].new.source or ":0").split(":")[1]) if drafts.drafts else 0
        return self._around(first, lambda: self._stock.store(drafts))


def _importing(batches: Batches | None = None, at_once: int = 4) -> Importing:
    return Importing(slice_rows=SLICE, workers=2, batches=batches, at_once=at_once)


def _assert_each_row_once(importing: Importing, import_id: int) -> None:
    assert counts(importing.record(import_id)) == ("finished", ROWS, ROWS, 0, 0)
    assert importing.stored() == sorted(f'{{"url":"{url}"}}' for url in URLS)
    assert importing.task_count == ROWS
    tasks = TaskStore(time.time).after(importing.project.id, 0, 1000)
    listed = [entry.task for page in QueueStore(0).pages(f"{importing.project.id}:p") for entry in page]
    assert sorted(listed) == [task.id for task in tasks]


def test_tasks_have_ids_in_the_order_of_the_rows_whichever_slice_is_stored_first() -> None:
    third_is_stored = threading.Event()

    def second_waits(first: int, store: Callable[[], list[bool]]) -> list[bool]:
        if first == 1 + SLICE:
            assert third_is_stored.wait(PATIENCE)
        made = store()
        if first == 1 + 2 * SLICE:
            third_is_stored.set()
        return made

    importing = _importing(Watched(second_waits))
    record = importing.deliver(importing.upload("t.csv", TABLE))
    _assert_each_row_once(importing, record.id)
    tasks = TaskStore(time.time).after(importing.project.id, 0, 1000)
    assert [task.info["url"] for task in tasks] == URLS


def test_an_error_in_a_slice_after_which_others_were_stored_repeats_these_and_counts_them_once() -> None:
    stored: list[int] = []
    failures = iter([True])
    two_more = threading.Event()

    def second_fails(first: int, store: Callable[[], list[bool]]) -> list[bool]:
        if first == 1 + SLICE and next(failures, False):
            assert two_more.wait(PATIENCE)
            raise Unavailable("the store is away")
        made = store()
        stored.append(first)
        if {1 + 2 * SLICE, 1 + 3 * SLICE} <= set(stored):
            two_more.set()
        return made

    importing = _importing(Watched(second_fails))
    event = importing.upload("t.csv", TABLE)
    with pytest.raises(Unavailable):
        importing.deliver(event)
    (record,) = importing.imports.after(importing.project.id, 0, 10)
    assert (record.state, record.rows_seen, record.tasks_made, importing.task_count) == ("running", SLICE, SLICE, SLICE)
    assert len(importing.stored()) >= 3 * SLICE  # what was in flight is stored, and not counted yet
    importing.deliver(event)
    _assert_each_row_once(importing, record.id)
    assert stored.count(1 + 2 * SLICE) == 2


def test_a_handler_that_is_overtaken_with_slices_in_flight_counts_none_of_them() -> None:
    """A stores slices 2 to 5; B does the whole import meanwhile; A's next checkpoint is refused."""
    overtaken: list[int] = []
    lock = threading.Lock()

    def another_handler_meanwhile(first: int, store: Callable[[], list[bool]]) -> list[bool]:
        made = store()
        with lock:
            mine = first == 1 + 3 * SLICE and not overtaken
            if mine:
                overtaken.append(first)
        if mine:
            other.imports.run(record.id, lambda: 900.0)
        return made

    importing, other = _importing(Watched(another_handler_meanwhile)), _importing()
    other.project, other.drawer = importing.project, importing.drawer
    other.imports = _same(importing, other)
    event = importing.upload("t.csv", TABLE)
    started = importing.imports.start_from_event(event)
    assert started is not None
    record = started
    importing.drain()
    assert overtaken
    _assert_each_row_once(importing, record.id)


def _same(importing: Importing, other: Importing) -> Any:
    """Another handler of the same project and objects, with batches of its own."""
    imports = other.imports
    imports._objects = importing.drawer
    imports._projects = importing
    return imports


@pytest.mark.parametrize("at_once", [2, 4])
def test_handlers_with_pipelines_at_once_on_one_import_count_each_row_once(at_once: int) -> None:
    importing = _importing(at_once=at_once)
    event = importing.upload("t.csv", TABLE)
    record = importing.imports.start_from_event(event)
    assert record is not None
    threads = [threading.Thread(target=importing.imports.run, args=(record.id, lambda: 900.0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    importing.drain()
    _assert_each_row_once(importing, record.id)


def test_an_import_that_is_stopped_with_slices_in_flight_has_counted_all_that_it_made() -> None:
    """A dies with slices 2 to 5 stored and not counted. Whoever ends the import looks through as many."""
    last_is_stored = threading.Event()

    def second_dies(first: int, store: Callable[[], list[bool]]) -> list[bool]:
        if first == 1 + SLICE and not last_is_stored.is_set():
            assert last_is_stored.wait(PATIENCE)
            raise ConnectionError("the process died")
        made = store()
        if first == 1 + 4 * SLICE:
            last_is_stored.set()
        return made

    importing = _importing(Watched(second_dies))
    event = importing.upload("t.csv", TABLE)
    with pytest.raises(ConnectionError):
        importing.deliver(event)
    (record,) = importing.imports.after(importing.project.id, 0, 10)
    assert record.rows_seen == SLICE
    importing.imports.stop(record.id)
    importing.drain()
    stopped = importing.record(record.id)
    assert (stopped.state, stopped.rows_seen) == ("withdrawn", 5 * SLICE)
    assert stopped.tasks_made == importing.task_count == len(importing.stored()) == 5 * SLICE


def test_of_equal_rows_in_slices_in_flight_the_first_one_counts() -> None:
    rows = [f"{url},{number % 7 + 1}" for number, url in enumerate(URLS[:20] * 3)]
    importing = _importing()
    event = importing.upload("t.csv", "\n".join(["url,n_answers", *rows]).encode())
    record = importing.deliver(event)
    assert counts(record) == ("finished", 60, 20, 40, 0)
    tasks = TaskStore(time.time).after(importing.project.id, 0, 1000)
    sheets = SheetStore().read([task.sheet for task in tasks], [], True)[0]
    wanted = {url: number % 7 + 1 for number, url in enumerate(URLS[:20])}
    assert {task.info["url"]: sheets[task.sheet].n for task in tasks} == wanted


def test_a_whole_import_costs_hardly_more_than_its_tasks(meter: Meter) -> None:
    importing = Importing(slice_rows=500, workers=1, chunk=1 << 20, at_once=1)  # the meter follows one thread
    event = importing.upload("t.csv", table(1000))
    with meter as bill:
        record = importing.deliver(event)
    assert record.tasks_made == 1000
    assert 3.0 <= bill.write / 1000 <= 3.04
    assert bill.read / 1000 <= 0.02
