"""Runs imports: from an object's event to its tasks, slice by slice, as often as needed and once in effect (R7)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any, Protocol

from msgspec.structs import replace

from chalicelib.core.import_reading import Reader, Unreadable
from chalicelib.core.import_sources import short_name_of, source_of
from chalicelib.core.import_walk import Objects, Walk
from chalicelib.core.imports import Overtaken, Record, RowError, Source, State
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project
from chalicelib.core.queueing import queue_name
from chalicelib.core.tasks import NewTask

MARGIN_SECONDS = 20.0  # left of a handler's time when it hands over; a slice takes a few seconds


class Records(Protocol):
    """The import records; `store.imports.ImportStore` says what each method does."""

    def of_source(self, source: Source) -> Record | None: ...
    def create(self, record: Record, errors: Sequence[RowError] = ()) -> Record: ...
    def get(self, import_id: int) -> Record | None: ...
    def checkpoint(self, old: Record, new: Record, errors: Sequence[RowError]) -> None: ...
    def errors(self, import_id: int) -> list[RowError]: ...
    def after(self, project_id: int | None, last_id: int, limit: int) -> list[Record]: ...
    def newest_task(self, project_id: int) -> int: ...


class Batch(Protocol):
    def create(self, rows: Sequence[tuple[int, NewTask]]) -> list[bool]:
        """Store tasks of (row number, task); True where this import made one, False for duplicates."""


class Batches(Protocol):
    def open(self, project_id: int, queue: str, import_id: int) -> Batch: ...


class Projects(Protocol):
    def get(self, project_id: int) -> Project | None: ...
    def by_short_name(self, short_name: str) -> Project | None: ...


class Imports:
    """`reader_of` gives the reader for an object's key, or None; `go_on` asks for an import to be continued by another
    handler; `clock` gives epoch seconds; `slice_rows` is the number of rows between two checkpoints."""

    def __init__(
        self,
        records: Records,
        batches: Batches,
        projects: Projects,
        objects: Objects,
        reader_of: Callable[[str], Reader | None],
        go_on: Callable[[int], None],
        clock: Callable[[], float],
        slice_rows: int,
    ) -> None:
        self._records = records
        self._batches = batches
        self._projects = projects
        self._objects = objects
        self._reader_of = reader_of
        self._go_on = go_on
        self._clock = clock
        self._slice_rows = slice_rows

    def get(self, import_id: int) -> Record | None:
        """The record, read consistently."""
        return self._records.get(import_id)

    def errors(self, import_id: int) -> list[RowError]:
        """The row errors that were kept, in order of the lines."""
        return self._records.errors(import_id)

    def after(self, project_id: int | None, last_id: int, limit: int) -> list[Record]:
        """Records of one project or of all, with ids above `last_id`, ascending."""
        return self._records.after(project_id, last_id, limit)

    def start_from_event(self, event: Mapping[str, Any]) -> Record | None:
        """Make the record of an object's event and have it run; the same event again finds the same record, and has it
        run on when it is not over. None when the event is no import's."""
        source = source_of(event)
        if source is None:
            return None
        record = self._records.of_source(source) or self._create(source)
        if not record.over:
            self._go_on(record.id)
        return record

    def _create(self, source: Source) -> Record:
        now = timestamp(self._clock())
        project_id = None
        try:
            if not (source.version or source.etag) or not source.size:
                source = self._objects.measured(source)
            project_id = self._project_of(source.key).id
            first_task = self._records.newest_task(project_id) + 1
            if self._reader_of(source.key) is None:
                raise Unreadable("Only .csv, .json, .jsonl or .manifest files are imported: rename the file.")
        except Unreadable as error:
            failed = Record(0, project_id, source, now, "failed", error_count=1, started=now, finished=now)
            return self._records.create(failed, failed.room_for_errors([RowError(None, str(error))]))
        return self._records.create(Record(0, project_id, source, now, first_task=first_task))

    def _project_of(self, key: str) -> Project:
        short_name = short_name_of(key)
        if short_name is None:
            raise Unreadable("The file lies in no project's folder: put it under imports/<short name of the project>/.")
        project = self._projects.by_short_name(short_name)
        if project is None:
            raise Unreadable(f"There is no project {short_name!r}: create it, or correct the folder's name.")
        return project

    def stop(self, import_id: int) -> Record | None:
        """Have an import make no more tasks; to be called again until its state is withdrawn.

        What a handler has begun is ended first, as if it were repeated after a crash: one more slice from the
        checkpoint. So the tasks of a slice that died half-way are whole and counted before anybody removes them.
        """
        record = self._records.get(import_id)
        while record is not None and record.state not in ("stopping", "withdrawn"):
            state: State = "withdrawn" if record.state == "finished" else "stopping"
            with suppress(Overtaken):
                self._records.checkpoint(record, replace(record, state=state), ())
            record = self._records.get(import_id)
        if record is not None and not record.over:
            self._go_on(record.id)
        return record

    def run(self, import_id: int, seconds_left: Callable[[], float]) -> Record | None:
        """Run an import on from its checkpoint, until it is over or another handler has to go on. Handlers that work on
        the same import at once do the same work and count it once. None when there is no such import."""
        record = self._records.get(import_id)
        while record is not None and not record.over:
            try:
                return self._walk(record, seconds_left)
            except Overtaken:
                record = self._records.get(import_id)
        return record

    def give_up(self, import_id: int, reason: str) -> None:
        """End an import that cannot go on, with `reason` in its record."""
        record = self._records.get(import_id)
        while record is not None and not record.over:
            try:
                self._fail(record, RowError(None, reason))
                return
            except Overtaken:
                record = self._records.get(import_id)

    def _walk(self, record: Record, seconds_left: Callable[[], float]) -> Record:
        record = replace(record, started=record.started or timestamp(self._clock()))
        try:
            batch, walk = self._prepare(record)
            while not record.over:
                record = self._store(record, walk, batch)
                if not record.over and seconds_left() < MARGIN_SECONDS:
                    self._go_on(record.id)
                    break
        except Unreadable as error:
            record = self._fail(record, RowError(error.line, str(error)))
        return record

    def _prepare(self, record: Record) -> tuple[Batch, Walk]:
        project = self._projects.get(record.project_id) if record.project_id is not None else None
        reader = self._reader_of(record.source.key)
        if project is None or reader is None:
            raise Unreadable("The project was deleted.")
        batch = self._batches.open(project.id, queue_name(project.id, project.rules.sched), record.id)
        return batch, Walk(record, reader, self._objects, self._slice_rows)

    def _store(self, old: Record, walk: Walk, batch: Batch) -> Record:
        """Read a slice, store its tasks, move the checkpoint behind it. Raises Overtaken, Unreadable."""
        rows = walk.slice()
        made = batch.create([(row.number, row.new) for row in rows if row.new is not None])
        errors = [RowError(row.line, row.reason) for row in rows if row.new is None]
        stopping, over = old.state == "stopping", walk.ended or old.state == "stopping"
        new = replace(
            old,
            state="withdrawn" if stopping else "finished" if over else "running",
            rows_seen=old.rows_seen + len(rows),
            tasks_made=old.tasks_made + sum(made),
            duplicates=old.duplicates + len(made) - sum(made),
            error_count=old.error_count + len(errors),
            finished=timestamp(self._clock()) if over else None,
            last_task=self._newest_task(old) if over else None,
            progress=deepcopy(walk.progress),
        )
        self._records.checkpoint(old, new, old.room_for_errors(errors))
        return new

    def _fail(self, old: Record, error: RowError) -> Record:
        """End the import, unless it was moved on. Raises Overtaken."""
        now = timestamp(self._clock())
        new = replace(
            old,
            state="withdrawn" if old.state == "stopping" else "failed",
            started=old.started or now,
            finished=now,
            last_task=self._newest_task(old),
            error_count=old.error_count + 1,
        )
        self._records.checkpoint(old, new, old.room_for_errors([error]))
        return new

    def _newest_task(self, record: Record) -> int | None:
        return self._records.newest_task(record.project_id) if record.project_id is not None else None
