"""An index that lags: each entry shows what is there now or what was there before, on its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.core.queueing import Entry
from tests.histories.chance import Chance

CATCHES_UP = 0.3  # how often, when it is read, the whole of it becomes what was there at the time
PAGE = 40


class LaggingQueue:
    """Before any queue. An entry that moved may be seen twice, at neither place, or at its old place only; one that
    came may be missing, one that went may still be there."""

    def __init__(self, queue: Any, chance: Chance, stale: float = 0.5) -> None:
        self._queue = queue
        self._chance = chance
        self.stale = stale
        self._before: dict[str, dict[str, Entry]] = {}

    def near(self, queue: str, least: int = 0, after: str | None = None) -> Sequence[Entry]:
        return next(self.pages(queue, after=after, size=max(PAGE, least)), [])

    def pages(
        self,
        queue: str,
        after: str | None = None,
        until: str | None = None,
        size: int = 0,
        backwards: bool = False,
    ) -> Iterator[Sequence[Entry]]:
        seen = sorted(self._seen(queue), key=lambda one: one.qk, reverse=backwards)
        shown = [one for one in seen if (after or "") < one.qk and (not until or one.qk <= until)]
        step = size or PAGE
        yield from (shown[start : start + step] for start in range(0, len(shown), step))

    def learned(self, entry: Entry, ready: int | None) -> None:
        self._queue.learned(entry, ready)

    def _seen(self, queue: str) -> Iterator[Entry]:
        now = {one.sheet: replace(one) for page in self._queue.pages(queue) for one in page}
        before = self._before.setdefault(queue, now)
        for sheet in sorted({*now, *before}):
            states = [now.get(sheet)] if not self._chance.happens(self.stale) else self._mixed(now, before, sheet)
            yield from (one for one in states if one is not None)
        if self._chance.happens(CATCHES_UP):
            self._before[queue] = now

    def _mixed(self, now: dict[str, Entry], before: dict[str, Entry], sheet: str) -> list[Entry | None]:
        old, new = before.get(sheet), now.get(sheet)
        moved = old is not None and new is not None and old.qk != new.qk
        if moved and self._chance.happens(0.3):
            return self._chance.choice([[], [old, new]])
        return [old]
