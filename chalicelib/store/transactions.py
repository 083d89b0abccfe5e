"""All-or-nothing writes, tried again when they meet another write on an item."""

from collections.abc import Callable
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.store.contention import Patience
from chalicelib.store.tables import SheetItem

PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class Cancelled(Exception):
    """A condition did not hold. `failed` are the places (in PynamoDB's order: condition checks, deletes, puts, updates)
    whose condition failed; `only_last` says that it was the last one alone."""

    def __init__(self, failed: frozenset[int], writes: int) -> None:
        super().__init__(f"conditions failed at {sorted(failed)} of {writes}")
        self.failed = failed
        self.only_last = failed == {writes - 1}


def commit(fill: Callable[[TransactWrite], Any]) -> None:
    """Run one transaction whose writes `fill` adds. Raises Cancelled, or Unavailable when conflicts go on."""
    patience = Patience()
    while True:
        try:
            with TransactWrite(connection=SheetItem._get_connection().connection) as transaction:
                fill(transaction)
            return
        except TransactWriteError as error:
            _raise_unless_passing(error)
        patience.pause()


def _raise_unless_passing(error: TransactWriteError) -> None:
    codes = [reason.code if reason else None for reason in error.cancellation_reasons]
    failed = frozenset(place for place, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        raise Cancelled(failed, len(codes)) from error
    if error.cause_response_code not in {"TransactionInProgressException"} and not PASSING.intersection(codes):
        raise error
