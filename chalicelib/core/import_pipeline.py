"""Slices of one import stored side by side, while its object is read on; handed on in order.

What is in flight lies behind the checkpoint: a handler that dies leaves up to `SLICES_AT_ONCE` slices stored in part,
of which the record knows nothing. The next one begins at the checkpoint, meets the rows' own tasks there and counts
them. So a slice counts as in flight until the next `fill`, which comes after its checkpoint.

Two rows with the same `info` are never in flight in two slices: the later one would be the task if its slice were
quicker, with its own priority and redundancy.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.core import consumption
from chalicelib.core.import_reading import Progress, Unreadable
from chalicelib.core.import_walk import MOST_SLICE_BYTES, Walk
from chalicelib.core.imports import RowError
from chalicelib.core.tasks import NewTask

SLICES_AT_ONCE = 4
MOST_BYTES = MOST_SLICE_BYTES  # of the object in flight, above which nothing more is begun


class Drafts(Protocol):
    """The tasks of one slice with their ids, of which nothing is stored."""

    @property
    def digests(self) -> frozenset[str]:
        """Of the tasks' `info`."""


class Batch(Protocol):
    """Makes the tasks of one import; `store.task_batches.TaskBatch` says what each method does."""

    def draft(self, rows: Sequence[tuple[int, NewTask]]) -> Drafts:
        """Drafts of (row number, task); to be called in the order of the rows."""

    def store(self, drafts: Any) -> list[bool]:
        """True for each row whose task this import made, False for duplicates. May run beside other slices' calls."""


@dataclass(frozen=True)
class Slice:
    """A slice whose tasks are stored: how many rows it has, which of those that are tasks the import made, and what is
    wrong with the others. `progress` is where it ends, `total` how many rows there are once that is known, `ended`
    tells that nothing is to follow."""

    seen: int
    made: Sequence[bool]
    errors: Sequence[RowError]
    progress: Progress
    total: int | None
    ended: bool


@dataclass(frozen=True)
class _Read:
    """A slice that was read; `size` is in bytes of the object."""

    seen: int
    errors: Sequence[RowError]
    progress: Progress
    total: int | None
    ended: bool
    size: int
    drafts: Drafts

    def stored(self, made: Sequence[bool]) -> Slice:
        return Slice(self.seen, made, self.errors, self.progress, self.total, self.ended)


class Pipeline:
    """Begins with one slice; each `fill` begins as many as may be in flight. A context manager, at whose end nothing
    runs any more. `most_slices` limits how many there are altogether."""

    def __init__(self, walk: Walk, batch: Batch, most_slices: int | None = None, at_once: int = SLICES_AT_ONCE) -> None:
        self._walk = walk
        self._batch = batch
        self._left = most_slices
        self._at_once = at_once
        self._flight: deque[tuple[_Read, Future[list[bool]]]] = deque()
        self._held: _Read | None = None  # read, and to be begun when no slice in flight has one of its tasks
        self._unreadable: Unreadable | None = None  # to be raised when all before it is done
        self._all_read = False
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="slices")

    def __enter__(self) -> "Pipeline":
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def going(self) -> bool:
        """Whether there is something to wait for."""
        return bool(self._flight) or self._unreadable is not None

    def next(self) -> Slice:
        """Wait for the oldest slice. Raises Unreadable in the place of one that could not be read, and whatever storing
        it raised."""
        if not self._flight and self._unreadable is not None:
            raise self._unreadable
        read, storing = self._flight[0]
        made = storing.result()
        self._flight.popleft()
        return read.stored(made)

    def fill(self) -> None:
        """Begin more slices. To be called when the last one that `next` gave has its checkpoint. Raises Unavailable."""
        while len(self._flight) < self._at_once and self._bytes() < MOST_BYTES and self._begin():
            pass

    def _bytes(self) -> int:
        return sum(read.size for read, _ in self._flight)

    def _begin(self) -> bool:
        """Begin the next slice, unless it has to wait; whether another one may follow at once. The first pass stops at
        each of its checkpoints: it takes seconds from one to the next."""
        read = self._held or self._read_on()
        self._held = None
        if read is None:
            return False
        if any(not read.drafts.digests.isdisjoint(other.drafts.digests) for other, _ in self._flight):
            self._held = read
            return False
        self._flight.append((read, self._pool.submit(consumption.shared(self._batch.store), read.drafts)))
        return read.seen > 0

    def _read_on(self) -> _Read | None:
        if self._all_read:
            return None
        start = self._walk.progress.position
        try:
            rows = self._walk.slice()
        except Unreadable as error:
            self._unreadable, self._all_read = error, True
            return None
        if self._left is not None:
            self._left -= 1
        self._all_read = self._walk.ended or self._left == 0
        progress = deepcopy(self._walk.progress)
        drafts = self._batch.draft([(row.number, row.new) for row in rows if row.new is not None])
        errors = [RowError(row.line, row.reason) for row in rows if row.new is None]
        size = progress.position - start
        return _Read(len(rows), errors, progress, self._walk.total, self._all_read, size, drafts)
