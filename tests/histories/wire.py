"""What breaks between PynamoDB and DynamoDB, as it comes over the wire: conflicts, throttling, lost answers and their
repeats, requests that arrive when nobody waits for them any more, the end of the process before or after a request.

Each thread draws from a chance of its own, so that what breaks for one client does not depend on the others.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from chalicelib.store.transport import Wire
from tests.histories.chance import Chance
from tests.reliability.faults import REFUSED, WRITES, Crash, refusal

Answer = tuple[int, bytes]
WEIGHTS = (("conflict", 4.0), ("throttled", 2.0), ("lost", 4.0), ("unsent", 1.0), ("late", 1.0), ("dies", 4.0))
LATE_SECONDS = 0.3
ERROR = "com.amazonaws.dynamodb.v20120810#"
REASONS = ("TransactionConflict", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
THROTTLED = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")


def _crash() -> NoReturn:
    raise Crash


class Weather:
    """Stands before every request of a client's wire. `end` ends the process; `rate` is the share of requests that
    break, reads for throttling only."""

    def __init__(self, client: Any, rate: float, end: Callable[[], NoReturn] = _crash) -> None:
        self._wire: Wire = client.transport.wire
        self._rate = rate
        self._end = end
        self._here = threading.local()
        self._late: list[threading.Thread] = []

    @contextmanager
    def around(self) -> Iterator[None]:
        """While this lasts, and until the last late request has arrived."""
        self._stock = self._wire.post
        self._wire.post = self._post  # type: ignore[method-assign]
        try:
            yield
        finally:
            for thread in self._late:
                thread.join()
            self._wire.post = self._stock  # type: ignore[method-assign]

    def comes_from(self, chance: Chance) -> None:
        """From now on, for this thread."""
        self._here.chance = chance

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        chance: Chance | None = getattr(self._here, "chance", None)
        if chance is None or not chance.happens(self._rate):
            return self._stock(body, headers)
        operation = headers["X-Amz-Target"].rsplit(".")[-1]
        kind = chance.weighted(WEIGHTS) if operation in WRITES else "throttled"
        return self._broken(kind, chance, body, headers)

    def _broken(self, kind: str, chance: Chance, body: bytes, headers: Mapping[str, str]) -> Answer:
        if kind == "conflict":
            return self._conflict(chance, body, headers)
        if kind == "throttled":
            return 400, json.dumps({"__type": ERROR + chance.choice(THROTTLED), "message": "slower"}).encode()
        if kind == "late":
            self._late.append(threading.Thread(target=self._send_late, args=(body, headers)))
            self._late[-1].start()
            self._end()
        if kind == "dies" and chance.happens(0.5):
            self._end()
        if kind != "unsent":
            self._stock(body, headers)
        if kind == "dies":
            self._end()
        raise ConnectionResetError("the answer was lost")

    def _conflict(self, chance: Chance, body: bytes, headers: Mapping[str, str]) -> Answer:
        """As real DynamoDB refuses a write that meets a transaction."""
        request = json.loads(body)
        if "BatchWriteItem" in headers["X-Amz-Target"]:  # is no transaction's business
            return self._stock(body, headers)
        if "Statements" in request:
            return 200, json.dumps({"Responses": [REFUSED] * len(request["Statements"])}).encode()
        return 400, json.dumps(refusal(request, chance.choice(REASONS))).encode()

    def _send_late(self, body: bytes, headers: Mapping[str, str]) -> None:
        time.sleep(LATE_SECONDS)
        self._stock(body, headers)
