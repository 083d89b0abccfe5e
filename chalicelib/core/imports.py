"""The import record: what is imported, and what became of it (contract importers.md §2; shape of `/api/import`)."""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from chalicelib.core.import_gathering import Place
from chalicelib.core.import_reading import Progress

MOST_ERRORS_KEPT = 1000  # row errors that are kept with line and reason; all are counted
LONGEST_REASON = 300  # characters, so that a slice's row errors fit one item

Origin = Literal["object", "request", "daily"]
State = Literal["waiting", "gathering", "running", "finished", "failed", "stopping", "withdrawn"]
OVER = ("finished", "failed", "withdrawn")
MEDIA = "pictures, sounds, videos, PDFs"
READ = ".csv, .csv.gz, .json, .jsonl, .ndjson, .manifest or .xlsx"  # ends of names (importers.registry)
OBJECT = "object"  # the type of imports that an object in our own bucket began
UNTOLD = (
    "progress",
    "first_task",
    "last_task",
    "step",
    "guard",
    "sealed",
    "place",
    "spool",
    "tries",
    "told",
    "telling",
)  # what is ours alone


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
        return guard_of(self.bucket, self.key, self.version or self.etag or "")


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One of the objects that gathering makes; nobody writes it again."""

    key: str
    size: int


class Spool(Source, frozen=True):
    """What was gathered, read as if it were one object: its bytes are those of its parts, one after another. Only the
    end of `key` means something: what the reader is asked for."""

    parts: tuple[Part, ...] = ()


def guard_of(*names: str) -> str:
    """The name under which an import is found again by whoever asks for the same one."""
    return f"import:{hashlib.sha256(chr(10).join(names).encode()).hexdigest()}"


class Overtaken(Exception):
    """Another handler moved the import on; nothing was stored."""


class RowError(msgspec.Struct, frozen=True):
    """Why a row was not imported; `line` counts from 1 and is None when the whole object is meant."""

    line: int | None
    reason: str


class Record(msgspec.Struct, frozen=True):
    """One import: from what (`type` and `parameters`), by whom (`created_by`, a user's id) and how it came about, and
    how far it is.

    `source` is the object of our own bucket that is imported; what is no such object, or none that can be read from the
    middle, is gathered into `spool` first. `gathered` counts records found there, `rows_seen` records of the object
    without blank lines and headers; `total` is how many there are, once that is known. Every task that it made has an
    id from `first_task` to `last_task`, which is known when the import is over; others' tasks may lie between.
    `message` says what it waits for."""

    id: int
    project_id: int | None
    source: Source | None
    created: str
    state: State = "waiting"
    type: str = OBJECT
    parameters: dict[str, Any] = {}
    created_by: int | None = None
    origin: Origin = "object"
    message: str | None = None
    gathered: int = 0
    total: int | None = None
    rows_seen: int = 0
    tasks_made: int = 0
    duplicates: int = 0
    error_count: int = 0
    started: str | None = None
    finished: str | None = None
    first_task: int = 0
    last_task: int | None = None
    guard: str = ""
    sealed: str = ""  # parameters that are shown to nobody
    place: Place | None = None  # how far gathering came; None when there is nothing to gather
    spool: Spool | None = None
    tries: int = 0  # in vain, since it last moved on
    told: bool = False  # whoever is to hear of its end has heard of it
    telling: float = 0.0  # until then (epoch seconds) a handler is about to tell
    step: int = 0  # grows with every checkpoint and is the condition of the next
    progress: Progress = msgspec.field(default_factory=Progress)

    @property
    def over(self) -> bool:
        """No handler begins anything more for it."""
        return self.state in OVER

    @property
    def to_gather(self) -> bool:
        """There is no whole object to read yet."""
        return self.place is not None and not self.place.over

    @property
    def read(self) -> Source:
        """The object whose rows become tasks."""
        read: Source | None = self.source if self.place is None else self.spool
        assert read is not None
        return read

    def moved(self, **changes: Any) -> "Record":
        """The record behind the next checkpoint."""
        return msgspec.structs.replace(self, step=self.step + 1, **changes)

    def room_for_errors(self, errors: Sequence[RowError]) -> list[RowError]:
        """Those of `errors` that are still kept, with reasons cut to length."""
        room = max(0, MOST_ERRORS_KEPT - self.error_count)
        return [RowError(error.line, error.reason[:LONGEST_REASON]) for error in errors[:room]]
