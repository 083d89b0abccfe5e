"""What a history is played on: the stores, those in memory or the real ones, and what they hold at the end."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.core.deliveries import Delivery
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import TaskRun
from tests.fakes.heart import Heart
from tests.fakes.memory import Memory, memory_heart
from tests.fakes.memory_results import MemoryResults
from tests.fakes.memory_statistics import MemoryStatistics
from tests.fakes.webhooks import MemoryDeliveries
from tests.histories.changes import Change, WatchedSheets


class Ground(Protocol):
    """One project. `results`, `deliveries` and `statistics` are the stores that the stream's function writes."""

    heart: Heart
    results: Any
    deliveries: Any
    statistics: Any

    def changes(self) -> Sequence[Change]:
        """All changes of the project's sheets up to now, in order."""

    def sheets(self) -> Mapping[int, Sheet]:
        """By task."""

    def runs(self) -> Sequence[TaskRun]: ...

    def versions(self) -> Sequence[Result]: ...

    def messages(self) -> Sequence[Delivery]: ...


class MemoryGround:
    """All in memory. `now` orders the changes."""

    def __init__(self, scheduler: str, now: Callable[[], float]) -> None:
        self.memory = Memory()
        self.heart = memory_heart(scheduler, self.memory)
        self._watched = WatchedSheets(self.memory, now)
        self.results: Any = MemoryResults(self.memory)
        self.deliveries: Any = MemoryDeliveries()
        self.statistics: Any = MemoryStatistics()

    def changes(self) -> Sequence[Change]:
        return self._watched.changes

    def sheets(self) -> Mapping[int, Sheet]:
        return {sheet.task: sheet for sheet in self.memory.sheets.values()}

    def runs(self) -> Sequence[TaskRun]:
        return sorted(self.memory.runs.values(), key=lambda run: run.id)

    def versions(self) -> Sequence[Result]:
        return [one for one in self.memory.results.values() if one.id]

    def messages(self) -> Sequence[Delivery]:
        return list(self.deliveries.kept.values())
