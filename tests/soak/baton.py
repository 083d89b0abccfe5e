"""How the conductor of a soak leads the processes that take part: at work, quiet for a moment, settling, then to the
end."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SPAWN = multiprocessing.get_context("spawn")


class Baton:
    """Shared by all processes of a soak."""

    def __init__(self) -> None:
        self._playing = SPAWN.Event()
        self._settling = SPAWN.Event()
        self._finale = SPAWN.Event()
        self._over = SPAWN.Event()
        self._busy: Any = SPAWN.Value("i", 0)
        self._playing.set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One exchange: begins when nobody asked for quiet, and is waited for by who does."""
        while True:
            self._playing.wait()
            self._count(1)
            if self._playing.is_set():
                break
            self._count(-1)  # quiet was asked for between the two: `hush` may have seen us idle
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._busy.get_lock():
            self._busy.value += change

    def hush(self) -> None:
        """Let nobody begin an exchange, and wait for those under way."""
        self._playing.clear()
        while self._busy.value:
            time.sleep(0.05)

    def resume(self) -> None:
        self._playing.set()

    def settle(self) -> None:
        """No more changes: who makes them brings what is begun to its end."""
        self._settling.set()

    @property
    def is_settling(self) -> bool:
        return bool(self._settling.is_set())

    def begin_finale(self) -> None:
        """No more mischief: volunteers work until nothing is left."""
        self._finale.set()

    @property
    def in_finale(self) -> bool:
        return bool(self._finale.is_set())

    def end(self) -> None:
        """Whoever is still at it stops."""
        self._over.set()
        self._settling.set()
        self._playing.set()

    @property
    def is_over(self) -> bool:
        return bool(self._over.is_set())

    def rest(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        self._over.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep between two changes, but not beyond the last one."""
        self._settling.wait(seconds)
