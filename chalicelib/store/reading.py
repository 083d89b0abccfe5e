"""Reading items of several tables in one request, which PynamoDB's models cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import Unavailable
from chalicelib.store.tables import Table

MOST_KEYS = 100  # BatchGetItem, AWS: "Amazon DynamoDB API Reference, BatchGetItem"
ROUNDS = 5


@dataclass(frozen=True)
class Wanted:
    """Keys of one table, as (hash,) or (hash, range) values."""

    table: type[Table]
    keys: Sequence[tuple[Any, ...]]
    consistent: bool = False


def read_together(*wanted: Wanted) -> dict[type[Table], list[Any]]:
    """The items that exist, per table, in no order. Raises Unavailable when the store keeps leaving keys unread."""
    flat = [(want, key) for want in wanted for key in dict.fromkeys(want.keys)]
    found: dict[type[Table], list[Any]] = {want.table: [] for want in wanted}
    for start in range(0, len(flat), MOST_KEYS):
        _read_batch(flat[start : start + MOST_KEYS], found)
    return found


def _read_batch(flat: Sequence[tuple[Wanted, tuple[Any, ...]]], found: dict[type[Table], list[Any]]) -> None:
    tables = {want.table._get_connection().table_name: want.table for want, _ in flat}
    request = _request(flat)
    for _ in range(ROUNDS):
        if not request:
            return
        connection = next(iter(tables.values()))._get_connection().connection
        answer = connection._make_api_call("BatchGetItem", {"RequestItems": request})
        for name, items in answer["Responses"].items():
            found[tables[name]].extend(tables[name].from_raw_data(item) for item in items)
        request = answer.get("UnprocessedKeys") or {}
    raise Unavailable("The store is busy; ask again in a moment.")


def _request(flat: Sequence[tuple[Wanted, tuple[Any, ...]]]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for want, key in flat:
        name = want.table._get_connection().table_name
        entry = request.setdefault(name, {"Keys": [], "ConsistentRead": want.consistent})
        entry["Keys"].append(_raw_key(want.table, key))
    return request


def _raw_key(table: type[Table], key: tuple[Any, ...]) -> dict[str, Any]:
    model: Any = table
    attributes = [model._hash_key_attribute(), model._range_key_attribute()]
    pairs = zip(filter(None, attributes), key, strict=False)
    return {attribute.attr_name: {attribute.attr_type: attribute.serialize(value)} for attribute, value in pairs}
