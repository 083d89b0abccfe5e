"""Slices in flight: how many, in what order they are handed on, and what becomes of them when something fails."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice, pairwise

import pytest

from chalicelib.core import import_pipeline
from chalicelib.core.canonical import digest
from chalicelib.core.consumption import Tab, note, noting_on
from chalicelib.core.import_pipeline import Pipeline, Slice
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.import_walk import Walk
from chalicelib.core.imports import Record, Source
from chalicelib.core.tasks import NewTask
from chalicelib.importers.csv_rows import CsvReader
from tests.fakes.import_memory import MemoryDrafts

PATIENCE = 20.0  # seconds after which a test that waits for another thread gives up


class Lines:
    """An object of CSV rows; `gone_at`: the byte from which on it cannot be read."""

    def __init__(self, rows: Sequence[str]) -> None:
        self._data = "\n".join(["url", *rows, ""]).encode()
        self.gone_at = len(self._data)
        self.source = Source("b", "k", "v", size=len(self._data))

    def measured(self, source: Source) -> Source:
        return source

    def chunks(self, source: Source, position: int) -> Iterator[bytes]:
        for start in range(position, len(self._data), 7):
            if start >= self.gone_at:
                raise Unreadable("The object was deleted before it was read.")
            yield self._data[start : start + 7]


class Storing:
    """Notes what is begun and done; `meanwhile` runs in the middle of storing a slice, given its first row."""

    def __init__(self, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        self.begun: list[int] = []
        self.done: list[int] = []
        self._meanwhile = meanwhile

    def draft(self, rows: Sequence[tuple[int, NewTask]]) -> MemoryDrafts:
        return MemoryDrafts(rows)

    def store(self, drafts: MemoryDrafts) -> list[bool]:
        if not drafts.rows:
            return []
        first = drafts.rows[0][0]
        self.begun.append(first)
        self._meanwhile(first)
        self.done.append(first)
        return [True] * len(drafts.rows)


def _walk(lines: Lines, rows: int = 2) -> Walk:
    record = Record(1, 1, lines.source, "")
    walk = Walk(record, CsvReader(), lines, rows)
    while walk.progress.phase == "survey":
        walk._survey()
    return walk


def _all(pipeline: Pipeline) -> list[Slice]:
    return list(_one_by_one(pipeline))


def _one_by_one(pipeline: Pipeline) -> Generator[Slice]:
    with pipeline:
        while pipeline.going:
            yield pipeline.next()
            pipeline.fill()


def _numbers(count: int) -> list[str]:
    return [f"u{number}" for number in range(count)]


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_slices_come_in_order_whichever_is_stored_first(at_once: int) -> None:
    later = threading.Event()

    def first_is_slow(row: int) -> None:
        if row == 3 and at_once > 2:
            assert later.wait(PATIENCE)
        if row == 7:
            later.set()

    slices = _all(Pipeline(_walk(Lines(_numbers(20))), Storing(first_is_slow), at_once=at_once))
    assert [slice.progress.row for slice in slices] == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 20]
    assert [slice.ended for slice in slices] == [False] * 10 + [True]
    assert sum(slice.seen for slice in slices) == sum(len(slice.made) for slice in slices) == 20


def test_one_slice_is_begun_alone_then_as_many_as_may_be_in_flight() -> None:
    """What lies behind a checkpoint is never more than a handler that ends an import for another one looks through."""
    batch = Storing()
    with Pipeline(_walk(Lines(_numbers(40))), batch, at_once=3) as pipeline:
        begun = [len(pipeline._flight)]
        while pipeline.going:
            pipeline.next()
            checkpoints = len(begun)
            assert len(batch.begun) <= checkpoints - 1 + 3
            pipeline.fill()
            begun.append(len(pipeline._flight))
    assert begun[:3] == [1, 3, 3]
    assert max(begun) == 3


def test_nothing_more_is_begun_unless_asked_for() -> None:
    batch = Storing()
    with Pipeline(_walk(Lines(_numbers(40))), batch, at_once=3) as pipeline:
        pipeline.next()
        pipeline.fill()
        for _ in range(3):
            pipeline.next()
        assert not pipeline.going
    assert sorted(batch.done) == [1, 3, 5, 7]


def test_bytes_in_flight_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_pipeline, "MOST_BYTES", 300)
    with Pipeline(_walk(Lines(["x" * 98 + f"{n:02d}" for n in range(20)])), Storing(), at_once=9) as pipeline:
        pipeline.next()
        pipeline.fill()
        assert len(pipeline._flight) == 2  # of 202 bytes each: the second one was begun below the bound


def test_equal_rows_are_never_in_flight_in_two_slices() -> None:
    flying: set[str] = set()
    lock = threading.Lock()

    class Apart(Storing):
        def store(self, drafts: MemoryDrafts) -> list[bool]:
            mine = {digest(new.info) for _, new in drafts.rows}
            with lock:
                assert flying.isdisjoint(mine)
                flying.update(mine)
            made = super().store(drafts)
            with lock:
                flying.difference_update(mine)
            return made

    rows = [f"u{number % 5}" for number in range(60)]
    assert sum(slice.seen for slice in _all(Pipeline(_walk(Lines(rows)), Apart(), at_once=4))) == 60


def test_an_object_that_goes_away_is_told_behind_all_that_was_read_of_it() -> None:
    lines = Lines(_numbers(40))
    walk = _walk(lines)
    lines.gone_at = 77
    walked = _one_by_one(Pipeline(walk, Storing(), at_once=4))
    assert sum(slice.seen for slice in islice(walked, 10)) == 20
    with pytest.raises(Unreadable, match="deleted"):
        next(walked)


def test_a_failure_comes_in_its_slices_place_and_the_others_end_before_the_handler_goes_on() -> None:
    begun, failed = threading.Event(), threading.Event()

    def meanwhile(row: int) -> None:
        if row == 3:
            assert begun.wait(PATIENCE)
            failed.set()
            raise ConnectionError("the store is away")
        if row == 5:
            begun.set()
            assert failed.wait(PATIENCE)

    batch = Storing(meanwhile)

    walked = _one_by_one(Pipeline(_walk(Lines(_numbers(40))), batch, at_once=3))
    assert next(walked).progress.row == 2
    with pytest.raises(ConnectionError):
        next(walked)
    assert 5 in batch.done
    assert len(batch.done) == len(batch.begun) - 1


def test_what_was_begun_is_over_when_the_handler_leaves() -> None:
    batch = Storing()
    walked = _one_by_one(Pipeline(_walk(Lines(_numbers(40))), batch, at_once=2))
    next(walked)
    next(walked)
    walked.close()
    assert len(batch.begun) == len(batch.done) <= 3


def test_so_many_slices_and_no_more() -> None:
    slices = _all(Pipeline(_walk(Lines(_numbers(40))), Storing(), most_slices=3, at_once=3))
    assert [slice.ended for slice in slices] == [False, False, True]


def test_the_first_pass_is_not_read_ahead_of_its_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.import_walk.SURVEY_BYTES", 40)
    lines = Lines(_numbers(40))
    walk = Walk(Record(1, 1, lines.source, ""), CsvReader(), lines, 5)
    with Pipeline(walk, Storing(), at_once=4) as pipeline:
        read = []
        while pipeline.going and walk.progress.phase == "survey":
            pipeline.next()
            read.append(walk.progress.position)
            pipeline.fill()
        assert len(read) >= 3
        assert all(later - sooner < 60 for sooner, later in pairwise(read))


def test_what_threads_consume_is_noted_where_the_pipeline_was_opened() -> None:
    tab = Tab()
    with noting_on(tab):
        _all(Pipeline(_walk(Lines(_numbers(10))), Storing(lambda _: note(writes=1)), at_once=3))
    assert tab.writes == 5


def test_progress_belongs_to_its_slice_and_not_to_what_is_read_next() -> None:
    told = [slice.progress for slice in _all(Pipeline(_walk(Lines(_numbers(12))), Storing(), at_once=4))]
    assert len({id(progress) for progress in told}) == len(told)
    assert [progress.line for progress in told] == [4, 6, 8, 10, 12, 14, 14]
