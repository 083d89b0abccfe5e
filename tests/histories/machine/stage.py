"""What the rules of the machine of single steps share: the stores in memory, who is told what, and what breaks."""

import itertools
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import NewTask, Task
from tests.fakes.heart import key_of
from tests.fakes.memory_batches import MemoryBatch
from tests.histories.clients import Project
from tests.histories.ground import MemoryGround
from tests.histories.journal import Journal, Step
from tests.reliability.faults import Crash

VOLUNTEERS = st.sampled_from(["ann", "bob", "cid", "dot"])
TASKS = st.integers(0, 5)
PRIORITIES = st.sampled_from([0.0, 0.5, 1.0])
SCHEDULERS = st.sampled_from(["default", "breadth_first", "depth_first_all"])


class Breakable:
    """Passes everything on; when told to, dies before or after the next call of one method."""

    def __init__(self, real: Any, method: str) -> None:
        self._real = real
        self._method = method
        self.dies: str | None = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return real if name != self._method else lambda *given: self._call(real, given)

    def _call(self, real: Any, given: tuple[Any, ...]) -> Any:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise Crash
        outcome = real(*given)
        if dies == "after":
            raise Crash
        return outcome


class Stage(RuleBasedStateMachine):
    """One project. `rows` were imported; `tasks` are those that the rules draw from."""

    def open(self, scheduler: str, redundancies: Iterable[int], priorities: list[float]) -> None:
        ticks = itertools.count()
        self.journal = Journal(lambda: next(ticks))
        self.ground = MemoryGround(scheduler, lambda: next(ticks))
        self.heart = self.ground.heart
        self.project = Project(self.heart, scheduler, [])
        self.rows: set[int] = set()
        self.tasks: list[Task] = []
        for place, n in enumerate(redundancies):
            self.tasks += self.heart.add(1, n, lambda _, place=place: priorities[place])  # type: ignore[misc]
        self.breakable = {
            "move": Breakable(self.heart.sheets, "move"),
            "remember": Breakable(self.heart.participations, "remember"),
            "record": Breakable(self.heart.answers, "record"),
        }
        self.heart.sheets = self.breakable["move"]
        self.heart.participations = self.breakable["remember"]
        self.heart.answers = self.breakable["record"]

    def mend(self) -> None:
        """Nothing breaks any more."""
        for one in self.breakable.values():
            one.dies = None

    def sheets(self) -> list[Sheet]:
        return list(self.ground.sheets().values())

    def task(self, place: int) -> Task:
        return self.tasks[place % len(self.tasks)]

    def told(self, who: str, what: str, **asked: Any) -> AbstractContextManager[dict[str, Any]]:
        """A volunteer's step in the journal, under the rules as they are now."""
        return self.journal.step(who, what, who=key_of(who), beyond=self.heart.at_least, **asked)

    @property
    def last(self) -> Step:
        return self.journal.steps[-1]

    def import_again(self, rows: Iterable[int], fault: Callable[[], None]) -> None:
        """`fault` is called before each write."""
        batch = MemoryBatch(self.ground.memory, self.heart.project, self.heart.queue_name, fault)
        batch.create(NewTask({"row": row}, 1 + row % 2) for row in rows)
