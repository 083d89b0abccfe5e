"""Workbooks, made with openpyxl and by hand, as lines of a spool."""

import contextlib
import io
import tracemalloc
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.import_reading import Row, Unreadable
from chalicelib.importers import xlsx_lines
from chalicelib.importers.xlsx_lines import lines_of_workbook
from tests.fakes.reading import infos, read, reasons


def workbook(*rows: Iterable[Any]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> io.BytesIO:
    file = io.BytesIO()
    book.save(file)
    return file


def imported(file: io.BytesIO) -> list[Row]:
    return read("sheet.spool", b"".join(lines_of_workbook(file)))


def test_cells_keep_their_types_and_dates_become_text():
    moments = [date(2026, 11, 23), datetime(2026, 11, 23, 1, 2, 3), time(4, 5), timedelta(hours=30)]
    (info,) = infos(imported(workbook("abcdefghi", ["b", 1, 1.5, True, *moments, None])))
    values = ["b", 1, 1.5, True, "2026-11-23", "2026-11-23T01:02:03", "04:05:00", "1 day, 6:00:00", ""]
    assert list(info.values()) == values
    assert list(info) == list("abcdefghi")


def test_reserved_columns_set_the_task_s_attributes_and_blank_ones_nothing():
    rows = imported(workbook(["u", "n_answers", "priority_0", "state"], ["a", 3, 0.5, "completed"], ["b", None, None]))
    assert [(row.new.info, row.new.n_answers, row.new.priority_0) for row in rows if row.new] == [
        ({"u": "a"}, 3, 0.5),
        ({"u": "b"}, 30, 0.0),
    ]


def test_a_bad_row_is_told_by_its_number_in_the_sheet_and_the_others_are_imported():
    rows = imported(
        workbook([], ["u", "n_answers"], ["a", 1], [], [], ["b", 0], ["c", 1, "x"], ["#REF!", 1], [float("1e300"), 1])
    )
    assert infos(rows) == [{"u": "a"}, {"u": 1e300}]
    assert [line for line, _ in reasons(rows)] == [6, 7, 8]
    words = ["n_answers", "3 cells", "#REF!"]
    assert all(word in reason for word, (_, reason) in zip(words, reasons(rows), strict=True))


def test_blank_cells_at_the_end_of_rows_and_blank_rows_at_the_end_do_not_count():
    rows = imported(workbook(["u", None, None], ["a", None, ""], [None], [None, None]))
    assert infos(rows) == [{"u": "a"}]
    assert reasons(rows) == []


def test_a_sheet_with_headers_only_is_nothing_and_no_error():
    assert imported(workbook(["a", "b"])) == []


def test_twin_headers_are_told_apart_and_numbers_may_be_headers():
    (info,) = infos(imported(workbook(["a", "a", 7], [1, 2, 3])))
    assert info == {"a": 1, "a.1": 2, "7": 3}


def test_the_first_sheet_that_is_not_hidden_counts():
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("seen").append(["u"])
    book.worksheets[1].append(["x"])
    assert infos(imported(saved(book))) == [{"u": "x"}]


def test_formulas_give_their_last_result_and_none_is_blank():
    book = openpyxl.Workbook()
    book.active.append(["u", "sum"])
    book.active.append(["a", "=1+1"])
    assert infos(imported(saved(book))) == [{"u": "a", "sum": ""}]


def with_sheet(xml: bytes, shared: bytes = b"", shared_at: str = "xl/sharedStrings.xml") -> io.BytesIO:
    """A workbook whose sheet is written by hand, and whose texts stand in a part of their own as Excel has it."""
    source, file = zipfile.ZipFile(workbook(["a"])), io.BytesIO()
    override = f'<Override PartName="/{shared_at}" ContentType="{SHARED_TYPE}"/></Types>'.encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = xml if name == "xl/worksheets/sheet1.xml" else source.read(name)
            target.writestr(name, content.replace(b"</Types>", override) if shared else content)
        target.writestr(shared_at, shared)
    return file


SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
SHARED = f'<sst xmlns="{SPACE}"><si><t>one</t></si><si><r><t>tw</t></r><r><t>o</t></r></si></sst>'.encode()
TEXTS = '<row r="2"><c r="A2" t="s"><v>0</v></c></row><row r="3"><c r="A3" t="s"><v>1</v></c></row>'
SHEET = f'<worksheet xmlns="{SPACE}"><sheetData>%s</sheetData></worksheet>'
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>u</t></is></c></row>'


def sheet(rows: str) -> bytes:
    return (SHEET % (HEADER + rows)).encode()


def test_numbers_that_browsers_would_change_stay_text():
    rows = imported(with_sheet(sheet('<row r="2"><c r="A2"><v>12345678901234567890</v></c></row>')))
    rows += imported(with_sheet(sheet('<row r="2"><c r="A2"><v>1e999</v></c></row>')))
    assert infos(rows) == [{"u": "12345678901234567890"}, {"u": "inf"}]


@pytest.mark.parametrize("size", [b"A1:XFD1048576", b"A1:A1", b"A1"])
def test_what_a_sheet_says_of_its_size_is_not_believed(size):
    xml = sheet('<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c><c r="B3"><v>3</v></c></row>')
    rows = imported(with_sheet(xml.replace(b"<sheetData>", b'<dimension ref="%s"/><sheetData>' % size)))
    assert infos(rows) == [{"u": 1}]
    assert [line for line, _ in reasons(rows)] == [3]


def test_a_sheet_with_more_rows_than_excel_has_is_refused_and_does_not_run_for_ever():
    with pytest.raises(Unreadable, match="more than 1,048,576 rows"):
        imported(with_sheet(sheet('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')))


def test_entities_that_multiply_are_refused():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 1000}">' for n in range(9))
    xml = f"<!DOCTYPE x [{entities}]>".encode() + sheet(
        '<row r="2"><c r="A2" t="inlineStr"><is><t>&e8;</t></is></c></row>'
    )
    tracemalloc.start()
    with pytest.raises(Unreadable, match="cannot be read"):
        imported(with_sheet(xml))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_workbook_that_unpacks_to_more_than_we_read_is_refused_before_it_is_unpacked(name, monkeypatch):
    monkeypatch.setattr(xlsx_lines, "MOST_SHEET_BYTES", 1 << 20)
    monkeypatch.setattr(xlsx_lines, "MOST_OTHER_BYTES", 1 << 20)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(2 << 20))
    with pytest.raises(Unreadable, match="too large"):
        imported(file)


def test_texts_that_stand_in_a_part_of_their_own_are_read():
    assert infos(imported(with_sheet(sheet(TEXTS), SHARED))) == [{"u": "one"}, {"u": "two"}]


def test_a_text_that_is_not_there_refuses_the_workbook():
    with pytest.raises(Unreadable, match="cannot be read"):
        imported(with_sheet(sheet(TEXTS), SHARED.replace(b"<si><t>one</t></si>", b"")))


def test_nothing_but_a_sheet_may_stand_in_a_sheet_s_place():
    with pytest.raises(Unreadable, match="in a sheet's place"):
        imported(with_sheet(sheet(TEXTS), SHARED, "xl/worksheets/texts.xml"))


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>"])
def test_what_is_no_workbook_is_refused(data):
    with pytest.raises(Unreadable, match=r"save it anew as \.xlsx"):
        imported(io.BytesIO(data))


def test_an_empty_sheet_is_refused_and_so_is_a_column_without_header():
    with pytest.raises(Unreadable, match="empty"):
        imported(workbook())
    with pytest.raises(Unreadable, match="Column 1 has no name"):
        imported(workbook([None, "b"], [1, 2]))


DAYS = workbook(["u", "n", "day"], *([f"text {n}", n, date(2026, 11, 23)] for n in range(30))).getvalue()
TEXTS_APART = with_sheet(sheet(TEXTS), SHARED).getvalue()
PARTS = [
    (whole, name)
    for whole in (DAYS, TEXTS_APART)
    for name in zipfile.ZipFile(io.BytesIO(whole)).namelist()
    if "theme" not in name
]
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6) | st.sampled_from([b'"', b"<", b"-1", b"s"])))


def damaged(whole: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """With some bytes replaced by more or fewer."""
    data = bytearray(whole)
    for place, replacement in changes:
        start = place % (len(data) + 1)
        data[start : start + max(1, len(replacement))] = replacement
    return bytes(data)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([DAYS, TEXTS_APART]), CHANGES)
def test_a_damaged_archive_is_read_or_refused_and_never_a_crash(whole, changes):
    with contextlib.suppress(Unreadable):
        b"".join(lines_of_workbook(io.BytesIO(damaged(whole, changes))))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PARTS), CHANGES)
def test_a_damaged_part_of_the_archive_is_read_or_refused_and_never_a_crash(part, changes):
    source, file = zipfile.ZipFile(io.BytesIO(part[0])), io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, damaged(content, changes) if name == part[1] else content)
    with contextlib.suppress(Unreadable):
        b"".join(lines_of_workbook(file))


def test_memory_does_not_grow_with_the_number_of_rows():
    def peak(rows: int) -> int:
        book = openpyxl.Workbook(write_only=True)
        book.create_sheet().append(["n"])
        for n in range(rows):
            book.worksheets[0].append([n])
        file = saved(book)
        for _ in lines_of_workbook(workbook(["n"])):  # what is imported once
            pass
        tracemalloc.start()
        for _ in lines_of_workbook(file):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(6000) < peak(2000) + (1 << 20)
