"""How often a caller may use an endpoint (contract rest-api.md §7; design §3, rate limit).

Counted in each container, over all containers in batches: with each `batch_of` requests of one caller on one endpoint,
a container adds them to the caller's sum in a table, and the answer brings what the others have added. So a caller
costs at most a tenth of a write unit per request, one of few requests nothing, and gets at most `batch_of(limit) - 1`
requests more than the limit from each container. A caller who is over the limit costs nothing.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.callers import Caller
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.keys import derive

MOST_COUNTERS = 100_000
SMALLEST_BATCH = 10
BATCHES = 20


def batch_of(limit: int) -> int:
    """How many requests are added to the sum at a time: a twentieth of the limit, 10 or more."""
    return max(SMALLEST_BATCH, limit // BATCHES)


class Sums(Protocol):
    """What all containers have counted."""

    def add(self, name: str, requests: int, end: int) -> int | None:
        """Add to the sum that can be forgotten after `end` (epoch seconds); what it is then. None when that is not
        known, and perhaps not done."""


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


@dataclass
class Count:
    """One caller's requests on one endpoint in a window: those that came here, how many of them were added to the sum,
    and how many of others were in it then."""

    here: int = 0
    added: int = 0
    elsewhere: int = 0
    adding: bool = False

    @property
    def known(self) -> int:
        return self.here + self.elsewhere


class RateLimits:
    """Fixed windows, aligned to the epoch. `clock` gives epoch seconds. Callers with an API key have the limit
    `keys`, all others `limit`."""

    def __init__(
        self, limit: int, keys: int, window_seconds: int, sums: Sums, secret: bytes, clock: Callable[[], float]
    ) -> None:
        self._limit = limit
        self._keys = keys
        self._window = window_seconds
        self._sums = sums
        self._secret = derive(secret, "rate-limits")
        self._clock = clock
        self._end = 0
        self._counts: dict[tuple[str, str, bool], Count] = {}
        self._lock = threading.Lock()

    def take(self, endpoint: str, caller: Caller) -> Allowance:
        """Count one request."""
        limit = self._keys if caller.by_key else self._limit
        end = int(self._clock()) // self._window * self._window + self._window
        key = endpoint, caller.identity, caller.by_key
        with self._lock:
            count = self._count_of(key, end)
            if count.known < limit:
                count.here += 1
                batch = self._begin(count, limit)
            else:
                batch = 0
        if batch:
            self._add(count, batch, self._name(key, end), end)
        return Allowance(limit, max(0, limit - count.known), end)

    def _count_of(self, key: tuple[str, str, bool], end: int) -> Count:
        if end != self._end or len(self._counts) > MOST_COUNTERS:
            self._end, self._counts = end, {}
        return self._counts.setdefault(key, Count())

    def _begin(self, count: Count, limit: int) -> int:
        """How many requests to add to the sum now; one thread at a time does so for a count."""
        batch = count.here - count.added
        if count.adding or batch < batch_of(limit):
            return 0
        count.adding = True
        # Taken as added whatever becomes of it: what may be in the sum must not be taken for the requests of others.
        count.added = count.here
        return batch

    def _add(self, count: Count, batch: int, name: str, end: int) -> None:
        total = None
        try:
            total = self._sums.add(name, batch, end)
        finally:
            with self._lock:
                count.adding = False
                if total is not None:
                    count.elsewhere = max(count.elsewhere, total - count.added)

    def _name(self, key: tuple[str, str, bool], end: int) -> str:
        """Of the sum: tells nobody whose it is."""
        return hashlib.blake2b(repr((*key, end)).encode(), key=self._secret, digest_size=16).hexdigest()
