"""How often a caller may use an endpoint (contract rest-api.md §7; design §3, rate limit).

Counted in each container: approximate, and free of write units.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.core.errors import TooManyRequests

MOST_COUNTERS = 100_000


@dataclass(frozen=True)
class Allowance:
    """What is left to a caller on one endpoint; `reset` is the end of the window in epoch seconds."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }

    def check(self) -> None:
        """Raises TooManyRequests once nothing remains: of 300, as in the reference, 299 requests are answered."""
        if self.remaining == 0:
            raise TooManyRequests(f"Rate limit reached: {self.limit} requests; try again after {self.reset}.")


class RateLimits:
    """Fixed windows, aligned to the epoch. `clock` gives epoch seconds."""

    def __init__(self, limit: int, window_seconds: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._since = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def take(self, endpoint: str, identity: str) -> Allowance:
        """Count one request."""
        start = int(self._clock()) // self._window * self._window
        with self._lock:
            if start != self._since or len(self._counts) > MOST_COUNTERS:
                self._since, self._counts = start, {}
            count = min(self._counts.get((endpoint, identity), 0) + 1, self._limit)
            self._counts[endpoint, identity] = count
        return Allowance(self._limit, self._limit - count, start + self._window)
