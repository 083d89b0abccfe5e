"""The embedded cloud's memory on disk: one file that is either whole and checked, or not there.

The emulator writes its state only on a graceful stop, file by file. Here a forked child, which holds the state of one
instant, writes all services to one file: a line of JSON each, a checksum last, moved into place when complete. So the
cloud goes on serving while it is saved, and a kill at any moment leaves the previous snapshot whole.
"""

import copy
import gc
import hashlib
import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ministack.core import persistence

FORMAT = 1
CHILD_SECONDS = 300  # a child that hangs on a lock it inherited is ended; the next one tries again

State = dict[str, Any]
Collect = Callable[[], Mapping[str, Callable[[], State | None]]]  # what to save: service to the maker of its state


class DamagedSnapshot(Exception):
    """The snapshot cannot be used; the message says what is wrong with it."""


class Snapshot:
    """The snapshot file and the children that write it."""

    def __init__(self, path: Path, ministack_version: str) -> None:
        self._path = path
        self._version = ministack_version
        self._child: int | None = None
        self._began = 0.0
        self.seconds = 0.0  # that the last one took to write
        self.failed = False  # the last one; its process has said why in the log

    def load(self) -> dict[str, State]:
        """State by service; empty when there is no snapshot yet. Raises DamagedSnapshot."""
        for unfinished in self._path.parent.glob("*.tmp"):
            unfinished.unlink()
        if not self._path.exists():
            return {}
        gc.disable()  # millions of small objects come, and none of them goes
        try:
            return self._read()
        finally:
            gc.enable()
            gc.freeze()

    def _read(self) -> dict[str, State]:
        lines = self._path.read_bytes().splitlines(keepends=True)
        body, seal = b"".join(lines[:-1]), lines[-1] if lines else b""
        if seal != _seal(body):
            raise DamagedSnapshot(f"{self._path} is incomplete or was changed (its checksum does not match)")
        header = json.loads(lines[0])
        if header != self._header():
            raise DamagedSnapshot(f"{self._path} was written by {header}, and this is {self._header()}")
        return dict(_read_service(line) for line in lines[1:-1])

    def start(self, collect: Collect, niceness: int = 0) -> None:
        """Begin to write the state of this instant in a child; does nothing while one is at it."""
        if self.writing():
            return
        self._began = time.monotonic()
        gc.collect(1)
        gc.freeze()  # no collection looks at what is there now any more: it would stop everybody for seconds
        self._child = os.fork()
        if self._child == 0:
            self._write_and_exit(collect, niceness)

    def writing(self) -> bool:
        """Whether a child is still writing."""
        if self._child is None:
            return False
        finished, status = os.waitpid(self._child, os.WNOHANG)
        if finished:
            self._child = None
            self.failed = status != 0
            self.seconds = time.monotonic() - self._began
        return self._child is not None

    def abandon(self) -> bool:
        """End the child that is writing, if one is; the previous snapshot stays."""
        if not self.writing() or self._child is None:
            return False
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        self._child = None
        return True

    def _write_and_exit(self, collect: Collect, niceness: int) -> None:
        """In the child, which never returns to the code that forked it."""
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(CHILD_SECONDS)
            os.nice(niceness)
            gc.disable()
            copy.deepcopy = lambda value, *_: value  # this process's memory already is a copy
            self.write(collect())
            status = 0
        except (OSError, TypeError, ValueError, AttributeError, KeyError, RuntimeError):
            traceback.print_exc()
        finally:
            os._exit(status)

    def write(self, services: Mapping[str, Callable[[], State | None]]) -> None:
        """Write the state of all services and move it into place."""
        body = b"".join([json.dumps(self._header()).encode() + b"\n", *_lines(services)])
        temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(body)
            file.write(_seal(body))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    def _header(self) -> dict[str, Any]:
        return {"format": FORMAT, "ministack": self._version}


def _lines(services: Mapping[str, Callable[[], State | None]]) -> Iterator[bytes]:
    for name, get_state in services.items():
        state = get_state()
        if state is not None:
            yield json.dumps([name, state], default=persistence._json_default).encode() + b"\n"


def _seal(body: bytes) -> bytes:
    return json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n"


def _read_service(line: bytes) -> tuple[str, State]:
    """The tables are by far the largest and hold no wrapped value inside items, so they are spared the slow hook."""
    name, state = json.loads(line)
    if name == "dynamodb":
        return name, {key: _unwrapped(value) for key, value in state.items()}
    name, state = json.loads(line, object_hook=persistence._json_object_hook)
    return name, state


def _unwrapped(value: Any) -> Any:
    return persistence._json_object_hook(value) if isinstance(value, dict) else value
