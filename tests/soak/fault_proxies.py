"""The process of both fault proxies; product code knows nothing of it.

Started as `python -m tests.soak.fault_proxies <JSON>`: ports to listen on, ports to lead to, the seed, and the file
that it writes its counts to. SIGUSR1: no more faults.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from infra.local import lifeline
from infra.local.listening import HOST
from tests.soak.event_faults import EventFaults
from tests.soak.messages import BROKEN, HEAD_BYTES, Message, Upstream, read_message
from tests.soak.store_faults import StoreFaults

TELL_SECONDS = 1.0
Passing = Callable[[Message], Awaitable[Message | None]]


async def main(given: dict[str, int], seed: int, counts: Path) -> None:
    store = StoreFaults(Upstream(HOST, given["cloud"]), seed)
    events = EventFaults(Upstream(HOST, given["functions"]), seed)

    def calm() -> None:
        store.calm = events.calm = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, calm)
    for passing, port in ((store, given["store"]), (events, given["events"])):
        await asyncio.start_server(_listener(passing), HOST, port, limit=HEAD_BYTES)
    while True:
        counts.write_text(json.dumps(store.counts + events.counts))
        await asyncio.sleep(TELL_SECONDS)


def _listener(passing: Passing) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while given := await passing(await read_message(reader)):
                writer.write(given.head + given.body)
                await writer.drain()
        except BROKEN:
            pass  # either side has hung up, and so do we
        finally:
            writer.close()

    return listen


if __name__ == "__main__":
    lifeline.hold()
    asked = json.loads(sys.argv[1])
    asyncio.run(main(asked["ports"], asked["seed"], Path(asked["counts"])))
