"""Concurrent clients, one at a time: each runs until its next call of a store, then whoever is due earliest goes on.

How long each call of a client takes is drawn from the client's own chance. So a seed replays the whole interleaving,
and a client that is left out, while a failing history is made smaller, leaves the others' timing as it was.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tests.histories.chance import Chance

Thing = TypeVar("Thing")
SPREAD = (1.0, 1.0, 1.0, 20.0)  # some calls take long enough for others to do a whole step meanwhile
FROZEN_SECONDS = 5400.0  # longer than a lease lasts


class Turns:
    """Time passes only here. `tick` is told how many seconds have passed; `frozen` is the share of calls before which a
    client stands still for longer than a lease lasts."""

    def __init__(self, chance: Chance, tick: Callable[[float], None], frozen: float = 0.0) -> None:
        self._chance = chance
        self._frozen = frozen
        self._tick = tick
        self._due: list[tuple[float, int, threading.Semaphore]] = []
        self._order = itertools.count()
        self._back = threading.Semaphore(0)
        self._here = threading.local()
        self._failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self.now = 0.0

    def run(self, clients: Mapping[str, Callable[[], None]]) -> None:
        """Run them all to their ends; raises what the first of them raised."""
        for name, work in clients.items():
            self.begin(name, work)
        while self._due:
            due, _, turn = heapq.heappop(self._due)
            self._tick(max(0.0, due - self.now))
            self.now = max(self.now, due)
            turn.release()
            self._back.acquire()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def begin(self, name: str, work: Callable[[], None]) -> None:
        """One client more, also while they run."""
        turn, chance = threading.Semaphore(0), self._chance.of(name)

        def live() -> None:
            self._here.turn, self._here.chance = turn, chance
            turn.acquire()
            try:
                work()
            except BaseException as failure:
                self._failures.append(failure)
            finally:
                self._back.release()

        self._threads.append(threading.Thread(target=live, name=name, daemon=True))
        self._threads[-1].start()
        self._wait(turn, chance)

    def pause(self, seconds: float = 0.0) -> None:
        """Called by a client: others may go first, for so long at least. Nothing when nobody else is there."""
        turn = getattr(self._here, "turn", None)
        if turn is not None:
            self._wait(turn, self._here.chance, seconds)
            self._back.release()
            turn.acquire()

    def lent(self, work: Callable[..., Thing]) -> Callable[..., Thing]:
        """`work` for another thread, that this client waits for: it takes the client's turns meanwhile."""
        mine = vars(self._here)

        def run(*given: Any) -> Thing:
            vars(self._here).update(mine)
            return work(*given)

        return run

    def _wait(self, turn: threading.Semaphore, chance: Chance, seconds: float = 0.0) -> None:
        seconds += FROZEN_SECONDS if chance.happens(self._frozen) else chance.expovariate(100.0) * chance.choice(SPREAD)
        heapq.heappush(self._due, (self.now + seconds, next(self._order), turn))
