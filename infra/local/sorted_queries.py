"""Keeps the emulator's partitions sorted, so that a Query costs what it returns and not what the partition holds.

The emulator sorts and filters the whole partition on each Query, on the one thread that serves everybody (0.4–0.6 s at
10,000 items). Here each partition that was queried once keeps its keys in order, and the emulator's own `_query` is
handed a table that holds only the page; so validation, filters, projections and answers stay the emulator's. Whatever
is not recognised goes to the emulator unchanged. `tests/reliability/test_sorted_queries.py` compares the two.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from decimal import InvalidOperation
from itertools import islice
from threading import local
from types import FunctionType
from typing import Any

from ministack.services import dynamodb

from infra.local.key_ranges import Entry, KeyNames, KeyRange, read_key_range

Table = dict[str, Any]
Query = Callable[[dict[str, Any]], Any]
SORTED = "\0sorted"  # beside the emulator's own index members, so it is dropped and rebuilt together with them
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)  # a request that stock must judge


def install() -> None:
    """Replace the emulator's Query and hook its index maintenance; call once, before it serves."""
    dynamodb._query = sorted_query(dynamodb._query)
    dynamodb._index_item = following_changes(dynamodb._index_item)


class _OneTable(local):
    """Stands in for the emulator's table registry inside our copy of its `_query`: holds the narrowed table."""

    table: Table
    cursor: Any

    def get(self, _name: str) -> Table:
        return self.table


def sorted_query(stock: Any) -> Query:
    """A Query that answers as `stock` does, from sorted keys where the request is recognised."""
    narrowed = _OneTable()
    instead = {"_tables": narrowed, "_evaluate_condition": _not_for_the_key(narrowed)}
    stock_on_narrowed = FunctionType(stock.__code__, {**vars(dynamodb), **instead})

    def query(data: dict[str, Any]) -> Any:
        page = _page(data)
        if page is None:
            return stock(data)
        narrowed.table, narrowed.cursor = page, data.get("ExclusiveStartKey")
        return stock_on_narrowed(data)

    return query


def _not_for_the_key(narrowed: _OneTable) -> Callable[..., bool]:
    """The emulator's evaluation of conditions, spared for the key condition of items that were chosen by it."""
    stock = dynamodb._evaluate_condition

    def evaluate(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> bool:
        if slot == "KeyConditionExpression" and item is not narrowed.cursor:
            return True
        return bool(stock(expression, item, values, names, slot=slot))

    return evaluate


def following_changes(stock: Callable[..., None]) -> Callable[..., None]:
    """The emulator's index maintenance, which then brings our sorted keys up to date."""

    def index_item(table: Table, base_pk: Any, base_sk: Any, item: Mapping[str, Any], add: bool) -> None:
        stock(table, base_pk, base_sk, item, add)
        indexes = (table.get(dynamodb._INDEX_MEMBERS) or {}).get(SORTED, {})
        for index_name, partitions in indexes.items():
            _follow(table, partitions, index_name, (base_pk, base_sk), item, add)

    return index_item


def _follow(
    table: Table,
    partitions: dict[str, list[Entry]],
    index_name: str | None,
    base: tuple[Any, Any],
    item: Mapping[str, Any],
    add: bool,
) -> None:
    keys = _key_names(table, index_name)
    if keys is None or keys.hash not in item or (keys.range and keys.range not in item):
        return
    partition = dynamodb._extract_key_val(item[keys.hash])
    entries = partitions.get(partition)
    if entries is None:
        return
    entry = (_order_key(table, keys, item), *base)
    if add:
        insort(entries, entry)
        return
    place = bisect_left(entries, entry)
    if place < len(entries) and entries[place] == entry:
        del entries[place]
    else:
        del partitions[partition]  # lost track: sort this partition again at its next Query


def _page(data: Mapping[str, Any]) -> Table | None:
    """The table narrowed to the items that this Query evaluates; None when the emulator should do it all itself."""
    try:
        table = dynamodb._tables.get(dynamodb._normalize_table_name(data["TableName"]))
        keys = _key_names(table, data.get("IndexName"))
        key_range = read_key_range(data, keys) if keys else None
        if keys is None or key_range is None:
            return None
        return _narrow(table, data, keys, key_range)
    except UNREADABLE:
        return None


def _narrow(table: Table, data: Mapping[str, Any], keys: KeyNames, key_range: KeyRange) -> Table:
    index_name = data.get("IndexName")
    entries = _sorted_entries(table, index_name, keys, key_range.partition)
    chosen = list(_evaluated(table, data, _in_order(table, data, keys, entries, key_range)))
    items: dict[Any, dict[Any, Any]] = {}
    for _, base_pk, base_sk in chosen:
        items.setdefault(base_pk, {})[base_sk] = table["items"][base_pk][base_sk]
    members = {index_name: {key_range.partition: {(pk, sk): None for _, pk, sk in chosen}}}
    return {**table, "items": items, dynamodb._INDEX_MEMBERS: members}


def _in_order(
    table: Table, data: Mapping[str, Any], keys: KeyNames, entries: list[Entry], key_range: KeyRange
) -> Iterator[Entry]:
    """The entries of the range behind the cursor, in the order that was asked for."""
    start, end = key_range.span(entries)
    cursor = data.get("ExclusiveStartKey")
    if data.get("ScanIndexForward", True):
        if cursor:
            start = max(start, bisect_right(entries, _order_key(table, keys, cursor), key=lambda entry: entry[0]))
        return islice(entries, start, end)
    if cursor:
        end = min(end, bisect_left(entries, _order_key(table, keys, cursor), key=lambda entry: entry[0]))
    return (entries[position] for position in range(end - 1, start - 1, -1))


def _evaluated(table: Table, data: Mapping[str, Any], entries: Iterator[Entry]) -> Iterator[Entry]:
    """As many entries as one page can hold: `Limit`, or 1 MB of data and the item that passes it."""
    if data.get("Limit"):
        yield from islice(entries, int(data["Limit"]))
        return
    size = 0
    for entry in entries:
        yield entry
        item = dynamodb._apply_index_projection(table["items"][entry[1]][entry[2]], table, data.get("IndexName"))
        size += dynamodb._item_size_bytes(item)
        if size > dynamodb._DDB_PAGE_SIZE_BYTES:
            return


def _key_names(table: Table, index_name: str | None) -> KeyNames | None:
    if index_name:
        hashes, ranges = dynamodb._index_key_lists(dynamodb._index_def(table, index_name))
    else:
        hashes, ranges = [table["pk_name"]], [table["sk_name"]] if table["sk_name"] else []
    if len(hashes) != 1 or len(ranges) > 1:
        return None
    types = {name: dynamodb._get_attr_type(table, name) for name in hashes + ranges}
    return KeyNames(hashes[0], ranges[0] if ranges else None, types)


def _order_key(table: Table, keys: KeyNames, item: Mapping[str, Any]) -> tuple[Any, ...]:
    """The emulator's order within a partition: sort key, then the table's own keys."""
    return tuple(
        dynamodb._index_order_value(item, name, type_) for name, type_ in dynamodb._index_order_keys(table, keys.range)
    )


def _sorted_entries(table: Table, index_name: str | None, keys: KeyNames, partition: str) -> list[Entry]:
    members = dynamodb._index_members(table)
    partitions = members.setdefault(SORTED, {}).setdefault(index_name, {})
    if partition not in partitions:
        items = table["items"]
        if index_name:
            bases = members[index_name].get(partition, ())
        else:
            bases = [(partition, base_sk) for base_sk in items.get(partition, ())]
        partitions[partition] = sorted((_order_key(table, keys, items[pk][sk]), pk, sk) for pk, sk in bases)
    entries: list[Entry] = partitions[partition]
    return entries
