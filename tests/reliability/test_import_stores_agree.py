"""The import records in memory, which the unit tests use, behave as the stored ones."""

import itertools
import uuid
from collections.abc import Callable

import pytest

from chalicelib.core.import_reading import Progress
from chalicelib.core.import_stores import Records
from chalicelib.core.imports import Overtaken, Record, RowError, Source
from chalicelib.core.tasks import NewTask
from chalicelib.store.imports import ImportStore
from tests.fakes.import_memory import Memory
from tests.fakes.importing import Importing

_projects = itertools.count(20_000_001)

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture(params=[Memory, ImportStore])
def records(request: pytest.FixtureRequest) -> Records:
    made: Records = request.param()
    return made


def _record(project: int | None) -> Record:
    source = Source("b", "imports/p/t.csv", uuid.uuid4().hex, "e", 100)
    return Record(0, project, source, "2026", guard=source.digest)


def _moved(record: Record, position: int, made: int = 1) -> Record:
    progress = Progress(phase="rows", position=position)
    return record.moved(state="running", progress=progress, tasks_made=record.tasks_made + made)


def test_a_source_has_one_record_and_it_is_found_again(records: Records) -> None:
    new = _record(next(_projects))
    assert records.of_guard(new.guard) is None
    made = records.create(new, [RowError(None, "why")])
    assert records.create(new) == made == records.of_guard(new.guard) == records.get(made.id)
    assert records.of_guards([new.guard, f"{new.guard}0"]) == {new.guard: made}
    assert records.errors(made.id) == [RowError(None, "why")]


def test_a_checkpoint_stands_on_the_one_before_and_only_once(records: Records) -> None:
    made = records.create(_record(next(_projects)))
    first = _moved(made, 10)
    records.checkpoint(made, first, [])
    with pytest.raises(Overtaken):
        records.checkpoint(made, _moved(made, 10), [RowError(1, "again")])
    assert records.get(made.id) == first
    assert records.errors(made.id) == []


def test_errors_come_in_the_order_of_their_slices(records: Records) -> None:
    record = records.create(_record(next(_projects)))
    for place, position in enumerate((9, 10, 1000)):
        moved = _moved(record, position)
        records.checkpoint(record, moved, [RowError(place, "x")])
        record = moved
    assert [error.line for error in records.errors(record.id)] == [0, 1, 2]


def test_an_import_that_is_over_moves_no_more(records: Records) -> None:
    made = records.create(_record(next(_projects)))
    failed = made.moved(state="failed")
    records.checkpoint(made, failed, [])
    with pytest.raises(Overtaken):
        records.checkpoint(made, _moved(made, 10), [])
    assert records.get(made.id) == failed


def test_records_of_a_project_are_paged_by_id(records: Records) -> None:
    project = next(_projects)
    made = [records.create(_record(project)) for _ in range(5)]
    assert records.after(project, 0, 3) == made[:3]
    assert records.after(project, made[2].id, 3) == made[3:]
    assert records.after(project, 0, 0) == []
    others = [records.create(_record(next(_projects))), records.create(_record(None))]
    assert records.after(None, made[-1].id - 1, 10) == [made[-1], *others]
    assert records.after(None, made[0].id, 2) == made[1:3]


def _memory() -> Importing:
    memory = Memory()
    return Importing(records=memory, batches=memory)


@pytest.mark.parametrize("start", [_memory, Importing])
def test_tasks_are_made_once_for_each_info(start: Callable[[], Importing]) -> None:
    importing = start()
    first, second = (importing.batches.open(importing.project.id, "q:p", number) for number in (1, 2))
    rows = [(1, NewTask({"a": 1})), (2, NewTask({"a": 1.0})), (3, NewTask({"b": [1, {"c": None}]}))]
    assert first.create(rows) == [True, False, True]
    assert first.create(rows) == [True, False, True]
    assert second.create(rows) == [False, False, False]
    assert second.create([(4, NewTask({"a": "1"})), (5, NewTask({"a": True}))]) == [True, True]
