"""Open tasks in queue order: a sparse index over the sheets. It proposes, the sheet decides; real indexes lag."""

import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.queueing import Entry
from chalicelib.store.tables import SheetItem

PAGE = 40  # entries; about 4 KB, half a read unit
MOST_STRETCHES = 16  # of one queue


@dataclass
class _Stretch:
    """Entries that follow each other, after key `start`; `whole` if none come after them."""

    since: float
    start: str
    entries: list[Entry]
    whole: bool

    def beyond(self, key: str) -> list[Entry]:
        return self.entries[bisect_right(self.entries, key, key=_place) :]

    def serves(self, key: str, least: int) -> bool:
        return self.start <= key and (self.whole or len(self.beyond(key)) >= least)

    def learn(self, entry: Entry, ready: int | None) -> None:
        place = bisect_left(self.entries, entry.qk, key=_place)
        if place == len(self.entries) or self.entries[place].qk != entry.qk:
            return
        if ready is None:
            del self.entries[place]
        else:
            self.entries[place].ready = ready


class QueueStore:
    """The queues of all projects. Of each, a container remembers for `remember_seconds` the stretches where volunteers
    are: the head, and what lies around the fronts of those who have answered much."""

    def __init__(self, remember_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._remember_seconds = remember_seconds
        self._clock = clock
        self._stretches: dict[str, list[_Stretch]] = {}
        self._lock = threading.Lock()

    def near(self, queue: str, least: int = 0, after: str | None = None) -> Sequence[Entry]:
        """The first entries after key `after`, `least` or more if there are so many, up to `remember_seconds` old."""
        start = after or ""
        with self._lock:
            for stretch in self._young(queue):
                if stretch.serves(start, least):
                    return stretch.beyond(start)
        size = max(1, -(-least // PAGE)) * PAGE  # whole pages: a busy volunteer soon wants a little more
        fresh = list(next(self.pages(queue, after=after, size=size), []))
        with self._lock:
            newest = _Stretch(self._clock(), start, fresh, whole=len(fresh) < size)
            self._stretches[queue] = [newest, *self._young(queue)][:MOST_STRETCHES]
        return list(fresh)

    def _young(self, queue: str) -> list[_Stretch]:
        """The stretches that may still be used, newest first."""
        oldest = self._clock() - self._remember_seconds
        return [one for one in self._stretches.get(queue, ()) if one.since > oldest]

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
        """A sheet said when this entry may have a seat; None takes it out of what is remembered."""
        with self._lock:
            for stretch in self._stretches.get(entry.open, ()):
                stretch.learn(entry, ready)


def _entry(queue: str, item: Mapping[str, Any]) -> Entry:
    """From a raw item: building a model for each of 40 entries would take longer than reading them."""
    ready = int(item["ready"]["N"]) if "ready" in item else 0
    return Entry(queue, item["qk"]["S"], item["key"]["S"], ready)


def _place(entry: Entry) -> str:
    return entry.qk


def _between(after: str | None, until: str | None) -> Condition | None:
    if after and until:
        return SheetItem.qk.between(after + "\x00", until)
    if after:
        return SheetItem.qk > after
    return SheetItem.qk <= until if until else None
