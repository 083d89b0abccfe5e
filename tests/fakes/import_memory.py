"""Import records and tasks in memory, for tests of the rules; any call may be made to die."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from msgspec.structs import replace

from chalicelib.core.canonical import digest
from chalicelib.core.imports import Overtaken, Record, RowError
from chalicelib.core.tasks import NewTask


def _nothing() -> None:
    """No fault."""


class Memory:
    """Both stores in one. `fault` is called before and behind each write."""

    def __init__(self) -> None:
        self.fault: Callable[[], None] = _nothing
        self.records: dict[int, Record] = {}
        self.kept: dict[tuple[int, int], Sequence[RowError]] = {}
        self.tasks: dict[str, str] = {}  # digest of info -> "<import>:<row>"
        self.counted = 0
        self._ids = count(1)

    def of_guard(self, guard: str) -> Record | None:
        return next((one for one in self.records.values() if one.guard == guard), None)

    def of_guards(self, guards: Sequence[str]) -> dict[str, Record]:
        return {one.guard: one for one in self.records.values() if one.guard in guards}

    def create(self, record: Record, errors: Sequence[RowError] = ()) -> Record:
        self.fault()
        created = self.of_guard(record.guard)
        if created is None:
            created = replace(record, id=next(self._ids))
            self.records[created.id] = created
            self.kept[created.id, created.step] = errors
        self.fault()
        return created

    def get(self, import_id: int) -> Record | None:
        return self.records.get(import_id)

    def checkpoint(self, old: Record, new: Record, errors: Sequence[RowError]) -> None:
        self.fault()
        if self.records[old.id].step != old.step:
            raise Overtaken(old.id)
        self.records[old.id] = new
        self.kept[old.id, old.step] = errors
        self.counted += new.tasks_made - old.tasks_made
        self.fault()

    def errors(self, import_id: int) -> list[RowError]:
        parts = sorted((step, errors) for (of, step), errors in self.kept.items() if of == import_id)
        return [error for _, errors in parts for error in errors]

    def after(self, project_id: int | None, last_id: int, limit: int) -> list[Record]:
        found = [one for one in self.records.values() if one.id > last_id and project_id in (None, one.project_id)]
        return found[:limit]

    def newest_task(self, project_id: int) -> int:
        return len(self.tasks)

    def open(self, project_id: int, queue: str, import_id: int) -> "MemoryBatch":
        return MemoryBatch(self, import_id)


@dataclass(frozen=True)
class MemoryDrafts:
    rows: Sequence[tuple[int, NewTask]]

    @property
    def digests(self) -> frozenset[str]:
        return frozenset(digest(new.info) for _, new in self.rows)


class MemoryBatch:
    def __init__(self, memory: Memory, import_id: int) -> None:
        self._memory = memory
        self._import_id = import_id

    def create(self, rows: Sequence[tuple[int, NewTask]]) -> list[bool]:
        return self.store(self.draft(rows))

    def draft(self, rows: Sequence[tuple[int, NewTask]]) -> MemoryDrafts:
        return MemoryDrafts(rows)

    def store(self, drafts: MemoryDrafts) -> list[bool]:
        return [self._create(f"{self._import_id}:{number}", new) for number, new in drafts.rows]

    def _create(self, source: str, new: NewTask) -> bool:
        self._memory.fault()
        made = self._memory.tasks.setdefault(digest(new.info), source) == source
        self._memory.fault()
        return made
