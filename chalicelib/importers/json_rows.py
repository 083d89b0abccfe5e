"""JSON files: an array, or one value per line; each a task object (with `info`) or a bare `info`."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from chalicelib.core.import_reading import Progress, Row, Unreadable
from chalicelib.core.import_tasks import RESERVED, BadRow, check_depth, check_size, new_task
from chalicelib.importers.json_records import scan_element, scan_line
from chalicelib.importers.pieces import END, Piece, count_lines, pieces
from chalicelib.importers.sniffing import BOM, HEAD_BYTES, decoded, look, refuse_foreign

BLANK = b" \t\r\n"
ARRAY, LINES = "array", "lines"
VALUE = re.compile(rb'[\[{"0-9-]|null|true|false|NaN|Infinity')
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_KEPT = range(-(2**63), 2**64)  # beyond, orjson reads whole numbers as decimals, and different ones become equal
# What the API shows of a task beside what a caller may set: an export can be imported again.
SHOWN_FIELDS = frozenset(
    {"id", "project_id", "created", "links", "link", "fav_user_ids", "exported", "gold_answers", "last_activity"}
)
TASK_FIELDS = RESERVED | {"info"}
Divide = Callable[[Any], tuple[Any, dict[str, Any]]]


@dataclass(frozen=True)
class _Element:
    """What stands between two separators, without white space around it; `content` is None when it is too long."""

    line: int
    size: int
    content: bytes | None
    behind: bool = False  # behind the array's closing bracket


class JsonReader:
    """A `core.import_reading.Reader`. `strict_lines`: the name says that there is one value per line. `divide` gives
    `info` and reserved fields of a value, or raises BadRow."""

    def __init__(self, strict_lines: bool, divide: Divide | None = None) -> None:
        self._strict_lines = strict_lines
        self._divide = divide or divided

    def survey(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[None]:
        head, _ = look(chunks)
        refuse_foreign(head)
        before, first, whole = _first_line(head)
        line = 1 + count_lines(before)
        progress.form, progress.body = LINES, (0, 1)
        if not first:
            raise Unreadable(f"The file begins with more than {HEAD_BYTES:,} blanks: remove them.")
        if first.startswith(b"[") and not (self._strict_lines and whole and _is_json(first)):
            progress.form, progress.body = ARRAY, (len(before) + 1, line)
        elif not VALUE.match(first):
            raise Unreadable("The file is not JSON: is it a table? Then its name must end in .csv.", line)
        elif whole and not self._strict_lines and first.startswith(b"{") and not first.endswith(b"}"):
            reason = "The file is neither an array nor one task per line: put the tasks between [ and ], with commas."
            raise Unreadable(reason, line)
        yield from ()

    def rows(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[Row]:
        for element in _elements(chunks, progress) if progress.form == ARRAY else _lines(chunks, progress):
            progress.row += 1
            yield _row(progress.row, element, self._divide)
        if progress.form == ARRAY and not progress.closed:
            progress.closed, progress.row = True, progress.row + 1
            reason = "the file ends before the array does: the closing ] is missing"
            yield Row(progress.row, progress.line, reason=reason)


def _first_line(head: bytes) -> tuple[bytes, bytes, bool]:
    """What is blank before the first line, the line, and whether that is all of it."""
    text = head.removeprefix(BOM)
    content = text.lstrip(BLANK)
    before = head[: len(head) - len(content)]
    first, newline, _ = content.partition(b"\n")
    return before, first.rstrip(BLANK), bool(newline) or len(head) < HEAD_BYTES


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def _lines(chunks: Iterable[bytes], progress: Progress) -> Iterator[_Element]:
    for piece in pieces(chunks, scan_line, progress.position, progress.line):
        progress.position, progress.line = piece.end, piece.next_line
        content = piece.text and piece.text.removeprefix(BOM if piece.line == 1 else b"").strip(BLANK)
        if content != b"":
            yield _Element(piece.line, piece.size, content)


def _elements(chunks: Iterable[bytes], progress: Progress) -> Iterator[_Element]:
    """The elements, and whatever stands behind the array."""
    for piece in pieces(chunks, scan_element, progress.position, progress.line):
        progress.position, progress.line = piece.end, piece.next_line
        behind, ends = progress.closed, piece.state == END
        progress.closed = behind or (ends and piece.last == b"]")
        content = piece.text and (piece.text[:-1] if ends and not behind else piece.text).strip(BLANK)
        if content != b"" or (ends and not progress.closed):
            yield _Element(_line_of(piece), piece.size, content, behind)


def _line_of(piece: Piece) -> int:
    text = piece.text or b""
    return piece.line + count_lines(text[: len(text) - len(text.lstrip(BLANK))])


def _row(number: int, element: _Element, divide: Divide) -> Row:
    try:
        value = _parsed(element)
        check_depth(value)
        if element.content and _LONG_NUMBER.search(element.content):
            json.loads(element.content, parse_int=_refuse_wide)
        info, fields = divide(value)
        check_size(info, element.size)
        return Row(number, element.line, new_task(info, fields))
    except BadRow as error:
        return Row(number, element.line, reason=str(error))


def _parsed(element: _Element) -> Any:
    if element.behind:
        raise BadRow("something stands behind the array's closing ]")
    if element.content is None:
        raise BadRow(f"the row takes {element.size:,} bytes, more than a task can hold")
    try:
        return orjson.loads(element.content)
    except orjson.JSONDecodeError as error:
        decoded(element.content)
        strange = b"NaN" in element.content or b"Infinity" in element.content
        hint = "; NaN and Infinity are not JSON" if strange else ""
        raise BadRow(f"not JSON: {error.msg}, at character {error.pos + 1} of the row{hint}") from error


def _refuse_wide(digits: str) -> None:
    if len(digits) > 20 or int(digits) not in _KEPT:
        raise BadRow(f"the number {digits[:20]}… is too long to be kept exactly: write it as text, in quotes")


def divided(value: Any) -> tuple[Any, dict[str, Any]]:
    """A task object's `info` and reserved fields; anything else is `info` itself."""
    if not isinstance(value, dict) or "info" not in value:
        return value, {}
    unknown = value.keys() - TASK_FIELDS - SHOWN_FIELDS
    if unknown:
        raise BadRow(f"a task has no field {min(unknown)!r}: put it into info")
    return value["info"], {name: value[name] for name in RESERVED & value.keys() if value[name] is not None}
