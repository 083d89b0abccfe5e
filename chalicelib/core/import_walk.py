"""One handler's walk through one object: from slice to slice, each a fixed stretch of it.

Where a slice ends depends on where it starts and on nothing else (never on the time), so that every handler that
starts there stores the same rows and counts the same.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Protocol

from chalicelib.core.import_reading import Progress, Reader, Row
from chalicelib.core.imports import Record, Source

MOST_SLICE_BYTES = 4 << 20  # of the object, so that a slice of large rows fits in memory
SURVEY_BYTES = 64 << 20  # between two checkpoints of the first pass, which writes nothing


class Objects(Protocol):
    @property
    def bucket(self) -> str:
        """Where what is kept is put."""

    def put(self, key: str, content: bytes) -> None: ...

    def measured(self, source: Source) -> Source:
        """The source with its size and entity tag. Raises Unreadable when the object is gone."""

    def chunks(self, source: Source, position: int) -> Iterator[bytes]:
        """The object's bytes from `position` on. Raises Unreadable when it is gone."""


class Walk:
    """Reads on from the checkpoint of `record`. `progress` is where the last slice ended, `total` how many rows the
    first pass found."""

    def __init__(self, record: Record, reader: Reader, objects: Objects, most_rows: int) -> None:
        self.progress: Progress = deepcopy(record.progress)
        self.total = record.total
        self.ended = False
        self._source = record.read
        self._reader = reader
        self._objects = objects
        self._most_rows = most_rows
        self._rows: Iterator[Row] | None = None

    def slice(self) -> list[Row]:
        """The next rows, none as long as the first pass goes on; `ended` is set when they are the last. Raises
        Unreadable."""
        if self.progress.phase == "survey":
            self._survey()
            return []
        self._rows = self._rows or self._reader.rows(self._chunks(), self.progress)
        rows: list[Row] = []
        start = self.progress.position
        for row in self._rows:
            rows.append(row)
            if len(rows) >= self._most_rows or self.progress.position - start >= MOST_SLICE_BYTES:
                return rows
        self.ended = True
        return rows

    def _survey(self) -> None:
        """Go on with the first pass to its end, or until it is time for a checkpoint."""
        start = self.progress.position
        for _ in self._reader.survey(self._chunks(), self.progress):
            if self.progress.position - start >= SURVEY_BYTES:
                return
        self.total = self.progress.row or self.total
        self.progress.begin_rows()

    def _chunks(self) -> Iterator[bytes]:
        return self._objects.chunks(self._source, self.progress.position)
