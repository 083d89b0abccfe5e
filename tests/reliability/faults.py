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

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem", "BatchExecuteStatement")


REFUSED = {"Error": {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}}


class Crash(Exception):
    """The process died here, or its answer never arrived."""


@contextmanager
def crash(client: Any, at_write: int, applied: float) -> Iterator[None]:
    """Die at the `at_write`-th write (from 0), with every thread, and end the block; one with fewer writes ends
    normally. `applied` (0 to 1) is the share of that write that the store carries out: of a batch this part of its
    items, any other write whole or not at all."""
    stock, seen, died = client._make_api_call, iter(range(at_write + 1)), threading.Event()

    def call(operation: str, params: Any) -> Any:
        if died.is_set():
            raise Crash
        if operation not in WRITES or next(seen, -1) != at_write:
            return stock(operation, params)
        died.set()
        part = _part(operation, params, applied)
        if part is not None:
            stock(operation, part)
        raise Crash  # whatever the answer was, it never arrives

    client._make_api_call = call
    try:
        yield
    except Crash:
        pass
    finally:
        client._make_api_call = stock


def _part(operation: str, params: Any, share: float) -> Any:
    """The first items of a batch, or all of another write; None for nothing."""
    if operation == "BatchExecuteStatement":
        statements = params["Statements"][: round(len(params["Statements"]) * share)]
        return {**params, "Statements": statements} if statements else None
    if operation == "BatchWriteItem":
        ((table, entries),) = params["RequestItems"].items()
        entries = entries[: round(len(entries) * share)]
        return {**params, "RequestItems": {table: entries}} if entries else None
    return params if share == 1 else None


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
        if headers["X-Amz-Target"] != self._target or not self._refuses():
            return self._stock(body, headers)
        request = json.loads(body)
        if "Statements" in request:
            return self._every_other(request, headers)
        return 400, json.dumps(refusal(request)).encode()

    def _every_other(self, request: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """A batch of statements is refused statement by statement; the others are carried out."""
        passed = request["Statements"][1::2]
        answers: Iterator[Any] = iter(())
        if passed:
            text = self._stock(json.dumps({**request, "Statements": passed}).encode(), headers)[1]
            answers = iter(json.loads(text)["Responses"])
        told = [next(answers) if place % 2 else REFUSED for place in range(len(request["Statements"]))]
        return 200, json.dumps({"Responses": told}).encode()

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
