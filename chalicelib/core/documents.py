"""JSON documents that callers send: what is accepted, and what would not survive being stored is refused."""

import json
from collections.abc import Iterable
from typing import Any

import orjson

from chalicelib.core.errors import DataFault, TooLarge, ValueFault

MOST_BYTES = 1_000_000
MOST_LEVELS = 64
MOST_STORED_BYTES = 380_000  # an item holds 400 KB (AWS: "Quotas in Amazon DynamoDB")


def parse(raw: bytes, most_bytes: int = MOST_BYTES) -> Any:
    """The JSON value in `raw`. Raises TooLarge (413), or ValueFault for what is not JSON: bad UTF-8, NaN, a key given
    twice, numbers beyond 64 bits, more than 64 levels (contract §2, §17.5)."""
    if len(raw) > most_bytes:
        raise TooLarge(f"The body has {len(raw)} bytes; at most {most_bytes} are read.")
    try:
        value = orjson.loads(raw)
        if _deeper_than(value, MOST_LEVELS):
            raise ValueFault(f"The JSON is nested deeper than {MOST_LEVELS} levels.")
        json.loads(raw, object_pairs_hook=_once, parse_int=_within_64_bits)
    except orjson.JSONDecodeError as error:
        raise ValueFault(f"The body is not JSON: {error}") from error
    return value


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; raises as `parse`, and ValueFault for any other value."""
    value = parse(raw)
    if not isinstance(value, dict):
        raise ValueFault("The body must be one JSON object.")
    return value


def check_size(fields: Any) -> None:
    """Raises DataFault when `fields` together would not fit into one item."""
    size = len(orjson.dumps(fields))
    if size > MOST_STORED_BYTES:
        raise DataFault(f"This has {size} bytes; at most {MOST_STORED_BYTES} can be stored. Put large data in a file.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueFault(f"The key {twice[:80]!r} is given twice.")
    return found


def _within_64_bits(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise ValueFault(f"The number {digits[:20]}… has more than 64 bits; send it as text.")
    return int(digits)


def _deeper_than(value: Any, most: int) -> bool:
    level = _containers([value])
    for _ in range(most):
        if not level:
            return False
        level = _containers(member for one in level for member in (one.values() if isinstance(one, dict) else one))
    return bool(level)


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [one for one in values if isinstance(one, dict | list)]
