"""One local instance: its data folder, the lock on it, and what it tells other programs in `local.json`."""

import fcntl
import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.children import ROOT
from infra.local.errors import Damaged, LaunchError

SNAPSHOT = "cloud.snapshot"
FORMAT = 1
PREDECESSOR_SECONDS = 15.0  # that the children of a killed launcher may take to save their data


@dataclass(frozen=True)
class Instance:
    """Where an instance keeps its data and where it listens."""

    data_dir: Path
    port: int
    rate_limit: str
    given_admin_key: str

    @property
    def cloud_dir(self) -> Path:
        return self.data_dir / "cloud"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def announcement(self) -> Path:
        return self.data_dir / "local.json"

    @property
    def _mark(self) -> Path:
        return self.data_dir / "instance.json"

    def lay_out(self) -> None:
        """Make the data folder, or check that it is one of ours and whole; raises LaunchError."""
        if self.data_dir.exists() and not self.data_dir.is_dir():
            raise LaunchError(f"DATA_DIR {self.data_dir} is a file: choose a folder")
        try:
            for folder in (self.data_dir, self.cloud_dir / "objects", self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            if not self._mark.exists():
                self._claim()
        except OSError as error:
            raise LaunchError(f"DATA_DIR {self.data_dir} cannot be written: {error.strerror}") from error
        self._check()

    def _claim(self) -> None:
        others = {path.name for path in self.data_dir.iterdir()} - {"cloud", "logs", "lock"}
        if others:
            raise LaunchError(f"DATA_DIR {self.data_dir} holds other things ({min(others)}): choose an empty folder")
        _write(self._mark, {"format": FORMAT, "complete": False})

    def _check(self) -> None:
        mark = read_json(self._mark)
        if mark.get("format") != FORMAT:
            raise self.damaged(f"{self._mark} has an unknown format")
        if mark.get("complete") and not self.has_snapshot:
            raise self.damaged(f"{self.cloud_dir / SNAPSHOT} is missing")

    def damaged(self, what: str) -> Damaged:
        """The error to raise when the data cannot be used."""
        return Damaged(f"The data in {self.data_dir} is damaged: {what}; restore a copy or choose another DATA_DIR")

    @property
    def has_snapshot(self) -> bool:
        """Whether the embedded cloud has saved its data at least once."""
        return (self.cloud_dir / SNAPSHOT).is_file()

    @property
    def snapshot_time(self) -> float:
        """When the embedded cloud last saved its data, epoch seconds; 0 when it has not."""
        return (self.cloud_dir / SNAPSHOT).stat().st_mtime if self.has_snapshot else 0.0

    @property
    def is_complete(self) -> bool:
        """Whether a first start once came to its end."""
        return bool(read_json(self._mark).get("complete"))

    def complete(self) -> None:
        """Note that the first start has come to its end and is saved."""
        _write(self._mark, {"format": FORMAT, "complete": True})

    def lock(self) -> int:
        """Take the folder for this instance; the descriptor is shared with the children, whose lives thus extend the
        lock. Raises LaunchError when another instance has it."""
        descriptor = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        while not _locked(descriptor):
            owner = int(os.pread(descriptor, 20, 0) or b"0")
            if _is_alive(owner) or time.monotonic() > deadline:
                raise LaunchError(f"DATA_DIR {self.data_dir} is in use by process {owner}: stop it or choose another")
            time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def admin_key(self) -> str:
        """The administrator's API key: ADMIN_API_KEY, or the one made at the first start. A new one makes the instance
        incomplete until it is in force."""
        kept = self.data_dir / "admin.json"
        before = read_json(kept).get("admin_api_key") if kept.exists() else None
        wanted = self.given_admin_key or before or str(uuid.uuid4())
        if wanted != before:
            _write(self._mark, {"format": FORMAT, "complete": False})
            _write(kept, {"admin_api_key": wanted})
        return str(wanted)

    def announce(self, facts: Mapping[str, str]) -> None:
        """Write `local.json`: from now on the instance is ready."""
        _write(self.announcement, facts)

    def withdraw(self) -> None:
        """Remove `local.json`."""
        self.announcement.unlink(missing_ok=True)


def instance_from(environment: Mapping[str, str]) -> Instance:
    """The instance that PORT, DATA_DIR, ADMIN_API_KEY and RATE_LIMIT describe; raises LaunchError."""
    return Instance(
        data_dir=(ROOT / (environment.get("DATA_DIR") or ".local")).absolute(),
        port=_whole_number(environment, "PORT", "8000", 0, 65535),
        rate_limit=str(_whole_number(environment, "RATE_LIMIT", "300", 1, 10**9)),
        given_admin_key=environment.get("ADMIN_API_KEY", ""),
    )


def _whole_number(environment: Mapping[str, str], name: str, default: str, low: int, high: int) -> int:
    text = environment.get(name) or default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise LaunchError(f"{name}={text} is not a whole number from {low} to {high}")
    return int(text)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of the data folder; raises Damaged."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise Damaged(f"The data folder is damaged: {path} is not JSON; put a copy in its place") from error
    if not isinstance(content, dict):
        raise Damaged(f"The data folder is damaged: {path} is not an object; put a copy in its place")
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the file in one step; only its owner may read it."""
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0
