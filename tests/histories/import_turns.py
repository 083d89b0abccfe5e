"""Imports in memory whose handlers take turns: one at a time goes on to its next call of a store, whoever is due, and
any call may break. One seed decides it all."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from chalicelib.core.errors import Unavailable
from chalicelib.core.import_gathering import Tools
from chalicelib.core.import_running import MARGIN_SECONDS
from chalicelib.core.imports import Overtaken, Record, RowError
from tests.fakes.import_memory import Memory, MemoryBatch
from tests.fakes.importing import ENDLESS, OFFLINE, Drawer, Importing
from tests.histories.chance import Chance
from tests.histories.turns import Turns
from tests.reliability.faults import Crash

DEATHS = (Crash, Unavailable)


class Turning(Memory):
    """A store where anybody else may go first before each call, and where calls break when `fault` says so. `late`
    takes what arrives when its handler is dead, and says whether it did."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns
        self.late: Callable[[Callable[[], None]], bool] = lambda write: False

    def open(self, project_id: int, queue: str, import_id: int) -> Any:
        return LentBatch(super().open(project_id, queue, import_id), self._turns)

    def of_guard(self, guard: str) -> Record | None:
        self.fault()
        return super().of_guard(guard)

    def get(self, import_id: int) -> Record | None:
        self.fault()
        return super().get(import_id)

    def checkpoint(self, old: Record, new: Record, errors: Sequence[RowError]) -> None:
        if self.late(lambda: super(Turning, self).checkpoint(old, new, errors)):
            raise Crash
        super().checkpoint(old, new, errors)


class LentBatch:
    """One handler's batch, whose thread takes the handler's turns."""

    def __init__(self, batch: MemoryBatch, turns: Turns) -> None:
        self.draft = batch.draft
        self.store = turns.lent(batch.store)


class TurningDrawer(Drawer):
    """Objects of which each is put between two calls that may break."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(chunk=7)
        self._memory = memory

    def put(self, key: str, content: bytes) -> None:
        self._memory.fault()
        super().put(key, content)
        self._memory.fault()


class ImportTurns:
    """Deliveries and handlers of one seed. Messages come in any order, again when their handler died, and at times
    twice; handlers have much time or none."""

    def __init__(self, chance: Chance, tools: Tools = OFFLINE) -> None:
        self._chance = chance
        self._turns = Turns(chance.of("turns"), lambda seconds: None, frozen=chance.choice([0.0, 0.02, 0.1]))
        self.memory = Turning(self._turns)
        drawer, slice_rows = TurningDrawer(self.memory), chance.randint(1, 6)
        self.importing = Importing(slice_rows, 1, 7, self.memory, self.memory, tools, drawer, at_once=1)
        self._rate = chance.choice([0.0, 0.02, 0.05, 0.15])

    def run(self, beginnings: Sequence[Callable[[], Any]]) -> None:
        """From the requests or events that begin imports, each of them repeated until it succeeds, to the last message.
        What is left of them then has no message and is not over: that is an error."""
        self.memory.fault, self.memory.late = self.fault, self._late
        clients = {f"beginning {n}": self._beginning(begin) for n, begin in enumerate(beginnings)}
        clients |= {f"handler {n}": self._handling(n) for n in range(self._chance.randint(2, 4))}
        self._turns.run(clients)
        self.memory.fault, self.memory.late = lambda: None, lambda write: False
        self.importing.drain()
        assert all(record.over for record in self.memory.records.values()), "nobody goes on with an import"

    def fault(self) -> None:
        """Others go first; then this call may be the handler's last."""
        self._turns.pause()
        if self._chance.happens(self._rate):
            raise self._chance.choice([Crash(), Unavailable("The store is busy.")])

    def _late(self, write: Callable[[], None]) -> bool:
        happens = self._chance.happens(self._rate)
        if happens:
            self._turns.begin("late", lambda: self._arrive(write))
        return happens

    def _arrive(self, write: Callable[[], None]) -> None:
        self._turns.pause()
        with suppress(*DEATHS, Overtaken):
            write()

    def _beginning(self, begin: Callable[[], Any]) -> Callable[[], None]:
        def until_it_succeeds() -> None:
            while True:
                with suppress(*DEATHS):
                    begin()
                    return

        return until_it_succeeds

    def _handling(self, number: int) -> Callable[[], None]:
        chance = self._chance.of("handler", number)

        def handle() -> None:
            for _ in range(chance.randint(3, 12)):
                self._turns.pause(0.05)
                if self.importing.queue:
                    self._take(chance)

        return handle

    def _take(self, chance: Chance) -> None:
        queue = self.importing.queue
        place = chance.randrange(len(queue))
        message = queue[place] if chance.happens(0.2) else queue.pop(place)
        seconds = chance.choice([0.0, MARGIN_SECONDS - 1, ENDLESS])
        try:
            self.importing.imports.run(message, lambda: seconds)
        except DEATHS:
            queue.append(message)
