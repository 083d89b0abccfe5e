"""Between streams, queues and bucket on one side and the functions on the other: events come twice, at once, again
later, in pieces; functions fail, and their answers get lost. As on AWS there is always a function to be started: while
its host is down, an event waits.
"""

import asyncio
import json
import random
from collections import Counter
from typing import Any

from tests.soak.messages import BROKEN, Message, Upstream, answer

FAILED, ANSWER_LOST, TWICE, AT_ONCE, AGAIN_LATER, IN_PIECES, SLOW = 0.03, 0.03, 0.08, 0.06, 0.08, 0.1, 0.05
LATEST = 12.0  # seconds
OBJECTS = b"-object-created"  # the function of the bucket's events: Lambda tries it thrice over minutes, the emulator
# thrice at once. So its failures are tried again here.
HOST_SECONDS = 30.0  # that an event waits for the functions' host
FAILURE = json.dumps({"errorMessage": "The function was ended", "errorType": "Runtime.ExitError"}).encode()


class EventFaults:
    """Decides how often and when each event comes. `counts`: faults by kind. `calm`: once, at once."""

    def __init__(self, upstream: Upstream, seed: int) -> None:
        self._upstream = upstream
        self._rng = random.Random(f"{seed} events")
        self._later: set[asyncio.Task[Message]] = set()
        self.counts: Counter[str] = Counter()
        self.calm = False

    async def __call__(self, event: Message) -> Message | None:
        """The function's answer."""
        kind = None if self.calm else self._kind()
        if kind in ("failed", "answer lost") and _is_of_an_object(event):
            kind = "twice"
        if kind:
            self.counts[f"events: {kind}"] += 1
        if kind == "failed":
            return _failure()
        if kind == "slow":
            await asyncio.sleep(self._rng.uniform(0, 1.5))
        if kind == "again later":
            self._repeat(event, self._rng.uniform(0.5, LATEST))
        if kind == "at once":
            return (await asyncio.gather(self._invoke(event), self._invoke(event)))[0]
        if kind == "in pieces":
            return await self._in_pieces(event)
        given = await self._invoke(event)
        if kind == "twice":
            return await self._invoke(event)
        return _failure() if kind == "answer lost" else given

    def _kind(self) -> str | None:
        kinds = ["failed", "answer lost", "twice", "at once", "again later", "in pieces", "slow"]
        shares = [FAILED, ANSWER_LOST, TWICE, AT_ONCE, AGAIN_LATER, IN_PIECES, SLOW]
        return self._rng.choices([*kinds, None], [*shares, 1 - sum(shares)])[0]

    async def _invoke(self, event: Message) -> Message:
        for _ in range(int(HOST_SECONDS / 0.1)):
            try:
                return await self._upstream.exchange(event)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            except BROKEN:  # it was ended in the middle
                if not _is_of_an_object(event):
                    break
        return _failure()

    def _repeat(self, event: Message, seconds: float) -> None:
        async def later() -> Message:
            await asyncio.sleep(seconds)
            return await self._invoke(event)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _in_pieces(self, event: Message) -> Message:
        """The records in two invocations; what failed in either has failed."""
        given = json.loads(event.body)
        records = given.get("Records", []) if isinstance(given, dict) else []
        if len(records) < 2:
            return await self._invoke(event)
        middle = len(records) // 2
        answers = [await self._invoke(_with_records(event, part)) for part in (records[:middle], records[middle:])]
        for one in answers:
            if b" 200 " not in one.head.partition(b"\r\n")[0]:
                return one
        return answer(b"200 OK", b"application/json", json.dumps(_failures(answers)).encode())


def _is_of_an_object(event: Message) -> bool:
    return event.header(b"x-amzn-lambda-function-name").endswith(OBJECTS)


def _failures(answers: list[Message]) -> dict[str, Any]:
    told = [json.loads(one.body) or {} for one in answers]
    return {"batchItemFailures": [failure for one in told for failure in one.get("batchItemFailures") or []]}


def _with_records(event: Message, records: list[Any]) -> Message:
    body = json.dumps({"Records": records}).encode()
    lines = [line for line in event.head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    lines.insert(1, b"content-length: %d" % len(body))
    return Message(b"\r\n".join(lines), body)


def _failure() -> Message:
    return answer(b"500 Internal Server Error", b"application/json", FAILURE)
