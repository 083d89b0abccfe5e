"""Values that a container may reuse for a few seconds."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """At most `most` values, each for `seconds`; `clock` is monotonic. Absent values (None) are not remembered."""

    def __init__(self, seconds: float, clock: Callable[[], float], most: int = 1000) -> None:
        self._seconds = seconds
        self._clock = clock
        self._most = most
        self._values: dict[Key, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, fetch: Callable[[], Value | None]) -> Value | None:
        """The remembered value, else what `fetch` gives."""
        with self._lock:
            since, value = self._values.get(key, (float("-inf"), None))
        if value is not None and self._clock() - since < self._seconds:
            return value
        fresh = fetch()
        with self._lock:
            self._values.pop(key, None)
            if fresh is not None:
                self._values[key] = (self._clock(), fresh)
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return fresh

    def forget(self, key: Key) -> None:
        with self._lock:
            self._values.pop(key, None)
