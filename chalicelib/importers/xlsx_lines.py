"""Excel workbooks: the first sheet that is not hidden, as lines of a spool (`importers.spool`), in constant memory.

A workbook is a ZIP archive and cannot be read on from the middle, so that it is turned into lines in one go when it is
gathered. Cells keep the types that they have in the sheet; dates become text in ISO 8601, blank cells "". Headers,
reserved columns and the numbers of lines are as in CSV.
"""

import math
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from chalicelib.core.import_reading import Column, Unreadable
from chalicelib.core.import_tasks import MOST_WHOLE, RESERVED
from chalicelib.importers.csv_header import columns_of
from chalicelib.importers.spool import BLANK_LINE, task_line, wrong_line

MOST_ROWS = 1_048_576  # Microsoft: "Excel specifications and limits"
MOST_SHEET_BYTES = 1 << 30  # unpacked; sheets are streamed
MOST_OTHER_BYTES = 48 << 20  # unpacked; the texts of all cells are kept in memory
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHEET_TYPE = ".worksheet+xml"
# What openpyxl and the standard library raise about a file that is damaged, or that somebody made to hurt.
_BROKEN = (BadZipFile, zlib.error, EOFError, SyntaxError, ArithmeticError, LookupError, TypeError, ValueError)
_BROKEN_TOO = (AttributeError, AssertionError, NotImplementedError, RecursionError, OSError)


def lines_of_workbook(file: BinaryIO) -> Iterator[bytes]:
    """Line n is row n of the sheet. `file` must be seekable. Raises Unreadable."""
    try:
        _refuse_bomb(file)
        yield from _lines(_rows(file))
    except (*_BROKEN, *_BROKEN_TOO) as error:
        told = f"{type(error).__name__}: {error}"[:200]
        raise Unreadable(f"The workbook cannot be read ({told}): save it anew as .xlsx, or export CSV.") from error


def _refuse_bomb(file: BinaryIO) -> None:
    """Sizes are what the archive claims; `zipfile` never unpacks more of a member than that. Only sheets are streamed,
    and nothing else may pretend to be one."""
    from defusedxml.ElementTree import fromstring

    with ZipFile(file) as archive:
        sheets = [member.file_size for member in archive.infolist() if _SHEET.fullmatch(member.filename)]
        others = sum(member.file_size for member in archive.infolist()) - sum(sheets)
        if max(sheets, default=0) > MOST_SHEET_BYTES or others > MOST_OTHER_BYTES:
            raise Unreadable("The workbook is too large when it is unpacked: export the sheet as CSV.")
        for part in fromstring(archive.read("[Content_Types].xml")):
            if _SHEET.fullmatch(part.get("PartName", "")[1:]) and not part.get("ContentType", "").endswith(_SHEET_TYPE):
                raise Unreadable("The workbook has something else in a sheet's place: save it anew as .xlsx.")
    file.seek(0)


def _rows(file: BinaryIO) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
    if sheet is None:
        raise Unreadable("The workbook has no sheet to read.")
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MOST_ROWS:
            raise Unreadable(f"The sheet has more than {MOST_ROWS:,} rows: export CSV.")
        yield cells


def _lines(rows: Iterator[Sequence[Any]]) -> Iterator[bytes]:
    columns: list[Column] = []
    blank = 0
    for number, cells in enumerate(rows, start=1):
        values = _trimmed(cells)
        if not values or not columns:
            columns = columns or (columns_of([str(_value(cell)) for cell in values], number) if values else [])
            blank += 1
            continue
        yield BLANK_LINE * blank + _line(values, columns)
        blank = 0
    if not columns:
        raise Unreadable("The first sheet of the workbook is empty.")


def _trimmed(cells: Sequence[Any]) -> Sequence[Any]:
    """Without the blank cells at the end, which sheets have as soon as somebody coloured a column."""
    end = len(cells)
    while end and cells[end - 1] in (None, ""):
        end -= 1
    return cells[:end]


def _line(values: Sequence[Any], columns: list[Column]) -> bytes:
    if len(values) > len(columns):
        return wrong_line(f"the row has {len(values)} cells, and the header has {len(columns)}")
    info: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for place, column in enumerate(columns):
        value = _value(values[place]) if place < len(values) else ""
        if isinstance(value, str) and value in ERRORS:
            return wrong_line(f"the column {column.name!r} holds the error {value}: correct the formula")
        if column.name not in RESERVED:
            info[column.name] = value
        elif value != "":
            fields[column.name] = value
    return task_line(info, fields)


def _value(cell: Any) -> Any:
    """As JSON has it; numbers that browsers would change stay text, as in CSV."""
    if cell is None or isinstance(cell, str | bool):
        return "" if cell is None else cell
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta) or not math.isfinite(cell) or (isinstance(cell, int) and abs(cell) > MOST_WHOLE):
        return str(cell)
    return cell
