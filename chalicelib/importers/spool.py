"""What is gathered from a source: lines of JSON, each a task object, a reason why there is no task, or nothing.

The lines keep their numbers: in a gathered workbook, line 7 is row 7 of the sheet.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from chalicelib.core.import_gathering import Page
from chalicelib.core.import_reading import Progress
from chalicelib.core.import_tasks import BadRow
from chalicelib.importers.json_rows import LINES, JsonReader, divided

WRONG = "wrong"
BLANK_LINE = b"\n"
NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


class SpoolReader(JsonReader):
    """A `core.import_reading.Reader`. An empty spool is no error: the source has nothing, or nothing yet."""

    def __init__(self) -> None:
        super().__init__(strict_lines=True, divide=_divided)

    def survey(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[None]:
        progress.form, progress.body = LINES, (0, 1)
        yield from ()


def lines_of(page: Page) -> bytes:
    """A page of a source as lines."""
    return b"".join([*map(task_line, page.infos), *map(wrong_line, page.wrong)])


def task_line(info: Any, fields: Mapping[str, Any] = NO_FIELDS) -> bytes:
    """A task, or the reason why there is none: services send numbers and nestings that we cannot keep."""
    try:
        return orjson.dumps({"info": info, **fields}, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError as error:
        return wrong_line(f"a record cannot be kept: {error}")


def wrong_line(reason: str) -> bytes:
    return orjson.dumps({WRONG: reason}, option=orjson.OPT_APPEND_NEWLINE)


def _divided(value: Any) -> tuple[Any, dict[str, Any]]:
    if isinstance(value, dict) and value.keys() == {WRONG}:
        raise BadRow(value[WRONG])
    return divided(value)
