"""Requests are counted in each container, and over all of them in batches (contract rest-api.md §7)."""

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.callers import Caller
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.rate_limits import RateLimits, batch_of
from chalicelib.core.users import User
from chalicelib.settings import Settings

WINDOW = 900
SECRET = b"a secret of the tests, long enough"
ANYBODY = Caller("10.0.0.1")
ADA = User(5, "", "ada", "Ada", "ada@example.org")


class Table:
    """The sums of all containers; `lost` answers may have been added or not."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.writes = 0
        self.lost: list[bool] = []
        self._lock = threading.Lock()

    def add(self, name: str, requests: int, end: int) -> int | None:
        with self._lock:
            self.writes += 1
            if self.lost:
                self.sums[name] += requests * self.lost.pop()
                return None
            self.sums[name] += requests
            return self.sums[name]


def containers(table: Table, limit: int, count: int = 1, now: float = 0.0) -> list[RateLimits]:
    return [RateLimits(limit, 10 * limit, WINDOW, table, SECRET, lambda: now) for _ in range(count)]


def allowed(limits: RateLimits, requests: int, caller: Caller = ANYBODY) -> int:
    """How many of so many requests are answered."""
    return sum(limits.take("task", caller).remaining > 0 for _ in range(requests))


def test_one_container_counts_exactly_and_writes_a_tenth_at_most() -> None:
    table = Table()
    [limits] = containers(table, 300)
    assert allowed(limits, 400) == 299
    assert table.writes == 300 // batch_of(300)
    assert set(table.sums.values()) == {300}


@pytest.mark.parametrize("limit", [1, 5, 10, 77, 300, 3000, 10**6])
def test_a_request_costs_a_tenth_of_a_write_at_most(limit: int) -> None:
    table = Table()
    [limits] = containers(table, limit)
    allowed(limits, 2000)
    assert table.writes <= 200


def test_a_caller_of_few_requests_is_never_written() -> None:
    table = Table()
    [limits] = containers(table, 300)
    for endpoint in ("task", "project", "newtask"):
        for _ in range(batch_of(300) - 1):
            limits.take(endpoint, ANYBODY)
    assert table.writes == 0


def test_what_other_containers_counted_is_taken_from_what_remains() -> None:
    one, two = containers(Table(), 300, 2)
    assert [one.take("task", ANYBODY).remaining for _ in range(30)][-1] == 270
    assert [two.take("task", ANYBODY).remaining for _ in range(15)] == [*range(299, 285, -1), 255]
    assert [one.take("task", ANYBODY).remaining for _ in range(15)][-1] == 240


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=400), st.integers(1, 60))
def test_containers_together_allow_one_batch_each_too_much_at_most(turns: list[int], limit: int) -> None:
    several = containers(Table(), limit, 4)
    answered = sum(several[turn].take("task", ANYBODY).remaining > 0 for turn in turns)
    assert answered <= limit - 1 + 4 * (batch_of(limit) - 1)
    assert answered >= min(len(turns), limit - 1), "nobody is refused before the limit"


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=300), st.lists(st.booleans(), max_size=30))
def test_a_table_that_fails_refuses_nobody_before_the_limit(turns: list[int], lost: list[bool]) -> None:
    table = Table()
    table.lost = lost
    several = containers(table, 40, 4)
    answered = sum(several[turn].take("task", ANYBODY).remaining > 0 for turn in turns)
    assert answered >= min(len(turns), 39)
    assert answered <= 4 * 39


def test_threads_of_one_container_share_its_count() -> None:
    table = Table()
    several = containers(table, 300, 3)
    answered: list[int] = []

    def use(limits: RateLimits) -> None:
        answered.append(allowed(limits, 200))

    threads = [threading.Thread(target=use, args=(limits,)) for limits in several for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Up to four threads count on while one of them waits for the table.
    assert 299 <= sum(answered) <= 299 + 3 * (batch_of(300) - 1 + 4)
    assert sum(table.sums.values()) <= 3 * 300


def test_keys_have_a_limit_of_their_own_and_sessions_and_presenters_have_not() -> None:
    [limits] = containers(Table(), 20)
    assert allowed(limits, 1000, Caller("10.0.0.1", user=ADA)) == 199
    assert allowed(limits, 1000, Caller("10.0.0.1", user=ADA, session="s")) == 19
    assert allowed(limits, 1000, Caller("10.0.0.2", user=ADA, only_project=1)) == 0, "one account, one count"
    assert allowed(limits, 1000, Caller("10.0.0.1")) == 19


def test_the_setting_for_keys_is_ten_times_the_other_unless_it_is_given() -> None:
    assert Settings(rate_limit=50).keys_rate_limit == 500
    assert Settings(rate_limit=50, owner_rate_limit=60).keys_rate_limit == 60


def test_a_new_window_begins_anew() -> None:
    now = [0.0]
    limits = RateLimits(10, 100, WINDOW, Table(), SECRET, lambda: now[0])
    assert allowed(limits, 20) == 9
    now[0] = WINDOW
    assert allowed(limits, 20) == 9
    with pytest.raises(TooManyRequests, match=str(2 * WINDOW)):
        limits.take("task", ANYBODY).check()


def test_the_table_is_not_told_whose_requests_they_are() -> None:
    table = Table()
    [limits] = containers(table, 300)
    allowed(limits, 300)
    assert all("10.0.0.1" not in name and "task" not in name for name in table.sums)
