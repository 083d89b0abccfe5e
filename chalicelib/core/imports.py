"""The import record: what became of one object (contract importers.md §2; shape of `/api/import`)."""

import hashlib
from typing import Literal

import msgspec

from chalicelib.core.import_reading import Progress

MOST_ERRORS_KEPT = 1000  # row errors that are kept with line and reason; all are counted
LONGEST_REASON = 300  # characters, so that a slice's row errors fit one item

State = Literal["waiting", "running", "finished", "failed", "stopping", "withdrawn"]
OVER = ("finished", "failed", "withdrawn")
UNTOLD = ("progress", "first_task", "last_task")  # what is ours alone


class Source(msgspec.Struct, frozen=True):
    """One version of one object. `size` is in bytes; without versions on the bucket the `etag` names the content."""

    bucket: str
    key: str
    version: str | None = None
    etag: str | None = None
    size: int = 0

    @property
    def digest(self) -> str:
        """The guarded name of the object's version: what two deliveries of the same event have in common."""
        name = "\n".join((self.bucket, self.key, self.version or self.etag or ""))
        return f"import:{hashlib.sha256(name.encode()).hexdigest()}"


class Overtaken(Exception):
    """Another handler moved the import on; nothing was stored."""


class RowError(msgspec.Struct, frozen=True):
    """Why a row was not imported; `line` counts from 1 and is None when the whole object is meant."""

    line: int | None
    reason: str


class Record(msgspec.Struct, frozen=True):
    """One import. `rows_seen` counts records of the object without blank lines and headers. Every task that it made has
    an id from `first_task` to `last_task`, which is known when the import is over; others' tasks may lie between."""

    id: int
    project_id: int | None
    source: Source
    created: str
    state: State = "waiting"
    rows_seen: int = 0
    tasks_made: int = 0
    duplicates: int = 0
    error_count: int = 0
    started: str | None = None
    finished: str | None = None
    first_task: int = 0
    last_task: int | None = None
    progress: Progress = msgspec.field(default_factory=Progress)

    @property
    def over(self) -> bool:
        """No handler begins anything more for it."""
        return self.state in OVER

    @property
    def position(self) -> int:
        """Bytes done over all passes; grows with every checkpoint and with every state that follows, and is therefore
        the condition of both."""
        if self.state == "stopping":
            return 2 * self.source.size + 2
        if self.state == "withdrawn":
            return 2 * self.source.size + 3
        if self.over:
            return 2 * self.source.size + 1
        return self.progress.position + (self.source.size if self.progress.phase == "rows" else 0)

    def room_for_errors(self, errors: list[RowError]) -> list[RowError]:
        """Those of `errors` that are still kept, with reasons cut to length."""
        room = max(0, MOST_ERRORS_KEPT - self.error_count)
        return [RowError(error.line, error.reason[:LONGEST_REASON]) for error in errors[:room]]
