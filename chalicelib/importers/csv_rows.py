"""CSV files (contract importers.md §3): a first pass finds each column's type, a second one makes the tasks."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.core.import_reading import Progress, Row, Unreadable
from chalicelib.core.import_tasks import RESERVED, BadRow, check_size, new_task
from chalicelib.importers.cell_types import number_of, value_of, widen
from chalicelib.importers.csv_header import columns_of
from chalicelib.importers.csv_records import QUOTED, scan_csv
from chalicelib.importers.pieces import MOST_ROW_BYTES, Piece, pieces
from chalicelib.importers.sniffing import BOM, NotUtf8, decoded, look, refuse_foreign

BLANK = b" \t\r\n"
_JSON = re.compile(rb'\s*(?:\[\s*["{\[\]]|\{\s*["}]|[\[{]\s*$)')


class CsvReader:
    """A `core.import_reading.Reader`."""

    def __init__(self) -> None:
        csv.field_size_limit(MOST_ROW_BYTES)

    def survey(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[None]:
        if progress.position == 0:
            head, chunks = look(chunks)
            refuse_foreign(head)
        for piece in _filled(chunks, progress):
            if progress.columns:
                _learn(piece, progress)
            else:
                _read_header(piece, progress)
            yield
        _refuse_without_rows_to_read(progress)

    def rows(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[Row]:
        for piece in _filled(chunks, progress):
            progress.row += 1
            yield _row(piece, progress)


def _filled(chunks: Iterable[bytes], progress: Progress) -> Iterator[Piece]:
    """The records but for blank lines, with `progress` moved behind each."""
    for piece in pieces(chunks, scan_csv, progress.position, progress.line):
        progress.position, progress.line = piece.end, piece.next_line
        if piece.text is None or piece.text.removeprefix(BOM).strip(BLANK):
            yield piece


def _read_header(piece: Piece, progress: Progress) -> None:
    try:
        cells = _cells(piece, progress.position == piece.size)
    except BadRow as error:
        raise Unreadable(f"The header cannot be read: {error}.", piece.line) from error
    if _JSON.match((piece.text or b"").removeprefix(BOM)):
        raise Unreadable("The file is JSON and no table: its name must end in .json or .jsonl.", piece.line)
    progress.columns = columns_of(cells, piece.line)
    progress.body = (piece.end, piece.next_line)
    progress.form = "csv"


def _learn(piece: Piece, progress: Progress) -> None:
    """Take a record into account for the columns' types, unless the second pass will refuse it."""
    progress.row += 1
    try:
        cells = _cells(piece)
    except NotUtf8:
        progress.foreign = progress.foreign or piece.line
        return
    except BadRow:
        return
    if progress.plain and piece.text and not piece.text.isascii():
        progress.plain = False
    if len(cells) <= len(progress.columns):
        for column, cell in zip(progress.columns, cells, strict=False):
            widen(column, cell)


def _refuse_without_rows_to_read(progress: Progress) -> None:
    if not progress.columns:
        raise Unreadable("The file is empty.")
    if progress.foreign and progress.plain:
        raise Unreadable("The file is not UTF-8, perhaps Windows-1252 or Latin-1: save it as UTF-8.", progress.foreign)


def _cells(piece: Piece, starts_object: bool = False) -> list[str]:
    if piece.text is None:
        hint = "; perhaps a quote that was opened there is never closed" if piece.state == QUOTED else ""
        raise BadRow(f"the row takes {piece.size:,} bytes, more than a task can hold{hint}")
    if piece.state == QUOTED:
        raise BadRow("a quote is opened in this row and never closed")
    if b"\x00" in piece.text:
        raise BadRow("the row has zero bytes in it, as UTF-16 has: save the file as text in UTF-8")
    text = piece.text.removeprefix(BOM) if starts_object else piece.text
    return next(csv.reader([decoded(text)]))


def _row(piece: Piece, progress: Progress) -> Row:
    try:
        info, fields = _fields(_cells(piece), progress)
        check_size(info, piece.size + sum(len(column.name) for column in progress.columns))
        return Row(progress.row, piece.line, new_task(info, fields))
    except BadRow as error:
        return Row(progress.row, piece.line, reason=str(error))


def _fields(cells: list[str], progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row's `info` and its reserved fields; cells that a short row lacks are blank."""
    columns = progress.columns
    if len(cells) > len(columns):
        raise BadRow(f"the row has {len(cells)} cells, and the header has {len(columns)}: quote cells with commas")
    info: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for column, cell in zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True):
        if column.name not in RESERVED:
            info[column.name] = value_of(cell, column.kind)
        elif cell.strip():
            fields[column.name] = number_of(cell)
    return info, fields
