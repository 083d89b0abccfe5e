"""Guesses are counted before they are looked at."""

import pytest

from chalicelib.core.errors import TooManyRequests
from chalicelib.core.throttle import BUCKETS, WINDOW_SECONDS, Throttle
from tests.fakes.pages import Tries


def test_so_many_tries_in_a_window_and_none_more() -> None:
    now = [1_000_000.0]
    throttle = Throttle(Tries(), b"secret" * 6, lambda: now[0])
    for _ in range(3):
        throttle.take("ada", 3)
    with pytest.raises(TooManyRequests, match="try again in"):
        throttle.take("ada", 3)
    throttle.take("eve", 3)
    now[0] += WINDOW_SECONDS
    throttle.take("ada", 3)


def test_whatever_is_guessed_the_counters_are_a_fixed_number() -> None:
    class Seen:
        def __init__(self) -> None:
            self.buckets: set[int] = set()

        def count(self, bucket: int, window: int, tries: int) -> int:
            self.buckets.add(bucket)
            return 1

    seen = Seen()
    throttle = Throttle(seen, b"secret" * 6, lambda: 0.0)
    for number in range(2000):
        throttle.take(f"account:{number}", 1)
    assert len(seen.buckets) > 1900
    assert all(0 <= bucket < BUCKETS for bucket in seen.buckets)
