"""Imports assembled for tests: the real stores and readers, with objects, projects and the queue in memory."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import msgspec
import orjson

from chalicelib.core.import_gatherer import Gatherer
from chalicelib.core.import_gathering import Listing, Tools
from chalicelib.core.import_pipeline import SLICES_AT_ONCE
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.import_running import Imports
from chalicelib.core.import_stores import Batches, Records
from chalicelib.core.imports import Record, Source, Spool, guard_of
from chalicelib.core.projects import Project
from chalicelib.edge.egress import Egress
from chalicelib.importers.catalogue import source
from chalicelib.importers.gathering import Gathering
from chalicelib.importers.registry import packed_format, reader_of
from chalicelib.store.imports import ImportStore
from chalicelib.store.sequences import task_count
from chalicelib.store.task_batches import TaskBatches
from chalicelib.store.tasks import TaskStore

BUCKET = "imports-bucket"
ENDLESS = 900.0
_projects = itertools.count(10_000_001)  # apart from those of other tests on the same tables
_versions = itertools.count(1)

Event = Mapping[str, Any]


@dataclass
class Drawer:
    """Objects in memory, read in chunks of `chunk` bytes."""

    chunk: int = 7
    bucket: str = BUCKET
    content: dict[tuple[str, str | None], bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        self.content[key, None] = content

    def arrive(self, key: str, data: bytes) -> Event:
        """Store a new version; the event record that S3 would send."""
        version = f"v{next(_versions)}-{random.getrandbits(64):x}"
        self.content[key, version] = data
        told = {"key": quote_plus(key, safe="/"), "size": len(data), "eTag": "e", "versionId": version}
        return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": told}}

    def measured(self, source: Source) -> Source:
        return Source(source.bucket, source.key, source.version, "e", len(self._data(source)))

    def chunks(self, source: Source, position: int) -> Iterator[bytes]:
        parts = [Source(BUCKET, part.key) for part in source.parts] if isinstance(source, Spool) else [source]
        data = b"".join(map(self._data, parts))
        return (data[start : start + self.chunk] for start in range(position, len(data), self.chunk))

    def _data(self, source: Source) -> bytes:
        try:
            return self.content[source.key, source.version]
        except KeyError:
            raise Unreadable("The object was deleted before it was read.") from None


def nobody(host: str, port: int) -> list[str]:
    raise OSError("no network in tests")


def no_bucket(bucket: str, prefix: str, after: str) -> Listing:
    raise Unreadable("There is no bucket here.")


OFFLINE = Tools(Egress(resolve=nobody), {}, no_bucket)


def some_project(project_id: int) -> Project:
    return Project(
        id=project_id,
        created="",
        updated="",
        name=f"p{project_id}",
        short_name=f"p{project_id}",
        description="",
        long_description=None,
        webhook=None,
        allow_anonymous_contributors=True,
        published=True,
        featured=False,
        secret_key="",
        zip_download=True,
        contacted=False,
        owner_id=1,
        category_id=1,
        info={},
        owners_ids=[1],
    )


class Importing:
    """One new project, its drawer of objects, and the queue that continues imports."""

    def __init__(
        self,
        slice_rows: int = 5,
        workers: int = 1,
        chunk: int = 7,
        records: Records | None = None,
        batches: Batches | None = None,
        tools: Tools = OFFLINE,
        drawer: Drawer | None = None,
        at_once: int = SLICES_AT_ONCE,
    ) -> None:
        self.project = some_project(next(_projects))
        self.drawer = drawer or Drawer(chunk)
        self.queue: list[int] = []
        self._lock = threading.Lock()
        self.batches = batches or TaskBatches(time.time, workers)
        self._tools = tools
        self.imports = Imports(
            records or ImportStore(),
            self.batches,
            self,
            self.drawer,
            reader_of,
            lambda key: packed_format(key) is not None,
            lambda: Gatherer(Gathering(lambda _: tools, self.drawer.chunks, lambda _: {}), self.drawer, time.time),
            lambda import_id, _: self.queue.append(import_id),
            time.time,
            slice_rows,
            at_once,
        )

    def get(self, project_id: int) -> Project | None:
        return self.project if project_id == self.project.id else None

    def by_short_name(self, short_name: str) -> Project | None:
        return self.project if short_name == self.project.short_name else None

    def upload(self, name: str, data: bytes) -> Event:
        """Put a file into the project's folder; its event."""
        return self.drawer.arrive(f"imports/{self.project.short_name}/{name}", data)

    def wanted(self, type: str, **fields: Any) -> Record:
        """What somebody asks for by a form."""
        parameters = msgspec.to_builtins(source(type, self._tools).check(fields))
        guard = guard_of("request", f"{random.getrandbits(64)}")
        return Record(0, self.project.id, None, "", type=type, parameters=parameters, guard=guard, origin="request")

    def ask(self, wanted: Record, seconds_left: Callable[[], float] = lambda: ENDLESS) -> Record:
        """What becomes of it, until no message is left."""
        record = self.imports.start(wanted)
        self.drain(seconds_left)
        return self.record(record.id)

    def deliver(self, event: Event, seconds_left: Callable[[], float] = lambda: ENDLESS) -> Record:
        """What the two functions do with one delivery of the event, until no message is left."""
        record = self.imports.start_from_event(event)
        assert record is not None
        self.drain(seconds_left)
        return self.record(record.id)

    def drain(self, seconds_left: Callable[[], float] = lambda: ENDLESS) -> int:
        """Handle the queue's messages; how many there were. A message whose handler dies is not put back."""
        handled = 0
        while True:
            with self._lock:
                if not self.queue:
                    return handled
                import_id = self.queue.pop(0)
            self.imports.run(import_id, seconds_left)
            handled += 1

    def record(self, import_id: int) -> Record:
        record = self.imports.get(import_id)
        assert record is not None
        return record

    def stored(self) -> list[str]:
        """The `info` of the project's tasks as JSON, sorted."""
        tasks = TaskStore(time.time).after(self.project.id, 0, 1_000_000)
        return sorted(orjson.dumps(task.info, option=orjson.OPT_SORT_KEYS).decode() for task in tasks)

    @property
    def task_count(self) -> int:
        return task_count(self.project.id)


def counts(record: Record) -> tuple[str, int, int, int, int]:
    """What has to be the same however often a file was delivered."""
    return record.state, record.rows_seen, record.tasks_made, record.duplicates, record.error_count
