"""What DynamoDB charges: item sizes, read units and write units, as AWS documents them.

Pages of the "Amazon DynamoDB Developer Guide": "DynamoDB item sizes and formats", "DynamoDB read and write operations",
"Amazon DynamoDB Transactions: How it works" (capacity management) and "Using Global Secondary Indexes in DynamoDB"
(provisioned throughput considerations). Items are in DynamoDB's JSON: {"name": {"S": "text"}}; sizes are in bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
READ_STEP = 4096
WRITE_STEP = 1024
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1


class Consistency(Enum):
    """Read units per 4 KB."""

    EVENTUAL = 0.5
    STRONG = 1.0
    TRANSACTIONAL = 2.0


def item_bytes(item: Item | None) -> int:
    """Size of an item: names and values; 0 without one."""
    return sum(_text_bytes(name) + value_bytes(value) for name, value in (item or {}).items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """Size of one attribute value, given as {type: content}."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def number_bytes(text: str) -> int:
    """About one byte per two significant digits and one more; negative numbers take one more again."""
    mantissa = text.lstrip("+-").lower().split("e")[0].replace(".", "").strip("0")
    return (len(mantissa) + 1) // 2 + 1 + text.startswith("-")


def _text_bytes(text: str) -> int:
    return len(text.encode())


def _binary_bytes(content: bytes | str) -> int:
    if isinstance(content, bytes):
        return len(content)
    return len(content.rstrip("=")) * 3 // 4  # base64, as the stream and raw requests have it


def _list_bytes(elements: Iterable[Mapping[str, Any]]) -> int:
    return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_bytes(element) for element in elements)


def _map_bytes(members: Item) -> int:
    return CONTAINER_BYTES + item_bytes(members) + ELEMENT_BYTES * len(members)


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _text_bytes,
    "N": number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(map(_text_bytes, texts)),
    "NS": lambda numbers: sum(map(number_bytes, numbers)),
    "BS": lambda blobs: sum(map(_binary_bytes, blobs)),
    "L": _list_bytes,
    "M": _map_bytes,
}


def read_units(size: int, consistency: Consistency) -> float:
    """Units of reading one item, or one page of a Query whose entries sum up to `size`; a missing item costs a step."""
    return max(1, -(-size // READ_STEP)) * consistency.value


def write_units(before: Item | None, after: Item | None, transactional: bool = False) -> int:
    """Units of the table for one put, update or delete: the larger of the item before and after, at least one step."""
    size = max(item_bytes(before), item_bytes(after))
    return _write_steps(size) * (2 if transactional else 1)


def _write_steps(size: int) -> int:
    return max(1, -(-size // WRITE_STEP))


@dataclass(frozen=True)
class Index:
    """A global secondary index: its key attributes, and what it projects (table and index keys included; None: all)."""

    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item; None when a key attribute is missing (a sparse index)."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {name: value for name, value in item.items() if self.projected is None or name in self.projected}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """Units of the index when its table's item changes: put, delete, replace in place, or (key changed) both."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old is None or new is None or self._place(old) == self._place(new):
            return _write_steps(max(item_bytes(old), item_bytes(new)))
        return _write_steps(item_bytes(old)) + _write_steps(item_bytes(new))

    def _place(self, entry: Item) -> list[Mapping[str, Any]]:
        return [entry[key] for key in self.keys]
