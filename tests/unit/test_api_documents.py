"""JSON that callers send: what is read is exactly what was meant, and what would not survive storing is refused."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.documents import MOST_BYTES, MOST_LEVELS, check_size, parse, parse_object
from chalicelib.core.errors import DataFault, TooLarge, ValueFault

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(LEAVES | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)


@given(VALUES)
def test_any_json_value_is_read_as_it_was_written(value: Any) -> None:
    assert parse(orjson.dumps(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_way(raw: bytes) -> None:
    try:
        value = parse(raw)
    except ValueFault:
        return
    assert orjson.loads(raw) == value


@given(st.dictionaries(TEXT, LEAVES, min_size=1))
def test_a_key_given_twice_is_refused_at_any_depth(value: dict[str, Any]) -> None:
    inner = orjson.dumps(value).decode()
    key = orjson.dumps(next(iter(value))).decode()
    twice = f"{{{key}: 1, {inner[1:]}"
    for raw in (twice, f'[{{"a": {twice}}}]'):
        with pytest.raises(ValueFault, match="twice"):
            parse(raw.encode())


def test_the_deepest_document_is_read_and_one_level_more_is_not() -> None:
    assert parse(b"[" * MOST_LEVELS + b"1" + b"]" * MOST_LEVELS)
    for levels in (MOST_LEVELS + 1, 1000, 100_000):
        with pytest.raises(ValueFault):
            parse(b"[" * levels + b"]" * levels)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b'"\\ud800"', b"[18446744073709551616]", b"[1,]"]
)
def test_what_is_no_json_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueFault):
        parse(raw)


def test_the_largest_body_is_read_and_one_byte_more_is_not() -> None:
    largest = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert len(parse(largest)) == MOST_BYTES - 2
    with pytest.raises(TooLarge):
        parse(largest + b" ")


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"x"', b"true"])
def test_a_body_must_be_an_object(raw: bytes) -> None:
    with pytest.raises(ValueFault, match="one JSON object"):
        parse_object(raw)


def test_size_counts_bytes_and_not_characters() -> None:
    check_size({"info": "x" * 379_000})
    with pytest.raises(DataFault, match="bytes"):
        check_size({"info": "é" * 200_000})
