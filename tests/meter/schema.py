"""What the meter must know of a table: its key, and its indexes with what they project."""

from dataclasses import dataclass
from typing import Any

from chalicelib.core.units import Index, Item


@dataclass(frozen=True)
class Schema:
    keys: tuple[str, ...]
    indexes: dict[str, Index]

    def key_of(self, item: Item) -> dict[str, Any]:
        return {name: item[name] for name in self.keys}

    def index_units(self, before: Item | None, after: Item | None) -> int:
        return sum(index.write_units(before, after) for index in self.indexes.values())


def schema_of(description: dict[str, Any]) -> Schema:
    """From the `Table` member of DescribeTable's answer."""
    keys = _names(description["KeySchema"])
    indexes = {
        one["IndexName"]: Index(_names(one["KeySchema"]), _projected(one, keys))
        for one in description.get("GlobalSecondaryIndexes", [])
    }
    return Schema(keys, indexes)


def _names(key_schema: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in key_schema)


def _projected(index: dict[str, Any], table_keys: tuple[str, ...]) -> frozenset[str] | None:
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return None
    return frozenset({*table_keys, *_names(index["KeySchema"]), *projection.get("NonKeyAttributes", [])})
