"""The stream as Lambda reads it: each shard in order, in batches of any size, again from the first record that failed,
again as a whole when the handler died or its answer was lost; shards at their own pace, by two readers at once."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from chalicelib.core.completions import Completions
from chalicelib.core.statistics import Statistics
from chalicelib.triggers import sheets as trigger
from chalicelib.webhooks.outbox import Outbox
from tests.fakes.stream import Record, number_of, record
from tests.fakes.webhooks import MemoryHook
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance
from tests.histories.changes import Change
from tests.histories.ground import Ground

SHARDS = 2
LARGEST = 8  # records in a batch
AGAIN = 0.15
STRAY = 0.15
SILENT = logging.getLogger("tests.histories.delivery")
SILENT.disabled = True


class Killed(BaseException):
    """The function's process ended; unlike an error, no record of the batch is reported."""


def fold(store: Any) -> Statistics:
    """The statistics of a fresh container."""
    return Statistics(store, lambda project: 0.0, time.monotonic)


class Handler:
    """The stream's function, in a container of its own. `sent` are the messages it queued."""

    def __init__(self, ground: Ground, breakage: Breakage) -> None:
        heart = ground.heart
        self.hook, self.sent = MemoryHook(heart.project), list[Mapping[str, Any]]()
        edge = breakage.around
        self.outbox = Outbox(self.hook, edge(ground.deliveries), self.sent.append, heart.clock)
        self.completions = Completions(
            edge(ground.results), self.outbox, heart.tasks, heart.sheets, heart.identifiers.next, heart.clock
        )
        self.statistics = fold(edge(ground.statistics))
        self._app = SimpleNamespace(services=self, log=SILENT)

    def __call__(self, batch: Sequence[Record]) -> list[str]:
        """The numbers of the records that failed."""
        trigger.blueprint._current_app = self._app  # type: ignore[assignment]  # as Lambda, it begins one batch at a time
        reported = trigger.sheet_changed({"Records": list(batch)}, None)
        return [one["itemIdentifier"] for one in reported["batchItemFailures"]]


class Shard:
    """The changes of some sheets as records; grows while it is read."""

    def __init__(self, ground: Ground, number: int) -> None:
        self._ground = ground
        self._number = number
        self._seen = 0
        self._sheets: list[str] = []
        self.records: list[Record] = []

    def refresh(self) -> None:
        changes = self._ground.changes()
        new, self._seen = changes[self._seen :], len(changes)
        self.records += [record(one.old, one.new) for one in new if self._holds(one)]

    def _holds(self, change: Change) -> bool:
        if change.key not in self._sheets:
            self._sheets.append(change.key)
        return self._sheets.index(change.key) % SHARDS == self._number


class Reader:
    """One event source mapping. A batch whose handler succeeded may come again, and an old record alone, late: unless
    its sheet was removed meanwhile, as nothing would clean up after it then."""

    def __init__(self, shard: Shard, handler: Callable[[Sequence[Record]], list[str]], chance: Chance) -> None:
        self._shard = shard
        self._handler = handler
        self._chance = chance
        self._position = 0

    @property
    def done(self) -> bool:
        if self._position == len(self._shard.records):
            self._shard.refresh()
        return self._position == len(self._shard.records)

    def read(self) -> None:
        """Have one batch handled."""
        if self.done:
            return
        size = self._chance.randint(1, LARGEST)
        batch = self._shard.records[self._position : self._position + size]
        try:
            failed = self._handler(batch)
        except Killed:
            return
        if self._chance.happens(STRAY):
            self._stray()
        if self._chance.happens(AGAIN):  # as if nothing had been heard of it; sometimes from farther back
            self._position = max(0, self._position - self._chance.randint(0, LARGEST))
            return
        numbers = [number_of(one) for one in batch]
        self._position += min((numbers.index(number) for number in failed), default=len(batch))

    def _stray(self) -> None:
        """Whatever comes of it, it was handled before."""
        records = self._shard.records
        old = self._chance.choice(records[: self._position] or records[:1])
        key = old["dynamodb"]["Keys"]
        if not any(one["eventName"] == "REMOVE" and one["dynamodb"]["Keys"] == key for one in records):
            with suppress(Killed):
                self._handler([old])
