"""Import records: found again by what they import, moved on by conditional checkpoints.

A record and the row errors of each slice are items of one partition, so that a checkpoint writes the record and at most
one slice's errors, whatever went before.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from pynamodb.transactions import TransactWrite

from chalicelib.core.imports import Overtaken, Record, RowError
from chalicelib.core.moments import timestamp
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import newest_task, next_number, tasks_key, tasks_made
from chalicelib.store.tables import ImportItem, NameItem, SequenceItem
from chalicelib.store.transactions import Cancelled, commit

RECORD = "record"
ERRORS = "errors#"
SEQUENCE = "import"


class ImportStore:
    """The imports of all projects. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def of_guard(self, guard: str) -> Record | None:
        """The import that was made under this guard, read consistently."""
        name = next(iter(NameItem.batch_get([guard], consistent_read=True)), None)
        return self.get(name.id) if name is not None else None

    def of_guards(self, guards: Sequence[str]) -> dict[str, Record]:
        """The imports that were made under these guards (at most 100), read consistently."""
        names = read_together(Wanted(NameItem, [(guard,) for guard in guards], consistent=True))[NameItem]
        records = {record.id: record for record in self._read([name.id for name in names], consistent=True)}
        return {name.key: records[name.id] for name in names if name.id in records}

    def create(self, record: Record, errors: Sequence[RowError] = ()) -> Record:
        """Store `record` with a new id, unless its guard has one already; the record that the guard has then."""
        created = msgspec.structs.replace(record, id=next_number(SEQUENCE))

        def fill(transaction: TransactWrite) -> None:
            name = NameItem(record.guard, id=created.id)
            transaction.save(name, condition=NameItem.key.does_not_exist())
            transaction.save(_item(created))
            if errors:
                transaction.save(_errors_item(created, errors))

        try:
            commit(fill)
        except Cancelled:
            return self.of_guard(record.guard) or created
        return created

    def get(self, import_id: int) -> Record | None:
        """The record, read consistently."""
        return next(iter(self._read([import_id], consistent=True)), None)

    def checkpoint(self, old: Record, new: Record, errors: Sequence[RowError]) -> None:
        """Store progress: the record, the slice's row errors and the project's task count at once, so that each slice
        counts once however often it ran. Raises Overtaken when the record is not as `old` any more."""
        made = new.tasks_made - old.tasks_made
        actions: list[Any] = [ImportItem.body.set(_text(new)), ImportItem.step.set(new.step)]

        def fill(transaction: TransactWrite) -> None:
            nobody_else_went_on = ImportItem.step == old.step
            transaction.update(ImportItem(old.id, RECORD), actions, condition=nobody_else_went_on)
            if errors:
                transaction.save(_errors_item(old, errors))
            if made and new.project_id is not None:
                transaction.update(SequenceItem(tasks_key(new.project_id)), tasks_made(made, timestamp(self._clock())))

        try:
            commit(fill)
        except Cancelled as cancelled:
            raise Overtaken(old.id) from cancelled

    def errors(self, import_id: int) -> list[RowError]:
        """The row errors that were kept, in order of the lines."""
        parts = ImportItem.query(import_id, ImportItem.part.between(ERRORS, f"{ERRORS}~"), consistent_read=True)
        return [error for part in parts for error in msgspec.json.decode(part.body, type=list[RowError])]

    def after(self, project_id: int | None, last_id: int, limit: int) -> list[Record]:
        """Up to `limit` records with ids above `last_id`, ascending, of one project or of all: keyset pagination."""
        if limit < 1:
            return []
        if project_id is None:
            return self._any_after(last_id, limit)
        listed = ImportItem.by_project.query(project_id, ImportItem.id > last_id, limit=limit)
        return self._read([item.id for item in listed], consistent=False)

    def newest_task(self, project_id: int) -> int:
        """The last id that was given to a task of the project, 0 when none was."""
        return newest_task(project_id)

    def _any_after(self, last_id: int, limit: int) -> list[Record]:
        """Ids come from one sequence; those of callers that crashed are missing."""
        sequence = next(iter(SequenceItem.batch_get([SEQUENCE], consistent_read=True)), None)
        newest = sequence.next if sequence is not None else 0
        found: list[Record] = []
        while last_id < newest and len(found) < limit:
            ids = range(last_id + 1, min(last_id + limit - len(found), newest) + 1)
            found += self._read(ids, consistent=False)
            last_id = ids[-1]
        return found

    def _read(self, ids: Sequence[int], consistent: bool) -> list[Record]:
        found = read_together(Wanted(ImportItem, [(one, RECORD) for one in ids], consistent))
        records = [msgspec.json.decode(item.body, type=Record) for item in found[ImportItem]]
        return sorted(records, key=lambda record: record.id)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _item(record: Record) -> ImportItem:
    return ImportItem(record.id, RECORD, project_id=record.project_id, body=_text(record), step=record.step)


def _errors_item(record: Record, errors: Sequence[RowError]) -> ImportItem:
    """Named after the step that its slice starts from: a slice that runs again writes the same item."""
    return ImportItem(record.id, f"{ERRORS}{record.step:016d}", body=_text(errors))
