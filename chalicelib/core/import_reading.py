"""How an object is read, whatever its format: pass by pass and row by row, resumable between two rows."""

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import msgspec

from chalicelib.core.tasks import NewTask

Kind = Literal["blank", "whole", "decimal", "truth", "text"]


class Unreadable(Exception):
    """The object as a whole cannot be imported; the message says what to change. `line` counts from 1."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class Column(msgspec.Struct, array_like=True):
    """A CSV column: its name in `info`, and the type that all its cells have so far."""

    name: str
    kind: Kind = "blank"


class Progress(msgspec.Struct):
    """Where reading goes on, and what was learned of the object until there. Part of the import record."""

    phase: Literal["survey", "rows"] = "survey"
    position: int = 0  # byte of the object, between two rows
    line: int = 1
    row: int = 0  # rows seen in this phase
    form: str = ""  # what the survey found: how the object is divided into rows
    columns: list[Column] = []
    body: tuple[int, int] = (0, 1)  # byte and line of the first row
    plain: bool = True  # nothing but ASCII so far, apart from rows that are not UTF-8
    foreign: int | None = None  # line of the first row that is not UTF-8
    closed: bool = False  # the end of a JSON array was seen

    def begin_rows(self) -> None:
        """The survey is over: the rows pass starts behind the header."""
        self.phase, self.row = "rows", 0
        self.position, self.line = self.body


class Row(msgspec.Struct, frozen=True):
    """One row: a task to make, or the reason why not."""

    number: int  # from 1
    line: int
    new: NewTask | None = None
    reason: str = ""


class Reader(Protocol):
    """A format. Both passes bring `progress` up to date before each yield, and start from where it is."""

    def survey(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[None]:
        """First pass: learn what the rows pass needs; one yield per row. Raises Unreadable."""

    def rows(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[Row]:
        """Second pass: the rows from `progress.position` on. Raises Unreadable."""
