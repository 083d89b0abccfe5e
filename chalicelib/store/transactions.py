"""All-or-nothing writes. Real DynamoDB cancels a transaction that meets another one on an item; PynamoDB does not try
again, so this does: at most ten times or three seconds, with full jitter (heart.md §4)."""

import random
import time
from collections.abc import Callable
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import Unavailable
from chalicelib.store.tables import SheetItem

ATTEMPTS = 10
BUDGET_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 0.025
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class Cancelled(Exception):
    """A condition did not hold. `failed` are the places (in PynamoDB's order: condition checks, deletes, puts, updates)
    whose condition failed."""

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__(f"conditions failed at {sorted(failed)}")
        self.failed = failed


def commit(fill: Callable[[TransactWrite], Any]) -> None:
    """Run one transaction whose writes `fill` adds. Raises Cancelled, or Unavailable when conflicts go on."""
    deadline = time.monotonic() + BUDGET_SECONDS
    for attempt in range(ATTEMPTS):
        try:
            with TransactWrite(connection=SheetItem._get_connection().connection) as transaction:
                fill(transaction)
            return
        except TransactWriteError as error:
            _raise_unless_passing(error)
        pause = random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt)
        if time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    raise Unavailable("Too many writes met on the same item; nothing was stored. Send it again in a moment.")


def _raise_unless_passing(error: TransactWriteError) -> None:
    codes = [reason.code if reason else None for reason in error.cancellation_reasons]
    failed = frozenset(place for place, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        raise Cancelled(failed) from error
    if error.cause_response_code not in {"TransactionInProgressException"} and not PASSING.intersection(codes):
        raise error
