"""How often a password may be guessed: counted for the whole site, per account and per network (security list).

Counters lie in a fixed number of buckets, so that guessing leaves no more than these few items behind, whatever names
are guessed; two that share a bucket share its allowance.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

from chalicelib.core.errors import TooManyRequests
from chalicelib.core.keys import derive

BUCKETS = 65536
WINDOW_SECONDS = 900
PER_ACCOUNT = 20
PER_NETWORK = 100


class Tries(Protocol):
    def count(self, bucket: int, window: int, tries: int) -> int:
        """Add `tries` (may be negative) to the bucket's count in a window, told by its end; what it is then."""


class Throttle:
    """Allows so many tries in a window of fifteen minutes. `clock` gives epoch seconds."""

    def __init__(self, tries: Tries, secret: bytes, clock: Callable[[], float]) -> None:
        self._tries = tries
        self._key = derive(secret, "throttle")
        self._clock = clock

    def take(self, who: str, most: int) -> None:
        """Count one try of `who`, before it is looked at: guesses sent at once count like others. Raises
        TooManyRequests."""
        end = self._window()
        if self._tries.count(self._bucket(who), end, 1) > most:
            minutes = int(end - self._clock()) // 60 + 1
            raise TooManyRequests(f"Too many tries; try again in {minutes} minutes.")

    def give_back(self, who: str) -> None:
        """The try was right: it does not count."""
        self._tries.count(self._bucket(who), self._window(), -1)

    def _window(self) -> int:
        return int(self._clock()) // WINDOW_SECONDS * WINDOW_SECONDS + WINDOW_SECONDS

    def _bucket(self, who: str) -> int:
        digest = hashlib.blake2b(who.encode(), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest) % BUCKETS
