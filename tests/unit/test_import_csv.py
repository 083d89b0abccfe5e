"""CSV files as importers read them (contract importers.md §3)."""

import csv
import io
import tracemalloc
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.csv_records import QUOTED, scan_csv
from chalicelib.importers.pieces import END, MOST_ROW_BYTES, pieces
from tests.fakes.reading import infos, read, reasons, split

CELL = st.text(st.sampled_from('a1é,"\r\n \t;'), max_size=6)
CUTS = st.lists(st.integers(0, 400), max_size=12)


def _records(data: bytes, cuts: list[int]) -> list[list[str]]:
    found = [piece.text.decode() for piece in pieces(split(data, cuts), scan_csv, 0, 1) if piece.text is not None]
    return [next(csv.reader([text])) for text in found]


def _of_python(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), CUTS)
def test_a_table_is_read_as_pythons_csv_module_reads_the_whole_however_the_bytes_arrive(
    table: list[list[str]], line_end: str, cuts: list[int]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(table)
    assert _records(text.getvalue().encode(), cuts) == _of_python(text.getvalue()) == table


@given(st.text(st.sampled_from('a,"\r\n'), max_size=40), CUTS)
def test_any_text_at_all_is_cut_where_pythons_csv_module_cuts_it(text: str, cuts: list[int]) -> None:
    assert _records(text.encode(), cuts) == _of_python(text)


@given(st.text(st.sampled_from('a,"\r\n'), max_size=40), CUTS)
def test_positions_and_lines_of_records_do_not_depend_on_how_the_bytes_arrive(text: str, cuts: list[int]) -> None:
    data = text.encode()
    found = list(pieces(split(data, cuts), scan_csv, 0, 1))
    whole = list(pieces([data], scan_csv, 0, 1))
    places = [(piece.line, piece.end, piece.size) for piece in found]
    assert places == [(piece.line, piece.end, piece.size) for piece in whole]
    assert not found or found[-1].end == len(data)


@given(st.text(st.sampled_from('a,"\r\n'), max_size=40))
def test_reading_on_from_any_record_gives_the_rest(text: str) -> None:
    data = text.encode()
    whole = list(pieces([data], scan_csv, 0, 1))
    for done, piece in enumerate(whole, start=1):
        assert list(pieces([data[piece.end :]], scan_csv, piece.end, piece.next_line)) == whole[done:]


def test_a_row_too_long_to_keep_is_passed_over_and_the_next_one_read() -> None:
    long = b"x" * (MOST_ROW_BYTES + 1)
    data = b'a\n"' + long + b'\n,""\n"\nb\n'
    cut = [piece.text for piece in pieces(split(data, range(0, len(data), 65_536)), scan_csv, 0, 1)]
    assert cut == [b"a\n", None, b"b\n"]


def test_a_quote_that_is_never_closed_is_told_by_the_state_the_object_ends_in() -> None:
    states = [piece.state for piece in pieces([b'a\n"b\n'], scan_csv, 0, 1)]
    assert states == [END, QUOTED]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "007", "-3"], [1, 7, -3]),
        (["1", "2.5"], [1.0, 2.5]),
        (["1e3", ".5", "5."], [1000.0, 0.5, 5.0]),
        (["True", "FALSE", "true"], [True, False, True]),
        (["1", "x"], ["1", "x"]),
        (["True", "1"], ["True", "1"]),
        (["1", '""'], [1, ""]),
        (['""', '""'], ["", ""]),
        (["1", "NA"], ["1", "NA"]),
        (["NULL", "nan", "N/A"], ["NULL", "nan", "N/A"]),
        (["inf", "1"], ["inf", "1"]),
        (["1e999", "1"], ["1e999", "1"]),
        (["9007199254740991"], [9007199254740991]),
        (["9007199254740993"], ["9007199254740993"]),
        (["1_000"], ["1_000"]),
        (["١"], ["١"]),
        (["0x10"], ["0x10"]),
        (["2022-01-01"], ["2022-01-01"]),
        ([" 7", "8 "], [7, 8]),
        ([" a "], [" a "]),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_have(cells: list[str], values: list[Any]) -> None:
    found = [info["c"] for info in infos(read("t.csv", "\n".join(["c", *cells]).encode()))]
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_a_cell_of_a_million_digits_is_judged_at_once() -> None:
    cell = "1" * 300_000
    assert infos(read("t.csv", f"c\n{cell}x\n{cell}\n".encode())) == [{"c": f"{cell}x"}, {"c": cell}]


def test_reserved_columns_become_attributes_and_other_headers_keys_of_info() -> None:
    data = b"n_answers,priority_0,quorum,calibration,state, n_answers,priority\n5,0.5,2,1,completed,9,x\n"
    (row,) = read("t.csv", data)
    assert row.new is not None
    assert row.new.info == {" n_answers": 9, "priority": "x"}
    assert (row.new.n_answers, row.new.priority_0, row.new.quorum, row.new.calibration) == (5, 0.5, 2, 1)


def test_blank_reserved_cells_take_the_defaults() -> None:
    (row,) = read("t.csv", b"a,n_answers,priority_0\nx,,\n")
    assert row.new is not None
    assert (row.new.n_answers, row.new.priority_0) == (30, 0.0)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("n_answers", "0"),
        ("n_answers", "1001"),
        ("n_answers", "2.5"),
        ("n_answers", "many"),
        ("n_answers", "inf"),
        ("priority_0", "1.01"),
        ("priority_0", "-0.1"),
        ("priority_0", "nan"),
        ("quorum", "-1"),
        ("calibration", "x"),
    ],
)
def test_a_value_out_of_range_is_an_error_of_its_row_and_names_the_column(column: str, cell: str) -> None:
    rows = read("t.csv", f"a,{column}\n1,{cell}\n2,1\n".encode())
    assert [(row.line, row.new is None) for row in rows] == [(2, True), (3, False)]
    assert rows[0].reason.startswith(column)
    assert cell in rows[0].reason


def test_rows_that_are_wrong_name_their_line_and_the_others_are_read() -> None:
    data = b'a,b\r\n\r\n1,"x\r\ny"\r\n1,2,3\r\n   \r\n\xff,2\r\n\xc3\xa9\r\n4,"open'
    rows = read("t.csv", data)
    assert infos(rows) == [{"a": "1", "b": "x\r\ny"}, {"a": "é", "b": ""}]
    assert [line for line, _ in reasons(rows)] == [5, 7, 9]
    assert "3 cells" in reasons(rows)[0][1]
    assert "UTF-8" in reasons(rows)[1][1]
    assert "never closed" in reasons(rows)[2][1]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]


def test_a_ten_megabyte_cell_is_an_error_of_its_row_that_names_the_size() -> None:
    rows = read("t.csv", b"a\n1\n" + b"x" * 10_000_000 + b"\n3\n")
    assert infos(rows) == [{"a": 1}, {"a": 3}]
    assert reasons(rows) == [(3, "the row takes 10,000,001 bytes, more than a task can hold")]


def test_a_row_that_can_be_read_but_not_stored_names_its_size_too() -> None:
    ((line, reason),) = reasons(read("t.csv", b"a\n" + b"x" * 400_000 + b"\n"))
    assert line == 2
    assert "400,008 bytes" in reason


def test_twin_headers_are_renamed_and_never_collide() -> None:
    assert infos(read("t.csv", b"a,a,a.1,a\n1,2,3,4\n")) == [{"a": 1, "a.2": 2, "a.1": 3, "a.3": 4}]


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert infos(read("t.csv", b"\xef\xbb\xbfa\n1\n")) == [{"a": 1}]


def test_semicolons_give_one_column() -> None:
    assert infos(read("t.csv", b"a;b\n1;2\n")) == [{"a;b": "1;2"}]


def test_a_header_alone_is_no_rows_and_no_error() -> None:
    assert read("t.csv", b"a,b\n") == read("t.csv", b"a,b") == []


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "empty"),
        (b"\xef\xbb\xbf\r\n \n", None, "empty"),
        (b"\n" * 5000, None, "empty"),
        (b"a,,b\n1,2,3\n", 1, "Column 2"),
        (b'\na,""\n', 2, "Column 2"),
        (b"https://example.org/1.jpg,What?\nhttps://example.org/2.jpg,What?\n", 1, "looks like data"),
        (b"1,2.5\n3,4\n", 1, "looks like data"),
        (b"PK\x03\x04\x14\x00", None, "ZIP"),
        (b"\x1f\x8b\x08\x00", None, "gzip"),
        (b"%PDF-1.4\n", None, "PDF"),
        (b"\xff\xfea\x00,\x00b\x00\n\x00", None, "UTF-16"),
        (b"a\x00,\x00b\x00\n\x00", None, "UTF-16"),
        (b"\n<!DOCTYPE html>\n<html>", None, "web page"),
        (b"<?xml version='1.0'?>", None, "XML"),
        ("straße,b\n1,2\n".encode("latin-1"), 1, "UTF-8"),
        ("a,b\n1,2\ncafé,3\n".encode("cp1252"), 3, "UTF-8"),
        (b"h" * 2_000_000 + b"\n1\n", 1, "header"),
        (",".join(f"a_long_column_{i}" for i in range(9000)).encode(), 1, "header"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_error_that_says_what_to_change(
    data: bytes, line: int | None, words: str
) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        read("t.csv", data)
    assert caught.value.line == line


def test_a_file_in_utf_8_with_a_few_other_rows_keeps_its_good_rows() -> None:
    rows = read("t.csv", "a\ncafé\n".encode() + "thé\n".encode("latin-1"))
    assert infos(rows) == [{"a": "café"}]
    assert [line for line, _ in reasons(rows)] == [3]


def test_a_file_of_thirty_megabytes_is_read_in_a_few() -> None:
    line = b"%08d," + b"x" * 1000 + b"\n"
    chunks = (b"".join(line % (1000 * chunk + row) for row in range(1000)) for chunk in range(30))
    seen = 0
    tracemalloc.start()
    try:
        for piece in pieces(chain([b"n,x\n"], chunks), scan_csv, 0, 1):
            seen += 1
            assert piece.text is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen == 30_001
    assert peak < 6_000_000
