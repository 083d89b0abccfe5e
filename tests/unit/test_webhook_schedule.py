"""What an answer means, and when the next attempt is made (design: reliability.md, webhook delivery)."""

import random
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings import Settings, SettingsError
from chalicelib.webhooks.schedule import Schedule, Verdict, asked_wait, judge

NOW = 1_795_000_000.0
DEFAULT = Settings().webhook_delays


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(status: int) -> None:
    assert judge(status) is Verdict.DELIVERED


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503, 599])
def test_anything_else_is_a_failure_redirects_included(status: int | None) -> None:
    assert judge(status) is Verdict.FAILED


def test_410_asks_never_to_be_called_again() -> None:
    assert judge(410) is Verdict.GONE


def test_the_default_schedule_is_ten_attempts_within_75_6_hours() -> None:
    schedule = Schedule.parse(DEFAULT, lambda: 0.0)
    waits = [schedule.wait(tries) or 0.0 for tries in range(schedule.attempts)]
    assert waits == [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert sum(waits) / 3600 == pytest.approx(75.6, abs=0.05)
    assert schedule.wait(10) is None


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_jitter_only_adds_and_at_most_a_tenth(tries: int, seed: int) -> None:
    plain = Schedule.parse(DEFAULT, lambda: 0.0).wait(tries)
    jittered = Schedule.parse(DEFAULT, random.Random(seed).random).wait(tries)
    assert plain is not None
    assert jittered is not None
    assert plain <= jittered <= plain * 1.1


@pytest.mark.parametrize("text", ["", "5,", "a,b", "-1,5", "nan", "0,inf", "0;5"])
def test_a_schedule_that_cannot_be_read_names_the_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="NIMBOSSA_WEBHOOK_DELAYS"):
        Schedule.parse(text, random.random)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_listener_may_ask_to_wait_longer_than_the_schedule(status: int) -> None:
    asked = asked_wait(status, {"retry-after": "600"}, NOW)
    assert asked == 600
    assert Schedule([0, 5, 300], lambda: 0.0).wait(1, asked) == 600


def test_a_listener_cannot_ask_to_be_called_sooner_than_the_schedule() -> None:
    assert Schedule([0, 5, 300], lambda: 0.0).wait(2, 1.0) == 300


def test_asking_to_wait_adds_no_attempt() -> None:
    assert Schedule([0, 5], lambda: 0.0).wait(2, 600.0) is None


@pytest.mark.parametrize("status", [200, 301, 400, 404, 500, 501])
def test_only_those_statuses_may_ask(status: int) -> None:
    assert asked_wait(status, {"retry-after": "600"}, NOW) == 0


def test_retry_after_may_be_a_date() -> None:
    assert asked_wait(503, {"retry-after": formatdate(NOW + 90, usegmt=True)}, NOW) == pytest.approx(90, abs=1)
    assert asked_wait(503, {"retry-after": formatdate(NOW - 90, usegmt=True)}, NOW) == 0


@pytest.mark.parametrize("value", ["999999999999999999999999", "86401", formatdate(NOW + 10**9, usegmt=True)])
def test_a_wait_is_a_day_at_most(value: str) -> None:
    assert asked_wait(503, {"retry-after": value}, NOW) == 86_400


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣", "Thu, 99 Foo 2026 00:00:00 GMT"])
def test_a_wait_that_cannot_be_read_is_none(value: str) -> None:
    assert asked_wait(503, {"retry-after": value}, NOW) == 0
