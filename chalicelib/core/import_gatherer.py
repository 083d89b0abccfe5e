"""One handler's gathering for one import: what its source gives is stored as parts, which are then read as one object.

A part is written under a name of its own before the record names it, so that a handler that died, or that another one
overtook, leaves parts that nobody reads; they expire (infra/resources.yaml).
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec
from msgspec.structs import replace

from chalicelib.core.import_gathering import Place
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.import_walk import Objects
from chalicelib.core.imports import Part, Record, Spool

FOLDER = "gathered"
PART_BYTES = 8 << 20
MOST_BYTES = 4 << 30  # of one import
CHECKPOINT_SECONDS = 5.0  # so that people see it grow


class Piece(msgspec.Struct, frozen=True):
    """Some of what a source gives: its bytes, how many records they hold, and where to go on behind them. `place` is
    None where nobody can: in the middle of a file that is streamed."""

    content: bytes
    place: Place | None
    records: int = 0
    total: int | None = None


class Sources(Protocol):
    """`importers.gathering` has them all."""

    def format(self, record: Record) -> str:
        """Of what is gathered: an extension that a reader knows."""

    def pieces(self, record: Record, seconds: float) -> Iterator[Piece]:
        """What the record's source gives from its place on; files within so many seconds. Raises Unreadable, TryLater,
        NotOffered."""


class Gatherer:
    """`clock` is monotonic or epoch seconds."""

    def __init__(self, sources: Sources, objects: Objects, clock: Callable[[], float]) -> None:
        self._sources = sources
        self._objects = objects
        self._clock = clock

    def checkpoints(self, record: Record, seconds: float) -> Iterator[Record]:
        """The record as it is to be stored next, again and again until there is nothing left to gather. Raises
        Unreadable, TryLater, NotOffered."""
        heap, last = _Heap(record, self._sources.format(record), self._objects), self._clock()
        for piece in self._sources.pieces(record, seconds):
            heap.add(piece)
            over = piece.place is not None and piece.place.over
            if over or self._clock() - last >= CHECKPOINT_SECONDS:
                last = self._clock()
                yield heap.behind(piece.place)


class _Heap:
    """What one handler has gathered. Pages that were asked for by the one before are not asked for again; a file is
    gathered from its beginning by each."""

    def __init__(self, record: Record, form: str, objects: Objects) -> None:
        self._record = record
        self._objects = objects
        went_on = record.place is not None and record.place.pages > 0
        kept = record.spool if went_on else None
        self._spool = kept or Spool(objects.bucket, f"{FOLDER}/{record.id}.{form}")
        self._parts = list(self._spool.parts)
        self._size = self._spool.size
        self._records = record.gathered if went_on else 0
        self._total = record.total
        self._rest = bytearray()

    def add(self, piece: Piece) -> None:
        self._rest += piece.content
        self._size += len(piece.content)
        self._records += piece.records
        self._total = piece.total or self._total
        if self._size > MOST_BYTES:
            raise Unreadable(f"The source holds more than {MOST_BYTES >> 30} GB: import it in several pieces.")
        if len(self._rest) >= PART_BYTES:
            self._flush()

    def behind(self, place: Place | None) -> Record:
        """With what can be gone on from; only how far it is where nobody can."""
        state = "gathering" if self._record.state == "waiting" else self._record.state
        told = self._record.moved(state=state, gathered=self._records, total=self._total)
        if place is not None:
            self._flush()
            spool = replace(self._spool, size=self._size, parts=tuple(self._parts))
            told = replace(told, spool=spool, place=place, message=None, tries=0)
        self._record = told
        return told

    def _flush(self) -> None:
        if self._rest:
            part = Part(f"{FOLDER}/{self._record.id}/{secrets.token_hex(16)}", len(self._rest))
            self._objects.put(part.key, bytes(self._rest))
            self._parts.append(part)
            self._rest.clear()
