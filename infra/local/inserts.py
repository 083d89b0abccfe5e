"""PartiQL's INSERT in batches as DynamoDB carries it out: the emulator's own puts the items without telling the stream
and counts a unit for each, whatever the size and the indexes (ministack 1.5.33).

Only batches of INSERT with parameters, into one table, as `chalicelib/store/inserts.py` makes them; all else is the
emulator's. What is new goes through its BatchWriteItem, which tells the stream and counts right.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import dynamodb

from infra.local.partiql import Item, read_insert

Answer = tuple[int, dict[str, str], Any]
REFUSED = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}


def install() -> None:
    """Let the emulator's BatchExecuteStatement insert as DynamoDB does; call once, before it serves."""
    dynamodb._batch_execute_statement = inserting(dynamodb._batch_execute_statement, dynamodb._batch_write_item)


def inserting(stock: Callable[..., Answer], batch_write_item: Callable[..., Answer]) -> Callable[..., Answer]:
    """The emulator's BatchExecuteStatement, with inserts of our own."""

    def batch_execute_statement(data: dict[str, Any]) -> Answer:
        read = [read_insert(statement) for statement in data.get("Statements") or ()]
        names = {one[0] for one in read if one}
        table = dynamodb._tables.get(next(iter(names))) if len(names) == 1 and None not in read else None
        if table is None:
            return stock(data)
        return _inserted(next(iter(names)), table, [one[1] for one in read if one], data, batch_write_item)

    return batch_execute_statement


def _inserted(
    name: str, table: Any, items: Sequence[Item], data: Mapping[str, Any], batch_write_item: Callable[..., Answer]
) -> Answer:
    fresh = [item for item in items if not _stands(table, item)]
    units = float(len(items) - len(fresh))
    if fresh:
        puts = [{"PutRequest": {"Item": item}} for item in fresh]
        status, headers, body = batch_write_item({"RequestItems": {name: puts}, "ReturnConsumedCapacity": "TOTAL"})
        if status != 200:
            return status, headers, body
        units += json.loads(body)["ConsumedCapacity"][0]["CapacityUnits"]
    put = {id(item) for item in fresh}
    answer: dict[str, Any] = {
        "Responses": [{"TableName": name, **({} if id(item) in put else {"Error": REFUSED})} for item in items]
    }
    if data.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer["ConsumedCapacity"] = [{"TableName": name, "CapacityUnits": units}]
    return dynamodb.json_response(answer)  # type: ignore[no-any-return]


def _stands(table: Any, item: Item) -> bool:
    hash_key, range_key = table["pk_name"], table["sk_name"]
    partition = table["items"].get(dynamodb._extract_key_val(item.get(hash_key)), {})
    return (dynamodb._extract_key_val(item.get(range_key)) if range_key else "__no_sort__") in partition
