"""Runs imports: from what was asked for to its tasks, slice by slice, as often as needed and once in effect (R7)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib.core.import_beginning import Beginning
from chalicelib.core.import_gatherer import Gatherer
from chalicelib.core.import_gathering import NotOffered, TryLater
from chalicelib.core.import_pipeline import SLICES_AT_ONCE, Batch, Pipeline, Slice
from chalicelib.core.import_reading import Reader, Unreadable
from chalicelib.core.import_sources import source_of
from chalicelib.core.import_stores import Batches, Projects, Records
from chalicelib.core.import_walk import Objects, Walk
from chalicelib.core.imports import Overtaken, Record, RowError, Source, State
from chalicelib.core.moments import timestamp
from chalicelib.core.queueing import queue_name

MARGIN_SECONDS = 20.0  # left of a handler's time when it hands over; a slice takes a few seconds
MOST_AT_ONCE = 200  # records that are imported within the request (contract importers.md §2)
REQUEST_SECONDS = 8.0  # that a request's own handler spends on its import
RESCUE_SECONDS = 60  # later a message looks after an import that a request began: longer than any request runs
TRIES = 8  # in vain, at what answers later perhaps
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 15, 900  # between two; a queue holds a message back no longer


class Imports:
    """`reader_of` gives the reader for an object, or None; `packed` tells whether an object has to be unpacked
    first; `gatherer` is made when the first import needs it; `go_on` asks for an import to be continued by another
    handler after so many seconds; `clock` gives epoch seconds; `slice_rows` is the number of rows between two
    checkpoints."""

    def __init__(
        self,
        records: Records,
        batches: Batches,
        projects: Projects,
        objects: Objects,
        reader_of: Callable[[Source], Reader | None],
        packed: Callable[[str], bool],
        gatherer: Callable[[], Gatherer],
        go_on: Callable[[int, int], None],
        clock: Callable[[], float],
        slice_rows: int,
        at_once: int = SLICES_AT_ONCE,
    ) -> None:
        self._beginning = Beginning(records, projects, objects, reader_of, packed, clock)
        self._records = records
        self._batches = batches
        self._projects = projects
        self._objects = objects
        self._reader_of = reader_of
        self._gatherer = gatherer
        self._go_on = go_on
        self._clock = clock
        self._slice_rows = slice_rows
        self._at_once = at_once

    def get(self, import_id: int) -> Record | None:
        """The record, read consistently."""
        return self._records.get(import_id)

    def of_guards(self, guards: Sequence[str]) -> dict[str, Record]:
        """The imports that were made under these guards, read consistently."""
        return self._records.of_guards(guards)

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
        record = self._records.of_guard(source.digest) or self._beginning.of_object(source)
        if not record.over:
            self._go_on(record.id, 0)
        return record

    def keep(self, wanted: Record, name: str, content: bytes) -> Record:
        """`wanted` with the file that came with its request."""
        return self._beginning.keep(wanted, name, content)

    def start(self, wanted: Record) -> Record:
        """Begin an import and leave it to other handlers. The same guard finds the same import, which is then run on
        when it is not over. Raises Unreadable."""
        record = self._records.of_guard(wanted.guard) or self._beginning.create(wanted)
        if not record.over:
            self._go_on(record.id, 0)
        return record

    def start_here(self, wanted: Record) -> Record:
        """As `start`, and run it to its end if it is small (contract importers.md §2): at most 200 records, which take
        a few seconds. A message looks after it, whatever becomes of the request. Raises Unreadable."""
        record = self._records.of_guard(wanted.guard) or self._beginning.create(wanted)
        if record.over:
            return record
        self._go_on(record.id, RESCUE_SECONDS)
        until = self._clock() + REQUEST_SECONDS

        def enough(record: Record) -> bool:
            return self._clock() > until or max(record.gathered, record.total or 0) > MOST_AT_ONCE

        # What ends here needs no mail; `run` takes it back when another handler goes on.
        return self._run(replace(record, told=True), REQUEST_SECONDS, enough)

    def stop(self, import_id: int) -> Record | None:
        """Have an import make no more tasks; to be called again until its state is withdrawn.

        What a handler has begun is ended first, as if it were repeated after a crash: as many slices from the
        checkpoint as may have been in flight. So the tasks of slices that died half-way are whole and counted before
        anybody removes them.
        """
        record = self._records.get(import_id)
        while record is not None and record.state not in ("stopping", "withdrawn"):
            with suppress(Overtaken):
                self._records.checkpoint(record, self._stopped(record), ())
            record = self._records.get(import_id)
        if record is not None and not record.over:
            self._go_on(record.id, 0)
        return record

    def _stopped(self, record: Record) -> Record:
        if record.to_gather:
            return self._ended(record, "withdrawn")
        return record.moved(state="withdrawn" if record.state == "finished" else "stopping")

    def run(self, import_id: int, seconds_left: Callable[[], float]) -> Record | None:
        """Run an import on from its checkpoint, until it is over or another handler has to go on. None when there is no
        such import."""
        record = self._records.get(import_id)
        if record is None or record.over:
            return record
        untold = replace(record, told=False)
        return self._run(untold, seconds_left() - MARGIN_SECONDS, lambda _: seconds_left() < MARGIN_SECONDS)

    def give_up(self, import_id: int, reason: str) -> Record | None:
        """End an import that cannot go on, with `reason` in its record."""
        record = self._records.get(import_id)
        while record is not None and not record.over:
            try:
                return self._fail(replace(record, told=False), RowError(None, reason))
            except Overtaken:
                record = self._records.get(import_id)
        return record

    def _run(self, record: Record, seconds: float, enough: Callable[[Record], bool]) -> Record:
        """Two handlers that work on the same import at once do the same work, and count it once: whoever comes second
        with a checkpoint leaves the import to the other. A message looks whether there is another: a handler dies while
        its checkpoint is on the way, the next one begins with its message, the checkpoint arrives, and the living is
        overtaken by the dead."""
        try:
            return self._walk(record, seconds, enough)
        except Overtaken:
            record = self._records.get(record.id) or record
        if not record.over:
            self._go_on(record.id, RESCUE_SECONDS)
        return record

    def _walk(self, record: Record, seconds: float, enough: Callable[[Record], bool]) -> Record:
        """Raises Overtaken."""
        record = replace(record, started=record.started or timestamp(self._clock()))
        try:
            if record.to_gather:
                record = self._gather(record, seconds, enough)
                if enough(record):
                    return self._handed_over(record)
            batch, walk = self._prepare(record)
            stopping = record.state == "stopping"
            with Pipeline(walk, batch, self._at_once if stopping else None, self._at_once) as pipeline:
                while pipeline.going:
                    record = self._checkpoint(record, pipeline.next())
                    if stopping or not enough(record):
                        pipeline.fill()
            return record if record.over else self._handed_over(record)
        except (Unreadable, NotOffered) as error:
            return self._fail(record, RowError(getattr(error, "line", None), str(error)))
        except TryLater as delay:
            return self._wait(record, delay)

    def _gather(self, record: Record, seconds: float, enough: Callable[[Record], bool]) -> Record:
        """To the end, or to where another handler can go on. Raises Overtaken, Unreadable, NotOffered, TryLater."""
        for new in self._gatherer().checkpoints(record, seconds):
            self._records.checkpoint(record, new, ())
            went_on, record = new.place != record.place, new
            if enough(record) and not went_on:
                raise TryLater("The source is large, or its server slow.")
            if enough(record):
                break
        return record

    def _handed_over(self, record: Record) -> Record:
        self._go_on(record.id, 0)
        return record

    def _wait(self, old: Record, delay: TryLater) -> Record:
        """Have it tried again later, or end it. Raises Overtaken."""
        if old.tries + 1 >= TRIES:
            return self._fail(old, RowError(None, f"{delay} It was tried {TRIES} times: import it again later."))
        seconds = max(delay.seconds, FIRST_WAIT_SECONDS << old.tries)
        new = old.moved(tries=old.tries + 1, message=f"{delay} It is tried again.")
        self._records.checkpoint(old, new, ())
        self._go_on(new.id, min(seconds, LONGEST_WAIT_SECONDS))
        return new

    def _prepare(self, record: Record) -> tuple[Batch, Walk]:
        project = self._projects.get(record.project_id) if record.project_id is not None else None
        reader = self._reader_of(record.read)
        if project is None or reader is None:
            raise Unreadable("The project was deleted.")
        batch = self._batches.open(project.id, queue_name(project.id, project.rules.sched), record.id)
        return batch, Walk(record, reader, self._objects, self._slice_rows)

    def _checkpoint(self, old: Record, done: Slice) -> Record:
        """Move the checkpoint behind a slice. Raises Overtaken."""
        stopping = old.state == "stopping"
        over: State = "withdrawn" if stopping else "finished"
        new = old.moved(
            state=over if done.ended else old.state if stopping else "running",
            message=None,
            total=done.total,
            rows_seen=old.rows_seen + done.seen,
            tasks_made=old.tasks_made + sum(done.made),
            duplicates=old.duplicates + len(done.made) - sum(done.made),
            error_count=old.error_count + len(done.errors),
            finished=timestamp(self._clock()) if done.ended else None,
            last_task=self._newest_task(old) if done.ended else None,
            progress=done.progress,
        )
        self._records.checkpoint(old, new, old.room_for_errors(done.errors))
        return new

    def _fail(self, old: Record, error: RowError) -> Record:
        """End the import, unless it was moved on. Raises Overtaken."""
        new = self._ended(old, "withdrawn" if old.state == "stopping" else "failed")
        new = replace(new, error_count=old.error_count + 1)
        self._records.checkpoint(old, new, old.room_for_errors([error]))
        return new

    def _ended(self, old: Record, state: State) -> Record:
        now = timestamp(self._clock())
        last_task = self._newest_task(old)
        return old.moved(state=state, message=None, started=old.started or now, finished=now, last_task=last_task)

    def _newest_task(self, record: Record) -> int | None:
        return self._records.newest_task(record.project_id) if record.project_id is not None else None
