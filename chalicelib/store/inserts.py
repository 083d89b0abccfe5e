"""New items put many to a request, each unless one stands under its key.

BatchWriteItem knows no conditions, and a transaction costs twice as many units. PartiQL's INSERT is a put on the
condition that nothing stands there (AWS: "Amazon DynamoDB Developer Guide", PartiQL insert statements; 25 to a request:
"API Reference, BatchExecuteStatement"). It costs what such a put costs, one request in place of 25.
"""

import random
import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.errors import Unavailable
from chalicelib.store.tables import Table

MOST_INSERTS = 25
REFUSED = "DuplicateItem"
PASSING = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)
ROUNDS = 9
FIRST_PAUSE_SECONDS = 0.05


def insert_absent(items: Sequence[Table]) -> list[bool]:
    """Put up to 25 new items of one table: True for each that was put, False where an item stands, be it one that an
    earlier attempt put whose answer was lost. Raises Unavailable, ClientError."""
    put: dict[int, bool] = {}
    left = dict(enumerate(items))
    for attempt in range(ROUNDS):
        codes = dict(zip(left, _codes(list(left.values())), strict=True))
        put |= {place: code is None for place, code in codes.items() if code not in PASSING}
        left = {place: item for place, item in left.items() if place not in put}
        if not left:
            return [put[place] for place in range(len(items))]
        time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))
    raise Unavailable("The store is busy; ask again in a moment.")


def _codes(items: Sequence[Table]) -> list[str | None]:
    """Make one request: None for each item that was put, REFUSED or one of PASSING for the others."""
    table = items[0]._get_connection()
    request = {"Statements": [_statement(table.table_name, item.serialize()) for item in items]}
    answer = table.connection._make_api_call("BatchExecuteStatement", request)
    errors = [one.get("Error") for one in answer["Responses"]]
    for error in errors:
        if error and error["Code"] not in PASSING | {REFUSED}:
            raise ClientError({"Error": error}, "BatchExecuteStatement")
    return [error["Code"] if error else None for error in errors]


def _statement(table: str, item: dict[str, Any]) -> dict[str, Any]:
    members = ",".join(f"'{name}':?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{members}}}', "Parameters": list(item.values())}
