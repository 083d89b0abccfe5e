"""Readers fed with whatever bytes: nothing but Unreadable comes out of them, and neither how the bytes are cut in
chunks nor where reading is interrupted and begun anew changes a row."""

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.core.import_reading import Progress, Row, Unreadable
from chalicelib.core.imports import Source
from chalicelib.importers.pieces import MOST_ROW_BYTES
from chalicelib.importers.registry import READERS, reader_of
from chalicelib.importers.sniffing import BOM, HEAD_BYTES
from tests.fakes.reading import split

WORDS = rb"""
" , [ ] { } : \ \u00e9 \ud800 a 1 1.5 -0 1e999 NaN Infinity true null 9999999999999999999999999 "info" "n_answers"
"source" "source-ref":"s3://bucket/a.jpg" "wrong":"why" n_answers state <html> https://x.org/
""".split()
MARKS = [*(bytes([mark]) for mark in b"\n\r \t\x00\xe9"), b"\r\n", BOM, b"\xc3\xa9", b"\xff\xfe", b"\x1f\x8b"]
ROWS = rb"""
a,b
a,n_answers
1,2
1,2,3
,,,
"open
{"a": 1}
{"info": {"a": 1}, "n_answers": 0}
{"source": "a"}
{"wrong": "why"}
[1,
""".splitlines(keepends=True)
SOME = st.sampled_from([*WORDS, *MARKS, *ROWS, b'"x\ny",3\n', b"x" * 300])
BYTES = st.binary(max_size=60) | st.lists(SOME, max_size=25).map(b"".join)
CUTS = st.lists(st.integers(0, 300), max_size=8)
STOPS = st.lists(st.integers(0, 3), max_size=12)  # so many rows are read before reading is begun anew
Outcome = tuple[list[Row], tuple[int | None, str] | None]


class Reading:
    """One object read in both passes. `cuts` are places in the object where chunks end; `stops` says after how many
    steps another handler goes on, from what the record holds."""

    def __init__(self, name: str, data: bytes, cuts: list[int], stops: list[int]) -> None:
        self._name, self._data, self._cuts = name, data, cuts
        self._stops = itertools.chain(stops, itertools.repeat(10**9))
        self._progress = Progress()
        self.rows: list[Row] = []

    def outcome(self) -> Outcome:
        try:
            while self._survey():
                self._checkpoint()
            self._progress.begin_rows()
            self._checkpoint()
            while self._read():
                self._checkpoint()
        except Unreadable as error:
            return self.rows, (error.line, str(error))
        assert self._progress.position == len(self._data)
        return self.rows, None

    def _checkpoint(self) -> None:
        self._progress = msgspec.json.decode(msgspec.json.encode(self._progress), type=Progress)

    def _chunks(self) -> Iterator[bytes]:
        start = self._progress.position
        return iter(split(self._data[start:], [cut - start for cut in self._cuts if cut > start]))

    def _survey(self) -> bool:
        """True when it was interrupted."""
        reader = reader_of(Source("bucket", self._name))
        assert reader is not None
        left = next(self._stops)
        return any(done >= left for done, _ in enumerate(reader.survey(self._chunks(), self._progress), start=1))

    def _read(self) -> bool:
        reader = reader_of(Source("bucket", self._name))
        assert reader is not None
        left = next(self._stops)
        for done, row in enumerate(reader.rows(self._chunks(), self._progress), start=1):
            self.rows.append(row)
            if done >= left:
                return True
        return False


def whole(name: str, data: bytes) -> Outcome:
    return Reading(name, data, [], []).outcome()


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=300, deadline=None)
@given(BYTES, CUTS, STOPS)
@example(b'[1,\n"open', [], [0, 1, 1, 1])
@example(b"\xef\xbb\xbfa\n\xef\xbb\xbf1\n", [1, 2, 3], [1, 1, 1])
def test_neither_chunks_nor_interruptions_change_what_is_read(
    kind: str, data: bytes, cuts: list[int], stops: list[int]
) -> None:
    assert Reading(f"t.{kind}", data, cuts, stops).outcome() == whole(f"t.{kind}", data)


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=100, deadline=None)
@given(BYTES, CUTS, STOPS)
def test_nor_does_it_matter_on_which_side_of_the_head_something_stands(
    kind: str, data: bytes, cuts: list[int], stops: list[int]
) -> None:
    """Files are judged by their first bytes; what comes behind them is rows."""
    filler = (b"a,b\n" if kind == "csv" else b"") + (b'"' + b"x" * 1017 + b'"\n') * 16
    assert HEAD_BYTES - 80 < len(filler) < HEAD_BYTES
    far = [*cuts, *(len(filler) + cut for cut in cuts)]
    name = f"t.{kind}"
    assert Reading(name, filler + data, far, [0, 0, *stops]).outcome() == whole(name, filler + data)


@pytest.mark.parametrize("kind", READERS)
def test_rows_around_the_longest_that_is_kept_are_cut_at_the_same_places(kind: str) -> None:
    for size in range(MOST_ROW_BYTES - 3, MOST_ROW_BYTES + 4):
        data = b"[" * (kind == "json") + b'"u"\n' * (kind == "csv") + b'"' + b"x" * (size - 3) + b'"\n"z"\n'
        places = [1, 7, size - 1, size, size + 1, size + 2, size + 6]
        assert Reading(f"t.{kind}", data, places, [1, 1, 1]).outcome() == whole(f"t.{kind}", data)


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=100, deadline=None)
@given(BYTES)
def test_each_row_is_a_task_or_a_reason_and_rows_and_lines_only_grow(kind: str, data: bytes) -> None:
    rows, _ = whole(f"t.{kind}", data)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all((row.new is None) == bool(row.reason) for row in rows)
    assert [row.line for row in rows] == sorted(row.line for row in rows)
