"""Identifiers ascend within a process, differ between processes, and stay below 2**53."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.identifiers import EPOCH_MILLISECONDS, WORKER_SECONDS, WORKERS, Identifiers

LAST_YEAR = 4_000_000_000.0  # 2096


@given(st.lists(st.floats(-10, 1000), min_size=2, max_size=50), st.integers(0, 10**6))
def test_ids_ascend_whatever_the_clock_does(steps: list[float], worker: int) -> None:
    times = iter([1.8e9 + sum(steps[: place + 1]) for place in range(len(steps))])
    identifiers = Identifiers(lambda: next(times), lambda: worker)
    made = [identifiers.next() for _ in steps]
    assert made == sorted(set(made))
    assert all(0 < one < 2**53 for one in made)


def test_two_processes_in_the_same_millisecond_make_different_ids() -> None:
    numbers = iter(range(10))
    both = [Identifiers(lambda: 1.8e9, lambda: next(numbers)) for _ in range(2)]
    made = [one.next() for _ in range(100) for one in both]
    assert len(set(made)) == 200


def test_a_worker_number_is_taken_afresh_in_turn_and_wraps() -> None:
    now, taken = [1.8e9], [WORKERS - 1]

    def take() -> int:
        taken.append(taken[-1] + 1)
        return taken[-1]

    identifiers = Identifiers(lambda: now[0], take)
    first = identifiers.next()
    identifiers.next()
    now[0] += WORKER_SECONDS
    later = identifiers.next()
    assert [first % WORKERS, later % WORKERS] == [0, 1]
    assert len(taken) == 3


def test_ids_are_whole_numbers_that_scripts_in_any_language_can_hold_until_2095() -> None:
    last = Identifiers(lambda: LAST_YEAR - 4e7, lambda: WORKERS - 1).next()
    assert last < 2**53
    assert Identifiers(lambda: EPOCH_MILLISECONDS / 1000 + 1, lambda: 0).next() == 1000 * WORKERS
