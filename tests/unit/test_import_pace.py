"""How far an import is and how long it will take."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.core.import_gathering import Place
from chalicelib.core.import_pace import SURVEY_SHARE, pace_of, percent, seconds_left, share_done
from chalicelib.core.import_reading import Progress
from chalicelib.core.imports import Record, Source, State
from chalicelib.core.moments import seconds_of

SIZE = 1_000_000


def _survey(position: int) -> Progress:
    return Progress(phase="survey", position=position)


def _rows(position: int) -> Progress:
    return Progress(phase="rows", position=position)


def test_nothing_is_done_at_the_beginning_and_all_at_the_end() -> None:
    assert percent(share_done(Progress(), SIZE)) == 0
    assert percent(share_done(_rows(SIZE), SIZE)) == 100


def test_the_share_grows_through_both_passes() -> None:
    steps = [_survey(0), _survey(SIZE // 2), _survey(SIZE), _rows(10), _rows(SIZE // 2), _rows(SIZE)]
    shares = [share_done(step, SIZE) for step in steps]
    assert shares == sorted(shares)
    assert shares[2] == pytest.approx(SURVEY_SHARE)
    assert shares[4] == pytest.approx(0.505)


def test_one_byte_less_than_everything_is_not_yet_a_hundred() -> None:
    assert percent(share_done(_rows(SIZE - 1), SIZE)) == 99


def test_an_object_without_bytes_is_no_division_by_zero() -> None:
    assert percent(share_done(Progress(), 0)) == 0
    assert percent(share_done(_rows(0), 0)) == 1


@given(st.integers(0, 2 * SIZE), st.integers(0, SIZE), st.sampled_from([_survey, _rows]))
def test_a_percentage_is_a_percentage_whatever_the_record_says(position: int, size: int, phase: object) -> None:
    assert callable(phase)
    assert 0 <= percent(share_done(phase(position), size)) <= 100


def test_half_done_takes_as_long_again() -> None:
    assert seconds_left(0.5, 60.0) == 60
    assert seconds_left(0.25, 10.0) == 30
    assert seconds_left(1.0, 10.0) == 0


@pytest.mark.parametrize(("share", "elapsed"), [(0.0, 100.0), (0.001, 5.0), (0.5, 0.0), (0.5, 0.2)])
def test_too_little_to_tell(share: float, elapsed: float) -> None:
    assert seconds_left(share, elapsed) is None


@pytest.mark.parametrize("elapsed", [-0.1, -3600.0])
def test_a_clock_that_was_put_back_tells_nothing(elapsed: float) -> None:
    assert seconds_left(0.5, elapsed) is None


BEGAN = "2026-11-23T05:00:00.000000"


def _record(state: State, **more: Any) -> Record:
    source = Source("b", "k", "v", size=SIZE)
    return replace(Record(1, 1, source, BEGAN, state, started=BEGAN), **more)


def _after(seconds: float) -> float:
    return seconds_of(BEGAN) + seconds


def test_a_running_import_tells_both() -> None:
    assert pace_of(_record("running", progress=_rows(SIZE // 2)), _after(60)) == (50, 59)


def test_one_that_has_read_everything_and_is_not_over_is_not_at_a_hundred() -> None:
    assert pace_of(_record("running", progress=_rows(SIZE)), _after(60)) == (99, 0)


@pytest.mark.parametrize(("state", "done"), [("finished", 100), ("failed", 50), ("withdrawn", 50)])
def test_one_that_is_over_has_no_time_left(state: State, done: int) -> None:
    assert pace_of(_record(state, progress=_rows(SIZE // 2)), _after(60)) == (done, None)


def test_one_that_waits_or_is_gathered_has_nothing_to_tell() -> None:
    assert pace_of(_record("waiting", started=None), _after(60)) == (0, None)
    assert pace_of(_record("gathering", place=Place(), source=None), _after(60)) == (0, None)
