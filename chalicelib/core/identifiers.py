"""How identifiers are made: positive integers below 2**53 that ascend with creation (design §2).

Task runs and results take `moment * 4096 + worker`: the moment is milliseconds since 2026 and never repeats within one
process, the worker number is the process's own. No counter is on the path of a contribution, and no two processes make
the same id while fewer than 4,096 of them begin to write within `WORKER_SECONDS` (a worker number is taken afresh that
often, in turn).
"""

import threading
from collections.abc import Callable

WORKERS = 4096
WORKER_SECONDS = 600
EPOCH_MILLISECONDS = 1_767_225_600_000  # 2026-01-01T00:00:00Z; 41 bits last until 2095


def made_at(identifier: int) -> float:
    """When a task run's or result's id was made, in epoch seconds."""
    return (identifier // WORKERS + EPOCH_MILLISECONDS) / 1000


class Identifiers:
    """Makes ids for task runs and results. `take_worker` gives the next worker number (any int ≥ 0), one write."""

    def __init__(self, clock: Callable[[], float], take_worker: Callable[[], int]) -> None:
        self._clock = clock
        self._take_worker = take_worker
        self._lock = threading.Lock()
        self._worker = 0
        self._worker_since = float("-inf")
        self._moment = 0

    def next(self) -> int:
        """A new id; greater than every id this process made before."""
        with self._lock:
            now = self._clock()
            if now - self._worker_since >= WORKER_SECONDS:
                self._worker, self._worker_since = self._take_worker() % WORKERS, now
            self._moment = max(int(now * 1000) - EPOCH_MILLISECONDS, self._moment + 1)
            return self._moment * WORKERS + self._worker
