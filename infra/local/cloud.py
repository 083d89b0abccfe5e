"""The embedded cloud's process: the emulator under uvicorn, on a socket that the launcher opened.

Started as `python -m infra.local.cloud <listening socket> <state folder> <functions' address>`.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import uvicorn
import uvloop

from infra.local import lifeline
from infra.local.errors import DAMAGED

TESTED_VERSION = "1.5.33"
COLLECTIONS = 700, 10, 10_000  # one of everything stops all for 30 s with a million tasks: hardly ever


def main() -> None:
    """Serve until SIGTERM or until the launcher is gone, then write a last snapshot."""
    descriptor, state_dir, functions_url = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    lifeline.hold()
    if version("ministack") != TESTED_VERSION:
        raise SystemExit(f"ministack is {version('ministack')}, not the tested {TESTED_VERSION}: run `make clean run`")
    _configure_emulator(state_dir)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(socket.socket(fileno=descriptor), state_dir, functions_url))


def _configure_emulator(state_dir: Path) -> None:
    """The emulator reads its settings at import. Its port appears in queue addresses, which are keys of its state: so
    it stays the same whatever port we listen on. It must not look for Docker: it would remove others' containers."""
    os.environ.update(
        PERSIST_STATE="1",
        STATE_DIR=str(state_dir),
        S3_PERSIST="1",
        S3_DATA_DIR=str(state_dir / "objects"),
        GATEWAY_PORT="4566",
        MINISTACK_HOST="localhost",
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        DOCKER_HOST="unix:///nonexistent",
        LOG_LEVEL="WARNING",
    )


async def _serve(listener: socket.socket, state_dir: Path, functions_url: str) -> None:
    from infra.local.dynamodb_door import OnePieceProtocol  # these import the emulator
    from infra.local.memory import Memory
    from infra.local.snapshot import DamagedSnapshot

    gc.set_threshold(*COLLECTIONS)
    try:
        memory = Memory(state_dir, functions_url)
    except DamagedSnapshot as error:
        print(error, file=sys.stderr)
        raise SystemExit(DAMAGED) from error
    config = uvicorn.Config(
        memory.application,
        interface="asgi3",
        http=OnePieceProtocol,
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=600,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    loop.add_signal_handler(signal.SIGUSR1, memory.save_now)
    saving = asyncio.create_task(memory.keep_saving())
    await server.serve([listener])
    saving.cancel()
    await memory.save_last()


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn's own handling raises them again after serving, before the last snapshot."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        """Finish the requests under way, then return from `serve`."""
        self.should_exit = True


if __name__ == "__main__":
    main()
