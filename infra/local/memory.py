"""The emulator with our changes to it, and when its state is saved."""

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ministack.app as emulator
from ministack.services import lambda_svc

from infra.local import (
    dynamodb_door,
    inserts,
    known_numbers,
    read_units,
    sorted_queries,
    stream_backlog,
    version_ranges,
)
from infra.local.instance import SNAPSHOT
from infra.local.snapshot import Snapshot
from infra.local.stream_delivery import StreamDelivery

BACKLOG = "stream-backlog"
SAVE_SECONDS = 5.0  # from one snapshot to the next while there are changes, or longer when writing one takes long:
REST_FACTOR = 5  # rest at least this many times as long as the last one took
READ_METHODS = {"GET", "HEAD", "OPTIONS"}
READ_PREFIXES = ("Get", "Query", "Scan", "BatchGet", "TransactGet", "Describe", "List", "Receive")

Scope = Mapping[str, Any]


class Memory:
    """The emulator as an ASGI application whose state comes from a snapshot and goes into the next ones."""

    def __init__(self, state_dir: Path, functions_url: str) -> None:
        """Load the snapshot and change the emulator; raises DamagedSnapshot."""
        self._snapshot = Snapshot(state_dir / SNAPSHOT, version("ministack"))
        self._functions_url = functions_url
        self._changed = False
        saved = self._snapshot.load()
        if BACKLOG in saved:
            stream_backlog.restore(saved.pop(BACKLOG))
        emulator.load_state = lambda service: saved.pop(service, None)
        emulator.save_all = lambda _services: None  # ours is written when serving has ended
        read_units.install()
        sorted_queries.install()
        inserts.install()
        known_numbers.install()
        version_ranges.install()
        lambda_svc._proxy_url_for = self._functions_address
        lambda_svc._poll_dynamodb_streams = StreamDelivery().poll

    def _functions_address(self, _config: object) -> str:
        """Where the emulator sends a function's event; what follows (positions, messages done) is to be saved."""
        self._changed = True
        return self._functions_url

    async def application(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one request, noting whether it may have changed something."""
        if scope["type"] != "http":
            await emulator.app(scope, receive, send)
            return
        self._changed = self._changed or may_change(scope)
        way = dynamodb_door.application if dynamodb_door.fits(scope) else emulator.app
        await way(scope, receive, send)

    async def keep_saving(self) -> None:
        """Start a snapshot every SAVE_SECONDS while there are changes."""
        while True:
            await asyncio.sleep(max(SAVE_SECONDS, REST_FACTOR * self._snapshot.seconds))
            if not self._snapshot.writing() and (self._changed or self._snapshot.failed):
                self.save_now()

    def save_now(self) -> None:
        """Begin a snapshot, unless one is being written."""
        self._changed = False
        self._snapshot.start(_services, niceness=5)

    async def save_last(self) -> None:
        """Write what has changed since the last snapshot and wait until it is in place. Raises OSError when that
        failed."""
        abandoned = self._snapshot.abandon()
        if not (abandoned or self._changed or self._snapshot.failed):
            return
        self._snapshot.start(_services)
        while self._snapshot.writing():
            await asyncio.sleep(0.02)
        if self._snapshot.failed:
            raise OSError("The last snapshot could not be written; the previous one is kept")


def may_change(scope: Scope) -> bool:
    """Whether a request may change the emulator's state, judged by its method and its operation's name."""
    target = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"").decode("latin-1")
    operation = target.rpartition(".")[2]
    return not operation.startswith(READ_PREFIXES) if operation else scope["method"] not in READ_METHODS


def _services() -> dict[str, Callable[[], Any]]:
    return {**emulator._build_persistence_save_dict(), BACKLOG: stream_backlog.state}
