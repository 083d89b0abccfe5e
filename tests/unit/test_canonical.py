"""Two `info` values have one digest exactly when importers call them the same (contract importers.md §2.2)."""

import unicodedata
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.canonical import digest

# What a careless comparison would take for the same, or for different.
NUMBERS = [0, -0.0, 0.0, 1, 1.0, -1, -1.0, 0.1, 0.1 + 2**-56, 0.3, 0.30000000000000004, 5e-324, 10**18, 1e18, 10**19]
LARGE = [1e19, 1e22, 1e300, 2**53, 2.0**53, 2**53 + 1, 2**63, 2.0**63, 2**64 - 1, 2.0**64, -(2**63), -(2.0**63)]
TEXTS = ["", "0", "1", "1.0", "null", "true", "a", "A", " a", "a ", "\u0000", "\ufeffa", "\u200ba", "\ufb01", "fi"]
FORMS = ["\u00e9", "e\u0301", "\u212b", "\u00c5", "A\u030a", "\U0001f600", "\ue000"]
TRICKY = st.sampled_from([None, False, True, [], {}, [0], [[]], {"": 0}, *NUMBERS, *LARGE, *TEXTS, *FORMS])
LEAVES = (
    TRICKY
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = st.sampled_from(["a", "b", "A", "", "1", "\u00e9", "e\u0301", "\ue000", "\U0001f600"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def meaning(value: Any) -> Any:
    """Deep equality of JSON, defined anew: numbers by their exact value, texts by their code points, everything else by
    its kind and its members."""
    if value is None or isinstance(value, bool):
        return "constant", repr(value)
    if isinstance(value, str):
        return "text", tuple(map(ord, value))
    if isinstance(value, int | float):
        return "number", Fraction(value)
    if isinstance(value, dict):
        return "object", frozenset((tuple(map(ord, key)), meaning(member)) for key, member in value.items())
    return "array", tuple(map(meaning, value))


@settings(max_examples=1000)
@given(VALUES, VALUES)
def test_digests_are_equal_exactly_for_equal_values(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (meaning(one) == meaning(other))


@settings(max_examples=500)
@given(st.lists(TRICKY, min_size=2, max_size=6))
def test_so_are_those_of_values_that_are_easily_mistaken_for_each_other(values: list[Any]) -> None:
    for one in values:
        for other in values:
            told_apart = digest({"x": [one]}) != digest({"x": [other]})
            assert told_apart == (meaning(one) != meaning(other))


@given(VALUES)
def test_a_value_is_the_same_after_it_was_stored_and_read(value: Any) -> None:
    assert digest(orjson.loads(orjson.dumps(value))) == digest(value)


@given(st.text(min_size=1, max_size=9))
def test_texts_in_different_normal_forms_are_different(text: str) -> None:
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")} | {text}
    assert len({digest({"x": form}) for form in forms}) == len({digest({form: 1}) for form in forms}) == len(forms)


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
