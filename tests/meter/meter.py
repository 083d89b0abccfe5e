"""Counts read and write units of every DynamoDB request a botocore client makes.

The emulator's own figures are wrong, so they are computed by `chalicelib/core/units.py` from the request and from the
items before and after it, which are read through a second client that is not metered. For one client at a time: what
another writes between the two images would be counted here.
"""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.units import Consistency, Item, item_bytes, read_units, write_units
from infra.local.partiql import read_insert
from tests.meter.schema import Schema, schema_of


@dataclass(frozen=True)
class Request:
    """One request and what it costs."""

    operation: str
    tables: tuple[str, ...]
    read: float = 0.0
    write: float = 0.0


@dataclass
class Bill:
    """The requests made while the meter ran."""

    requests: list[Request] = field(default_factory=list)

    @property
    def read(self) -> float:
        return sum(request.read for request in self.requests)

    @property
    def write(self) -> float:
        return sum(request.write for request in self.requests)

    def __str__(self) -> str:
        lines = [f"  {one.operation} {'+'.join(one.tables)}: {one.read:g} RU {one.write:g} WU" for one in self.requests]
        return "\n".join([f"{self.read:g} RU {self.write:g} WU in {len(lines)} requests", *lines])


class Meter:
    """Stands before every call of `metered`, a botocore client, while used as a context manager; `unmetered`, another
    client, reads the images."""

    def __init__(self, metered: Any, unmetered: Any) -> None:
        self._metered = metered
        self._unmetered = unmetered
        self._schemas: dict[str, Schema] = {}
        self._bill = Bill()

    @property
    def aside(self) -> Any:
        """The client that is not metered: for what others do while the meter runs."""
        return self._unmetered

    def __enter__(self) -> Bill:
        self._bill = Bill()
        self._call = self._metered._make_api_call
        self._metered._make_api_call = self._metered_call
        return self._bill

    def __exit__(self, *_: object) -> None:
        self._metered._make_api_call = self._call

    def _metered_call(self, operation: str, params: dict[str, Any]) -> Any:
        writes = self._writes(operation, params)
        before = self._images(writes)
        failed = True
        try:
            answer = self._call(operation, params)
            failed = False
        finally:
            if writes:
                units = self._write_units(writes, before, failed, operation == "TransactWriteItems")
                request = Request(operation, tuple(dict.fromkeys(name for name, _, _ in writes)), write=units)
            else:
                request = self._read(operation, params)
            self._bill.requests.append(request)
        return answer

    def _write_units(
        self, writes: list["Write"], befores: list[Item | None], failed: bool, transactional: bool
    ) -> float:
        afters = self._images(writes)
        total = 0.0
        for (table, _, put), before, after in zip(writes, befores, afters, strict=True):
            # A failed condition is charged as if it had been written; of an update only the item before is known.
            total += write_units(before, put if failed else after, transactional)
            total += self._schema(table).index_units(before, after)
        return total

    def _images(self, writes: list["Write"]) -> list[Item | None]:
        return [self._image(table, key) for table, key, _ in writes]

    def _image(self, table: str, key: dict[str, Any]) -> Item | None:
        answer = self._unmetered.get_item(TableName=table, Key=key, ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    def _schema(self, table: str) -> Schema:
        if table not in self._schemas:
            self._schemas[table] = schema_of(self._unmetered.describe_table(TableName=table)["Table"])
        return self._schemas[table]

    def _writes(self, operation: str, params: dict[str, Any]) -> list["Write"]:
        if operation == "TransactWriteItems":
            return [self._write(part) for entry in params["TransactItems"] for part in entry.values()]
        if operation == "BatchWriteItem":
            return [
                self._write({"TableName": table, **part})
                for table, entries in params["RequestItems"].items()
                for entry in entries
                for part in entry.values()
            ]
        if operation == "BatchExecuteStatement":
            inserts = filter(None, map(read_insert, params["Statements"]))
            return [self._write({"TableName": table, "Item": item}) for table, item in inserts]
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            return [self._write(params)]
        return []

    def _write(self, part: dict[str, Any]) -> "Write":
        table, put = part["TableName"], part.get("Item")
        return table, self._schema(table).key_of(put) if put else part["Key"], put

    def _read(self, operation: str, params: dict[str, Any]) -> Request:
        if operation == "BatchGetItem":
            wanted = params["RequestItems"]
            keys = [(table, key, _consistency(one)) for table, one in wanted.items() for key in one["Keys"]]
        elif operation == "TransactGetItems":
            gets = [entry["Get"] for entry in params["TransactItems"]]
            keys = [(get["TableName"], get["Key"], Consistency.TRANSACTIONAL) for get in gets]
        elif operation == "GetItem":
            keys = [(params["TableName"], params["Key"], _consistency(params))]
        elif operation in ("Query", "Scan"):
            return Request(operation, (params["TableName"],), read=self._page_units(operation, params))
        else:
            return Request(operation, (params.get("TableName", ""),))
        units = sum(read_units(item_bytes(self._image(table, key)), level) for table, key, level in keys)
        return Request(operation, tuple(dict.fromkeys(table for table, _, _ in keys)), read=units)

    def _page_units(self, operation: str, params: dict[str, Any]) -> float:
        """A page costs what it looked at: the same page is read again without its filter and projection."""
        whole = {name: value for name, value in params.items() if name not in _NARROWING}
        names = whole.pop("ExpressionAttributeNames", {})
        values = whole.pop("ExpressionAttributeValues", {})
        condition = whole.get("KeyConditionExpression", "")
        used_names = {name: value for name, value in names.items() if _mentions(condition, name)}
        used_values = {name: value for name, value in values.items() if _mentions(condition, name)}
        whole |= {"ExpressionAttributeNames": used_names} if used_names else {}
        whole |= {"ExpressionAttributeValues": used_values} if used_values else {}
        call = self._unmetered.query if operation == "Query" else self._unmetered.scan
        items = call(**whole)["Items"]
        index = self._schema(params["TableName"]).indexes.get(params.get("IndexName", ""))
        entries = [index.entry(item) for item in items] if index else items
        return read_units(sum(map(item_bytes, entries)), _consistency(params))


Write = tuple[str, dict[str, Any], Item | None]  # table, key, and the item of a put
_NARROWING = {"FilterExpression", "ProjectionExpression", "Select", "ReturnConsumedCapacity"}


def _mentions(expression: str, name: str) -> bool:
    words = expression.replace("(", " ").replace(")", " ").replace(",", " ").split()
    return name in words


def _consistency(params: dict[str, Any]) -> Consistency:
    return Consistency.STRONG if params.get("ConsistentRead") else Consistency.EVENTUAL
