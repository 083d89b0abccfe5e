"""What counting requests costs, and that a table which fails refuses nobody."""

import time
import uuid
from typing import Any

import pytest

from chalicelib.core.callers import Caller
from chalicelib.core.rate_limits import RateLimits, batch_of
from chalicelib.store.rate_sums import RateSums
from chalicelib.store.tables import RateItem
from tests.meter.meter import Meter


def container(limit: int = 300) -> RateLimits:
    return RateLimits(limit, limit, 900, RateSums(), b"secret" * 6, time.time)


def somebody() -> Caller:
    return Caller(uuid.uuid4().hex)


def test_a_busy_caller_costs_a_tenth_of_a_write_unit_per_request_and_no_read(connected: Any, meter: Meter) -> None:
    limits, caller = container(), somebody()
    with meter as bill:
        for _ in range(290):
            limits.take("task", caller)
    assert bill.write == 290 // batch_of(300), str(bill)
    assert bill.write <= 0.1 * 290
    assert bill.read == 0


def test_a_quiet_caller_and_a_refused_one_cost_nothing(connected: Any, meter: Meter) -> None:
    quiet, refused = container(), container(10)
    caller = somebody()
    for _ in range(10):
        refused.take("task", caller)
    with meter as bill:
        for _ in range(batch_of(300) - 1):
            quiet.take("task", somebody())
        for _ in range(100):
            assert refused.take("task", caller).remaining == 0
    assert bill.requests == []


def test_containers_learn_of_each_other(connected: Any) -> None:
    one, two, caller = container(), container(), somebody()
    for _ in range(150):
        one.take("task", caller)
    for _ in range(14):
        two.take("task", caller)
    assert two.take("task", caller).remaining == 300 - 165


def test_sums_are_forgotten_after_their_window(connected: Any) -> None:
    name = uuid.uuid4().hex
    assert RateSums().add(name, 15, 1_900_000_000) == 15
    assert RateSums().add(name, 15, 1_900_000_000) == 30
    assert RateItem.get(name).expires == 1_900_000_000


def test_a_table_that_is_not_there_refuses_nobody(
    connected: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(RateItem.Meta, "table_name", "no-such-table")
    limits, caller = container(), somebody()
    assert [limits.take("task", caller).remaining for _ in range(20)] == list(range(299, 279, -1))
    assert "counted in this container only" in caplog.text
