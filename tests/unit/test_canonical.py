"""Two `info` values have one digest exactly when importers call them the same (contract importers.md §2.2)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.canonical import digest

LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.floats(-1e6, 1e6)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def same(one: Any, other: Any) -> bool:
    """Deep equality of JSON: numbers by value, other types apart."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return one == other and (numbers or type(one) is type(other))


@given(VALUES, VALUES)
def test_digests_are_equal_exactly_for_equal_values(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == same(one, other)


def shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [shuffled(member) for member in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else value


@given(VALUES)
def test_neither_the_order_of_keys_nor_the_way_to_write_a_number_matters(value: Any) -> None:
    assert digest(shuffled(value)) == digest(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, "1"), (1, True), (0, False), (None, ""), ([], {}), ([1, 2], [2, 1]), ({"a": None}, {}), ("a", "A"), (1, 1.5)],
)
def test_what_differs_in_type_or_order_of_a_list_differs(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)
    assert digest({"deep": [one]}) != digest({"deep": [other]})


def test_a_digest_is_short_and_fit_for_a_key() -> None:
    assert len(digest({"question": "é" * 5000})) == 22
    assert digest(-0.0) == digest(0)
