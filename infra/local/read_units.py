"""Read units as AWS counts them: the emulator tells one step for each Get and Query, however large, and none for a
BatchGet (ministack 1.5.33; its write units are right). The cost line relies on what the service tells.

Of a Query with a filter the emulator returns what is left: what was looked at is taken to be as large as that.
"""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from ministack.services import dynamodb

from chalicelib.core.units import Consistency, item_bytes, read_units

Answer = tuple[int, dict[str, str], Any]


def install() -> None:
    """Correct the emulator's figures; call once, before it serves and before its Query is replaced."""
    dynamodb._add_consumed_capacity = counting_reads(dynamodb._add_consumed_capacity)
    dynamodb._batch_get_item = counting_batches(dynamodb._batch_get_item)


def counting_reads(stock: Callable[..., None]) -> Callable[..., None]:
    """The emulator's addition of consumed capacity to an answer, with the read units of what was read."""

    def add(result: dict[str, Any], data: Mapping[str, Any], table_name: str, write: bool = False, **more: Any) -> None:
        stock(result, data, table_name, write=write, **more)
        told = result.get("ConsumedCapacity")
        if told and not write:
            told["CapacityUnits"] = read_units(_bytes_read(result), _consistency(data))

    return add


def _bytes_read(result: Mapping[str, Any]) -> int:
    if "Items" not in result:
        return item_bytes(result.get("Item"))
    found = result["Items"]
    size = sum(map(item_bytes, found))
    return size * int(result["ScannedCount"]) // len(found) if found else 0


def counting_batches(stock: Any) -> Callable[[dict[str, Any]], Answer]:
    """The emulator's BatchGetItem, whose answer tells what it consumed."""
    before_encoding = FunctionType(stock.__code__, {**vars(dynamodb), "json_response": lambda result: result})

    def batch_get_item(data: dict[str, Any]) -> Answer:
        answer = before_encoding(data)
        if not isinstance(answer, dict):
            return answer  # type: ignore[no-any-return]  # a refusal
        if data.get("ReturnConsumedCapacity", "NONE") != "NONE":
            wanted = data["RequestItems"]
            answer["ConsumedCapacity"] = [
                {"TableName": name, "CapacityUnits": _units(wanted[name], items)}
                for name, items in answer["Responses"].items()
            ]
        return dynamodb.json_response(answer)  # type: ignore[no-any-return]

    return batch_get_item


def _units(wanted: Mapping[str, Any], items: list[Any]) -> float:
    """Each item is rounded up by itself; one that is missing costs a step."""
    sizes = [*map(item_bytes, items), *[0] * (len(wanted["Keys"]) - len(items))]
    return sum(read_units(size, _consistency(wanted)) for size in sizes)


def _consistency(asked: Mapping[str, Any]) -> Consistency:
    return Consistency.STRONG if asked.get("ConsistentRead") else Consistency.EVENTUAL
