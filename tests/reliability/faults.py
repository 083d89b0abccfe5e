"""The fault layer at the store's edge: crashes around a write, lost acknowledgements, transaction conflicts, stale
index reads. All but the last hook into the botocore client, so that the stores under test are the real ones, whole."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib.core.queueing import Entry
from chalicelib.store.queue import QueueStore

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


class Crash(Exception):
    """The process died here, or its answer never arrived."""


@contextmanager
def crash(client: Any, at_write: int, applied: bool) -> Iterator[None]:
    """Die at the `at_write`-th write (from 0): before it reaches the store, or just after it was applied there. That
    ends the block; a block with fewer writes ends normally."""
    event = "after-call.dynamodb" if applied else "before-call.dynamodb"
    seen = iter(range(at_write + 1))

    def die(model: Any, **_: Any) -> None:
        if model.name in WRITES and next(seen, -1) == at_write:
            raise Crash(f"{model.name}, write {at_write}")

    client.meta.events.register(event, die)
    try:
        yield
    except Crash:
        pass
    finally:
        client.meta.events.unregister(event, die)


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


class Conflicts:
    """Refuses the next writes as DynamoDB does when they meet a transaction on the item; counts what it refused."""

    def __init__(self, client: Any, times: int, operation: str = "TransactWriteItems") -> None:
        self._client = client
        self._left = times
        self._operation = operation
        self._lock = threading.Lock()
        self.refused = 0

    def __enter__(self) -> "Conflicts":
        self._client.meta.events.register(f"before-send.dynamodb.{self._operation}", self._answer)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.meta.events.unregister(f"before-send.dynamodb.{self._operation}", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse | None:
        with self._lock:
            if self._left == 0:
                return None
            self._left -= 1
            self.refused += 1
        error = self._cancelled(request) if self._operation == "TransactWriteItems" else _conflict()
        body = json.dumps(error).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 400, headers, _Body(body))

    def _cancelled(self, request: Any) -> dict[str, Any]:
        """AWS, "TransactWriteItems", errors: one reason per item, in the order of the request."""
        count = len(json.loads(request.body)["TransactItems"])
        codes = [*["None"] * (count - 1), "TransactionConflict"]
        return {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}",
            "CancellationReasons": [{"Code": code} for code in codes],
        }


def _conflict() -> dict[str, Any]:
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "message": "Transaction is ongoing for the item",
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
        self, queue: str, after: str | None = None, until: str | None = None, size: int = 0
    ) -> Iterator[Sequence[Entry]]:
        if self._frozen is None:
            yield from super().pages(queue, after, until, size)
            return
        shown = [one for one in self._frozen[queue] if (after or "") < one.qk and (not until or one.qk <= until)]
        step = size or 40
        yield from (shown[start : start + step] for start in range(0, len(shown), step))
