"""How far an import is and how long it will take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.import_pace import SURVEY_SHARE, percent, seconds_left, share_done
from chalicelib.core.import_reading import Progress

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
