"""The meter, noting on which partition key of which table or index each unit lands."""

from collections import Counter
from typing import Any

from chalicelib.core.units import Consistency, Item, item_bytes, read_units, write_units
from tests.meter.meter import Meter, Write
from tests.meter.schema import Schema

Key = tuple[str, str]  # table or table/index without the stack's name, and the hash key's value


class KeyMeter(Meter):
    """As the meter, with `written` and `queried`: units by key."""

    def __init__(self, metered: Any, unmetered: Any) -> None:
        super().__init__(metered, unmetered)
        self.written: Counter[Key] = Counter()
        self.read: Counter[Key] = Counter()

    def schema(self, table: str) -> Schema:
        return self._schema(table)

    def _write_units(
        self, writes: list[Write], befores: list[Item | None], failed: bool, transactional: bool
    ) -> float:
        afters, total = self._images(writes), 0.0
        for (table, key, put), before, after in zip(writes, befores, afters, strict=True):
            schema = self._schema(table)
            units = write_units(before, put if failed else after, transactional)
            self.written[name_of(table), _value(key[schema.keys[0]])] += units
            total += units
            for index, definition in schema.indexes.items():
                units = definition.write_units(before, after)
                hashed = (definition.entry(after) or definition.entry(before) or {}).get(definition.keys[0])
                total += units
                if units and hashed is not None:
                    self.written[f"{name_of(table)}/{index}", _value(hashed)] += units
        return total

    def _read(self, operation: str, params: dict[str, Any]) -> Any:
        request = super()._read(operation, params)
        if operation == "Query":
            place = name_of(params["TableName"]) + (f"/{params['IndexName']}" if "IndexName" in params else "")
            self.read[place, _value(next(iter(params["ExpressionAttributeValues"].values())))] += request.read
        elif operation in ("GetItem", "BatchGetItem"):
            wanted = {params["TableName"]: {**params, "Keys": [params["Key"]]}} if "Key" in params else None
            for table, one in (wanted or params["RequestItems"]).items():
                level = Consistency.STRONG if one.get("ConsistentRead") else Consistency.EVENTUAL
                for key in one["Keys"]:
                    units = read_units(item_bytes(self._image(table, key)), level)
                    self.read[name_of(table), _value(key[self._schema(table).keys[0]])] += units
        return request


def name_of(table: str) -> str:
    return table.split("-", 1)[1]


def _value(typed: Any) -> str:
    return str(next(iter(typed.values())))
