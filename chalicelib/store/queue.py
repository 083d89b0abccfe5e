"""Open tasks in queue order: a sparse index over the sheets. It proposes, the sheet decides; real indexes lag."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.queueing import Entry
from chalicelib.store.tables import SheetItem

PAGE = 40  # entries; about 4 KB, half a read unit


@dataclass
class _Head:
    """The first entries of a queue, `whole` if these are all."""

    since: float
    entries: list[Entry]
    whole: bool

    def serves(self, least: int, after: float) -> bool:
        return self.since > after and (self.whole or len(self.entries) >= least)


class QueueStore:
    """The queues of all projects. A container remembers the head of each for `remember_seconds`."""

    def __init__(self, remember_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._remember_seconds = remember_seconds
        self._clock = clock
        self._heads: dict[str, _Head] = {}
        self._lock = threading.Lock()

    def head(self, queue: str, least: int = 0) -> Sequence[Entry]:
        """The first entries, `least` or more if there are so many, up to `remember_seconds` old."""
        with self._lock:
            head = self._heads.get(queue)
            if head is not None and head.serves(least, self._clock() - self._remember_seconds):
                return list(head.entries)
        size = max(1, -(-least // PAGE)) * PAGE  # whole pages: a busy volunteer soon wants a little more
        fresh = next(self.pages(queue, size=size), [])
        with self._lock:
            self._heads[queue] = _Head(self._clock(), list(fresh), whole=len(fresh) < size)
        return fresh

    def pages(
        self,
        queue: str,
        after: str | None = None,
        until: str | None = None,
        size: int = 0,
        backwards: bool = False,
    ) -> Iterator[Sequence[Entry]]:
        """Fresh pages in order, or from the end, after key `after` and up to key `until`."""
        last = None
        place = _between(after, until)
        table = SheetItem._get_connection()
        while True:
            found = table.query(
                queue,
                range_key_condition=place,
                index_name=SheetItem.queue.Meta.index_name,
                limit=size or PAGE,
                exclusive_start_key=last,
                scan_index_forward=not backwards,
            )
            page = [_entry(queue, item) for item in found["Items"]]
            if page:
                yield page
            last = found.get("LastEvaluatedKey")
            if last is None:
                return

    def learned(self, entry: Entry, ready: int | None) -> None:
        """A sheet said when this entry may have a seat; None takes it out of the remembered head."""
        with self._lock:
            head = self._heads.get(entry.open)
            for place, other in enumerate(head.entries if head is not None else ()):
                if other.sheet == entry.sheet:
                    other.ready = ready or 0
                    if ready is None and head is not None:
                        del head.entries[place]
                    return


def _entry(queue: str, item: Mapping[str, Any]) -> Entry:
    """From a raw item: building a model for each of 40 entries would take longer than reading them."""
    ready = int(item["ready"]["N"]) if "ready" in item else 0
    return Entry(queue, item["qk"]["S"], item["key"]["S"], ready)


def _between(after: str | None, until: str | None) -> Condition | None:
    if after and until:
        return SheetItem.qk.between(after + "\x00", until)
    if after:
        return SheetItem.qk > after
    return SheetItem.qk <= until if until else None
