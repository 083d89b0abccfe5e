"""Patience with writes that meet a transaction on the same item.

Real DynamoDB refuses the later one (AWS: "Amazon DynamoDB Transactions: How it works", transaction conflict handling):
a plain write with TransactionConflictException, a transaction by cancelling it. Neither botocore nor PynamoDB tries
again, so this does: at most ten times or three seconds, with full jitter (heart.md §4).
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pynamodb.exceptions import DeleteError, PutError, UpdateError

from chalicelib.core.errors import Unavailable

ATTEMPTS = 10
BUDGET_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 0.025
CONFLICT = "TransactionConflictException"

Written = TypeVar("Written")


class Patience:
    """Pauses between the attempts of one write, until attempts or time are used up."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + BUDGET_SECONDS
        self._made = 0

    def pause(self) -> None:
        """Wait before the next attempt; raises Unavailable when there is to be none."""
        pause = random.uniform(0, FIRST_PAUSE_SECONDS * 2**self._made)
        self._made += 1
        if self._made == ATTEMPTS or time.monotonic() + pause > self._deadline:
            raise Unavailable("Too many writes met on the same item; nothing was stored. Send it again in a moment.")
        time.sleep(pause)


def persist(write: Callable[[], Written]) -> Written:
    """The outcome of one put, update or delete, tried again while it meets a transaction. Raises Unavailable."""
    patience = Patience()
    while True:
        try:
            return write()
        except (PutError, UpdateError, DeleteError) as error:
            if error.cause_response_code != CONFLICT:
                raise
        patience.pause()
