"""The fault layer at the store's edge: crashes around a write, lost acknowledgements, transaction conflicts, stale
index reads. All but the last work below PynamoDB, so that the stores under test are the real ones, whole."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chalicelib.core.queueing import Entry
from chalicelib.store.queue import QueueStore
from chalicelib.store.transport import Wire

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


class Crash(Exception):
    """The process died here, or its answer never arrived."""


@contextmanager
def crash(client: Any, at_write: int, applied: bool) -> Iterator[None]:
    """Die at the `at_write`-th write (from 0): before it reaches the store, or just after it was applied there. That
    ends the block; a block with fewer writes ends normally."""
    stock, seen = client._make_api_call, iter(range(at_write + 1))

    def call(operation: str, params: Any) -> Any:
        dies = operation in WRITES and next(seen, -1) == at_write
        if dies and not applied:
            raise Crash
        try:
            return stock(operation, params)
        finally:
            if dies:  # whatever the answer was, it never arrives
                raise Crash

    client._make_api_call = call
    try:
        yield
    except Crash:
        pass
    finally:
        client._make_api_call = stock


class Conflicts:
    """Answers the next requests of one operation as DynamoDB does when they meet a transaction on the item."""

    def __init__(self, client: Any, times: int, operation: str = "TransactWriteItems") -> None:
        self._wire: Wire = client.transport.wire
        self._left = times
        self._target = f"DynamoDB_20120810.{operation}"
        self._lock = threading.Lock()
        self.refused = 0

    def __enter__(self) -> "Conflicts":
        self._stock = self._wire.post
        self._wire.post = self._post  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.post = self._stock  # type: ignore[method-assign]

    def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if headers["X-Amz-Target"] == self._target and self._refuses():
            return 400, json.dumps(refusal(json.loads(body))).encode()
        return self._stock(body, headers)

    def _refuses(self) -> bool:
        with self._lock:
            refuses = self.refused < self._left
            self.refused += refuses
            return refuses


@contextmanager
def unheard(client: Any, operation: str, times: int) -> Iterator[None]:
    """The answers to the next requests of one operation are lost behind the store: the transport sends them again."""
    wire: Wire = client.transport.wire
    stock, left = wire.post, iter(range(times))

    def post(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        answer = stock(body, headers)
        if headers["X-Amz-Target"] == f"DynamoDB_20120810.{operation}" and next(left, None) is not None:
            raise ConnectionResetError("the answer was lost")
        return answer

    wire.post = post  # type: ignore[method-assign]
    try:
        yield
    finally:
        wire.post = stock  # type: ignore[method-assign]


def refusal(request: dict[str, Any], reason: str = "TransactionConflict") -> dict[str, Any]:
    """AWS, "TransactWriteItems", errors: one reason per item, in the order of the request."""
    if "TransactItems" not in request:
        return {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
            "message": "Transaction is ongoing for the item",
        }
    codes = [*["None"] * (len(request["TransactItems"]) - 1), reason]
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
        "CancellationReasons": [{"Code": code} for code in codes],
    }


class LaggingQueue(QueueStore):
    """An index that shows what was there when `freeze()` was called, until `thaw()`."""

    def __init__(self) -> None:
        super().__init__(remember_seconds=0)
        self._frozen: dict[str, list[Entry]] | None = None

    def freeze(self, queue: str) -> None:
        self._frozen = {queue: [entry for page in super().pages(queue) for entry in page]}

    def thaw(self) -> None:
        self._frozen = None

    def pages(
        self,
        queue: str,
        after: str | None = None,
        until: str | None = None,
        size: int = 0,
        backwards: bool = False,
    ) -> Iterator[Sequence[Entry]]:
        if self._frozen is None:
            yield from super().pages(queue, after, until, size, backwards)
            return
        frozen = self._frozen.get(queue, [])
        shown = [one for one in frozen if (after or "") < one.qk and (not until or one.qk <= until)]
        step = size or 40
        yield from (shown[start : start + step] for start in range(0, len(shown), step))
