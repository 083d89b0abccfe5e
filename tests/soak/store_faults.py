"""Between the product and its tables: what DynamoDB does on a bad day, which the embedded cloud never does.

Requests and answers get lost, come late, meet other transactions, are throttled, fail after they applied; and index
reads lag. Errors: AWS, "Amazon DynamoDB Developer Guide", "Error handling with DynamoDB".
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping

from tests.soak.messages import Message, Upstream, answer

PREFIX = b"DynamoDB_20120810."
WRITES = {b"PutItem", b"UpdateItem", b"DeleteItem", b"TransactWriteItems", b"BatchWriteItem", b"BatchExecuteStatement"}
LONGEST_WAIT = 1.2  # seconds, less than what callers wait for
LAG_SECONDS = 2.0
JSON = b"application/x-amz-json-1.0"

LOST_BEFORE, LOST_AFTER, FAILED_AFTER, SLOW, THROTTLED = 0.003, 0.004, 0.003, 0.01, 0.005  # of all requests
CONFLICT_OF_WRITE, CONFLICT_OF_TRANSACTION = 0.004, 0.04
STALE = 0.3  # of reads of an index that were made before, shortly


class StoreFaults:
    """Decides what becomes of each request. `counts`: faults by kind. `calm`: none any more."""

    def __init__(self, upstream: Upstream, seed: int) -> None:
        self._upstream = upstream
        self._rng = random.Random(f"{seed} store")
        self._seen: dict[bytes, tuple[float, Message]] = {}
        self.counts: Counter[str] = Counter()
        self.calm = False

    async def __call__(self, request: Message) -> Message | None:
        """The answer; None: hang up. Raises what the upstream raises."""
        operation = request.header(b"x-amz-target").removeprefix(PREFIX)
        kind = None if self.calm else self._kind(operation)
        if kind:
            self.counts[f"store: {kind}"] += 1
        if kind == "request lost":
            return None
        if kind in ("throttled", "conflict"):
            return _refusal(kind, request, operation)
        if kind == "slow":
            await asyncio.sleep(self._rng.uniform(0, LONGEST_WAIT))
        given = await self._exchange(request, operation)
        if kind == "answer lost":
            return None
        if kind == "failed after it applied":
            return _error(b"500 Internal Server Error", "InternalServerError", "Please try again.")
        return given

    def _kind(self, operation: bytes) -> str | None:
        conflict = CONFLICT_OF_TRANSACTION if operation == b"TransactWriteItems" else CONFLICT_OF_WRITE
        fates = [
            ("request lost", LOST_BEFORE),
            ("answer lost", LOST_AFTER),
            ("failed after it applied", FAILED_AFTER),
            ("slow", SLOW),
            ("throttled", THROTTLED),
            ("conflict", conflict if operation in WRITES and operation != b"BatchWriteItem" else 0.0),
        ]
        drawn = self._rng.random()
        for kind, share in fates:
            if drawn < share:
                return kind
            drawn -= share
        return None

    async def _exchange(self, request: Message, operation: bytes) -> Message:
        """An index read may get what the same read gave up to LAG_SECONDS ago."""
        if operation != b"Query" or b'"IndexName"' not in request.body:
            return await self._upstream.exchange(request)
        since, seen = self._seen.get(request.body, (0.0, None))
        if seen and not self.calm and time.monotonic() - since < LAG_SECONDS and self._rng.random() < STALE:
            self.counts["store: stale index"] += 1
            return seen
        given = await self._upstream.exchange(request)
        self._seen[request.body] = time.monotonic(), given
        if len(self._seen) > 5000:
            self._seen.clear()
        return given


def _refusal(kind: str, request: Message, operation: bytes) -> Message:
    if kind == "throttled":
        return _error(b"400 Bad Request", "ProvisionedThroughputExceededException", "The level was exceeded.")
    if operation == b"BatchExecuteStatement":
        told = {"Error": {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}}
        refused = [told] * len(json.loads(request.body)["Statements"])
        return answer(b"200 OK", JSON, json.dumps({"Responses": refused}).encode())
    if operation != b"TransactWriteItems":
        return _error(b"400 Bad Request", "TransactionConflictException", "Transaction is ongoing for the item")
    codes = [*["None"] * (len(json.loads(request.body)["TransactItems"]) - 1), "TransactionConflict"]
    reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}"
    return _error(b"400 Bad Request", "TransactionCanceledException", message, reasons)


def _error(status: bytes, name: str, message: str, more: Mapping[str, object] | None = None) -> Message:
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": message, "Message": message}
    body = {**told, **(more or {})}
    return answer(status, JSON, json.dumps(body).encode())
