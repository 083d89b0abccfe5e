"""R7: however often an object's event is delivered, in whatever order and with crashes in between, the tasks and the
counts are those of one delivery. The stores are the real ones; faults are put at the botocore client."""

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.queue import QueueStore
from chalicelib.store.sequences import task_ids
from chalicelib.store.sheets import SheetStore
from chalicelib.store.tables import SheetItem
from chalicelib.store.task_batches import TaskBatches
from chalicelib.store.tasks import TaskStore
from tests.fakes.importing import Event, Importing, counts
from tests.meter.meter import Meter
from tests.reliability.faults import Conflicts, Crash, crash, unheard

# 12 rows: one twice within a slice of five and one across slices, one out of range, one too long.
ROWS = ["a,1", "b,2", "a,3", "c,1", "d,0", "e,1", "f,1", "b,9", '"g\n,",1', "h,1", "i,1,1", "j,1"]
TABLE = "\n".join(["url,n_answers", *ROWS]).encode()
URLS = ["a", "b", "c", "e", "f", "g\n,", "h", "j"]
ONE_DELIVERY = ("finished", 12, 8, 2, 2)
LINES_IN_ERROR = [6, 13]

pytestmark = pytest.mark.usefixtures("connected")


def _json(urls: list[str]) -> list[str]:
    return sorted(json.dumps({"url": url}, separators=(",", ":")) for url in urls)


def _tasks(importing: Importing) -> list[Task]:
    return TaskStore(time.time).after(importing.project.id, 0, 100_000)


def _assert_one_delivery(importing: Importing, import_id: int) -> None:
    """The tasks, their sheets, the counts and the row errors."""
    assert importing.stored() == _json(URLS)
    assert counts(importing.record(import_id)) == ONE_DELIVERY
    assert [error.line for error in importing.imports.errors(import_id)] == LINES_IN_ERROR
    assert importing.task_count == len(URLS)
    _assert_each_task_is_listed_once(importing)


def _assert_each_task_is_listed_once(importing: Importing) -> None:
    listed = [entry.task for page in QueueStore(0).pages(f"{importing.project.id}:p") for entry in page]
    assert sorted(listed) == sorted(task.id for task in _tasks(importing))


def test_one_delivery_makes_the_tasks_once_and_the_first_of_two_equal_rows_counts() -> None:
    importing = Importing()
    record = importing.deliver(importing.upload("t.csv", TABLE))
    _assert_one_delivery(importing, record.id)
    (first,) = [task for task in _tasks(importing) if task.info == {"url": "a"}]
    assert SheetStore().read([first.sheet], [], True)[0][first.sheet].n == 1


def test_the_same_event_again_finds_the_same_record_and_changes_nothing() -> None:
    importing = Importing()
    event = importing.upload("t.csv", TABLE)
    records = [importing.deliver(event) for _ in range(3)]
    assert records[0] == records[1] == records[2]
    _assert_one_delivery(importing, records[0].id)


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("applied", [0, 0.5, 1], ids=["before", "in part", "behind"])
def test_a_crash_at_any_write_and_a_second_delivery_come_to_one_delivery(
    connected: Any, applied: float, at_once: int
) -> None:
    deaths = 0
    for write in range(15):
        importing = Importing(at_once=at_once)
        event = importing.upload("t.csv", TABLE)
        lived = False
        with crash(connected.client, write, applied):
            importing.deliver(event)
            lived = True
        deaths += not lived
        _assert_one_delivery(importing, importing.deliver(event).id)
    assert deaths > 10, "the fault layer met fewer writes than the import makes"


@pytest.mark.parametrize("seed", range(12))
def test_many_crashes_in_many_deliveries_come_to_one_delivery(connected: Any, seed: int) -> None:
    chance = random.Random(seed)
    importing = Importing(chance.randint(1, 13), workers=chance.choice([1, 3]), at_once=chance.choice([1, 2, 4]))
    event = importing.upload("t.csv", TABLE)
    for _ in range(8):
        with crash(connected.client, chance.randrange(12), chance.choice([0, 0.3, 0.7, 1])):
            importing.deliver(event)
    _assert_one_delivery(importing, importing.deliver(event).id)


@pytest.mark.parametrize("seed", range(6))
def test_handlers_at_once_on_one_import_count_each_row_once(seed: int) -> None:
    importing = Importing(slice_rows=random.Random(seed).randint(1, 6))
    event = importing.upload("t.csv", TABLE)
    _at_once([lambda: importing.deliver(event)] * 4)
    importing.drain()
    _assert_one_delivery(importing, importing.deliver(event).id)
    assert len(importing.imports.after(importing.project.id, 0, 10)) == 1


def _at_once(actions: list[Callable[[], Any]]) -> None:
    gate = threading.Barrier(len(actions))
    failures: list[BaseException] = []

    def act(action: Callable[[], Any]) -> None:
        gate.wait()
        try:
            action()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_the_checkpoint_lets_through_one_of_two_handlers_that_did_the_same_slice() -> None:
    importing = Importing(slice_rows=4)
    event = importing.upload("t.csv", TABLE)
    record = importing.imports.start_from_event(event)
    assert record is not None

    def second_handler_in_between(seconds: list[int]) -> float:
        if not seconds:
            seconds.append(1)
            importing.imports.run(record.id, lambda: 0.0)
        return 900.0

    ran: list[int] = []
    importing.imports.run(record.id, lambda: second_handler_in_between(ran))
    importing.drain()
    _assert_one_delivery(importing, record.id)


def test_a_handler_whose_time_is_up_hands_over_and_the_next_goes_on_from_the_checkpoint() -> None:
    importing = Importing(slice_rows=2)
    event = importing.upload("t.csv", TABLE)
    record = importing.imports.start_from_event(event)
    assert record is not None
    seen = []
    while importing.queue:
        importing.imports.run(importing.queue.pop(0), lambda: 1.0)
        seen.append(importing.record(record.id).rows_seen)
    assert seen[:4] == [0, 2, 4, 6]  # the first pass has a checkpoint of its own
    _assert_one_delivery(importing, record.id)


def _halves() -> tuple[list[str], list[str]]:
    return [f"u{n}" for n in range(40)], [f"u{n}" for n in range(20, 60)]


@pytest.mark.parametrize("seed", range(4))
def test_two_files_that_overlap_imported_at_once_give_the_union_once(seed: int) -> None:
    importing = Importing(slice_rows=7)
    files = _halves()
    events = [importing.upload(f"{place}.csv", "\n".join(["url", *urls]).encode()) for place, urls in enumerate(files)]
    _at_once([lambda event=event: importing.deliver(event) for event in events * 2])  # type: ignore[misc]
    records = [importing.deliver(event) for event in events]
    assert importing.stored() == _json(sorted({*files[0], *files[1]}))
    assert sum(record.tasks_made for record in records) == importing.task_count == 60
    assert sum(record.duplicates for record in records) == 20
    _assert_each_task_is_listed_once(importing)


def test_a_file_finishes_the_tasks_that_a_crashed_import_of_the_same_rows_left_without_definition(
    connected: Any,
) -> None:
    importing = Importing()
    crashed, whole = importing.upload("t.csv", TABLE), importing.upload("again.csv", TABLE)
    for write in range(5, 9):
        with crash(connected.client, write, applied=0.5), suppress(Crash):
            importing.deliver(crashed)
    importing.deliver(whole)
    assert importing.stored() == _json(URLS)
    importing.deliver(crashed)
    assert importing.stored() == _json(URLS)
    assert importing.task_count == len(URLS)


def test_events_out_of_order_of_two_versions_of_a_key_import_both_once() -> None:
    importing = Importing()
    old, new = importing.upload("t.csv", b"url\nold\nboth\n"), importing.upload("t.csv", b"url\nboth\nnew\n")
    for event in (new, old, old, new):
        importing.deliver(event)
    assert importing.stored() == _json(["both", "new", "old"])
    assert importing.task_count == 3


@pytest.mark.parametrize("operation", ["TransactWriteItems", "BatchExecuteStatement", "UpdateItem"])
def test_conflicts_with_transactions_of_others_change_nothing(connected: Any, operation: str) -> None:
    importing = Importing()
    task_ids(importing.project.id, 1)  # opens a block of ids, which no transaction touches
    event = importing.upload("t.csv", TABLE)
    with Conflicts(connected.client, 3, operation) as conflicts:
        record = importing.deliver(event)
    assert conflicts.refused == 3
    _assert_one_delivery(importing, record.id)


@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "BatchWriteItem", "UpdateItem", "TransactWriteItems"])
@pytest.mark.parametrize("times", [1, 2])
def test_answers_that_are_lost_behind_the_store_change_nothing(connected: Any, operation: str, times: int) -> None:
    """A sheet whose answer was lost is met again as a stranger's; its task's id went to a row of the next slice, whose
    task then took the place of the first."""
    importing = Importing(slice_rows=3)
    task_ids(importing.project.id, 1)
    event = importing.upload("t.csv", TABLE)
    with unheard(connected.client, operation, times):
        record = importing.deliver(event)
    _assert_one_delivery(importing, record.id)


def test_a_store_that_is_busy_throughout_fails_the_message_and_loses_nothing(
    connected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.store.inserts.FIRST_PAUSE_SECONDS", 0.001)
    importing = Importing()
    task_ids(importing.project.id, 1)
    event = importing.upload("t.csv", TABLE)
    with Conflicts(connected.client, 1000, "BatchExecuteStatement"), pytest.raises(Unavailable):
        importing.deliver(event)
    _assert_one_delivery(importing, importing.deliver(event).id)


@pytest.fixture
def edited() -> tuple[Importing, Event]:
    """A project whose imported task `a` was changed to `z` since; and the file."""
    importing = Importing()
    event = importing.upload("t.csv", b"url\na\nb\n")
    importing.deliver(event)
    (task,) = [task for task in _tasks(importing) if task.info == {"url": "a"}]
    TaskStore(time.time).change(task, {"url": "z"}, 0, 0)
    return importing, event


def test_a_task_whose_info_was_changed_is_no_duplicate_of_its_old_info_any_more(
    edited: tuple[Importing, Event],
) -> None:
    importing, event = edited
    importing.deliver(event)
    assert importing.stored() == _json(["b", "z"])
    for name in ("again.csv", "and again.csv"):
        importing.deliver(importing.upload(name, b"url\na\nb\n"))
        assert importing.stored() == _json(["a", "b", "z"])
    assert importing.task_count == 3
    _assert_each_task_is_listed_once(importing)


def test_a_task_whose_info_was_changed_is_a_duplicate_of_its_new_info(edited: tuple[Importing, Event]) -> None:
    importing, _ = edited
    record = importing.deliver(importing.upload("new.csv", b"url\nz\n"))
    assert (record.tasks_made, record.duplicates) == (0, 1)
    assert importing.stored() == _json(["b", "z"])


def test_tasks_made_by_the_api_are_duplicates_for_an_import() -> None:
    importing = Importing()
    store = TaskStore(time.time)
    queue = f"{importing.project.id}:p"
    for _ in range(2):
        store.create(importing.project.id, queue, NewTask({"url": 1, "more": {"x": 2.0}}))
    record = importing.deliver(importing.upload("t.json", b'[{"more": {"x": 2}, "url": 1.0}]'))
    assert (record.tasks_made, record.duplicates, importing.task_count) == (0, 1, 2)


def test_a_deleted_task_is_imported_anew() -> None:
    importing = Importing()
    importing.deliver(importing.upload("t.csv", b"url\na\n"))
    (task,) = _tasks(importing)
    TaskStore(time.time).delete(task, SheetStore().read([task.sheet], [], True)[0][task.sheet])
    importing.deliver(importing.upload("again.csv", b"url\na\n"))
    assert importing.stored() == _json(["a"])
    assert importing.task_count == 1


def test_an_imported_task_of_less_than_a_kilobyte_costs_three_write_units(meter: Meter) -> None:
    importing = Importing()
    batch = TaskBatches(time.time, workers=1).open(importing.project.id, f"{importing.project.id}:p", 1)
    rows = [(n, NewTask({"url": f"https://example.org/{n}.jpg", "text": "x" * 700})) for n in range(50)]
    batch.create(rows[:1])  # takes the first block of ids
    with meter as bill:
        assert all(batch.create(rows[1:]))
    spent = {one.operation for one in bill.requests}
    assert spent == {"BatchGetItem", "UpdateItem", "BatchExecuteStatement", "BatchWriteItem"}
    assert bill.write == 49 * 3 + 1
    assert bill.read <= 1


def test_rows_imported_again_take_no_new_ids() -> None:
    importing = Importing(slice_rows=5, at_once=2)
    text = "\n".join(["url", *(f"u{n}" for n in range(50))]).encode()
    importing.deliver(importing.upload("t.csv", text))
    newest = max(task.id for task in _tasks(importing))
    importing.deliver(importing.upload("again.csv", text))
    (task,) = [importing.deliver(importing.upload("one.csv", b"url\nx\n"))]
    assert task.tasks_made == 1
    assert max(one.id for one in _tasks(importing)) <= newest + 2 * 5 + 1


def test_a_sheet_says_which_row_made_its_task() -> None:
    importing = Importing()
    record = importing.deliver(importing.upload("t.csv", TABLE))
    sheets = [SheetItem.get(task.sheet) for task in _tasks(importing)]
    assert sorted(sheet.src or "" for sheet in sheets) == sorted(
        f"{record.id}:{row}" for row in (1, 2, 4, 6, 7, 9, 10, 12)
    )
