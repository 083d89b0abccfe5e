"""The fault proxies of a soak do to requests and events what they say, and nothing once they are calm."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.soak.event_faults import EventFaults
from tests.soak.messages import Message, answer
from tests.soak.store_faults import StoreFaults

TRIES = 4000


class Upstream:
    """Answers each request with its number."""

    def __init__(self) -> None:
        self.seen: list[Message] = []

    async def exchange(self, request: Message) -> Message:
        self.seen.append(request)
        return answer(b"200 OK", b"application/json", json.dumps({"n": len(self.seen)}).encode())


def asked(operation: str, body: dict[str, Any]) -> Message:
    head = f"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n\r\n".encode()
    return Message(head, json.dumps(body).encode())


def outcomes(
    faults: StoreFaults | EventFaults, upstream: Upstream, request: Message, kinds: str
) -> dict[str, list[tuple[int, Message | None]]]:
    """By kind of fault: how often the upstream was asked, and what was answered."""
    found: dict[str, list[tuple[int, Message | None]]] = {}

    async def play() -> None:
        for _ in range(TRIES):
            before, seen = faults.counts.copy(), len(upstream.seen)
            given = await faults(request)
            kind = " and ".join(faults.counts - before) or "none"
            found.setdefault(kind.removeprefix(kinds), []).append((len(upstream.seen) - seen, given))

    asyncio.run(play())
    return found


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr(asyncio, "sleep", at_once)


def body_of(message: Message | None) -> Any:
    assert message is not None
    return json.loads(message.body)


def test_the_tables_fail_as_dynamodb_does() -> None:
    upstream = Upstream()
    transaction = asked("TransactWriteItems", {"TransactItems": [{}, {}]})
    found = outcomes(StoreFaults(upstream, 1), upstream, transaction, "store: ")  # type: ignore[arg-type]
    assert {kind: {times for times, _ in seen} for kind, seen in found.items()} == {
        "none": {1},
        "slow": {1},
        "request lost": {0},
        "answer lost": {1},
        "failed after it applied": {1},
        "throttled": {0},
        "conflict": {0},
    }
    assert found["request lost"][0][1] is found["answer lost"][0][1] is None
    assert body_of(found["failed after it applied"][0][1])["__type"].endswith("#InternalServerError")
    assert body_of(found["throttled"][0][1])["__type"].endswith("#ProvisionedThroughputExceededException")
    assert [one["Code"] for one in body_of(found["conflict"][0][1])["CancellationReasons"]] == [
        "None",
        "TransactionConflict",
    ]


@pytest.mark.parametrize(("body", "lags"), [({"IndexName": "open"}, True), ({}, False)])
def test_only_indexes_lag(body: dict[str, Any], lags: bool) -> None:
    upstream = Upstream()
    faults = StoreFaults(upstream, 1)  # type: ignore[arg-type]
    found = outcomes(faults, upstream, asked("Query", body), "store: ")
    assert ("stale index" in found) == lags
    for times, given in found.get("stale index", []):
        assert times == 0
        assert given is not None


def test_events_come_twice_in_pieces_and_again() -> None:
    upstream = Upstream()
    event = Message(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", json.dumps({"Records": [1, 2, 3]}).encode())
    found = outcomes(EventFaults(upstream, 1), upstream, event, "events: ")  # type: ignore[arg-type]
    times = {kind: {count for count, _ in seen} for kind, seen in found.items() if kind != "again later"}
    assert max(count for count, _ in found["again later"]) >= 1
    assert times["failed"] <= {0, 1}  # a repeat of an earlier event may come meanwhile
    assert min(times["twice"]) == min(times["at once"]) == min(times["in pieces"]) == 2
    assert body_of(found["in pieces"][0][1]) == {"batchItemFailures": []}
    assert {Message(b"", one.body).body for one in upstream.seen} == {
        event.body,
        json.dumps({"Records": [1]}).encode(),
        json.dumps({"Records": [2, 3]}).encode(),
    }
    assert all(given is not None and b"500" in given.head for _, given in found["failed"] + found["answer lost"])


@pytest.mark.parametrize("make", [StoreFaults, EventFaults])
def test_when_calm_everything_passes_once(make: Callable[[Any, int], StoreFaults | EventFaults]) -> None:
    upstream = Upstream()
    faults = make(upstream, 1)
    faults.calm = True
    found = outcomes(faults, upstream, asked("PutItem", {}), "")
    assert {times for times, _ in found["none"]} == {1}
    assert list(found) == ["none"]
