"""Many tasks at once, each at three write units, none of them twice (R7; heart.md §2, "import").

The sheet is put first and is the test for a duplicate: its key is the digest of `info`. `src` on it says which row of
which import made it, so that a row that is tried again finds its own sheet. A sheet whose task is still missing is a
crash's trace; whoever meets it puts the task there (`newtask` passes over such sheets). Where a sheet stands under a
digest that its task no longer has, or a guard whose task went away, the next place is the key with that task's id
behind it: every import looks through the same places in the same order.

Several batches of one import may be stored at once. They are drafted one after another, so that ids ascend with the
rows.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.core import canonical, consumption
from chalicelib.core.errors import Unavailable
from chalicelib.core.moments import timestamp
from chalicelib.core.results import GUARD
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.inserts import MOST_INSERTS, insert_absent
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import block_of, task_ids
from chalicelib.store.tables import SheetItem, Table, TaskItem
from chalicelib.store.tasks import sheet_item, sheet_key, task_item
from chalicelib.store.transactions import Cancelled, commit

MOST_PUTS = 25  # BatchWriteItem, AWS: "Amazon DynamoDB API Reference, BatchWriteItem"
ROUNDS = 8
FIRST_PAUSE_SECONDS = 0.05
WORKERS = 8


@dataclass
class Draft:
    """A row on its way to be a task, under the key that is tried now."""

    place: int  # in the batch
    task: Task
    new: NewTask
    made: bool = False

    @property
    def key(self) -> str:
        return self.task.sheet


@dataclass(frozen=True)
class Drafts:
    """What a batch of `rows` rows asks for: one draft for each `info`, the first row that has it."""

    rows: int
    drafts: Sequence[Draft]
    digests: frozenset[str]


class TaskBatches:
    """Makes batches. `workers` threads make requests side by side; one makes the order of requests certain."""

    def __init__(self, clock: Callable[[], float], workers: int = WORKERS) -> None:
        self._clock = clock
        self._workers = workers

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, thread_name_prefix="tasks")

    def open(self, project_id: int, queue: str, import_id: int) -> "TaskBatch":
        """A maker of one import's tasks, for as long as one handler runs."""
        return TaskBatch(project_id, queue, import_id, self._clock, self._map)

    def _map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        mapper = self._pool.map if self._workers > 1 else map
        return list(mapper(consumption.shared(function), values))


class TaskBatch:
    """Makes the tasks of one import."""

    def __init__(
        self,
        project_id: int,
        queue: str,
        import_id: int,
        clock: Callable[[], float],
        side_by_side: Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]],
    ) -> None:
        self._project_id = project_id
        self._queue = queue
        self._import_id = import_id
        self._clock = clock
        self._map = side_by_side
        self._spare: list[int] = []  # ids that duplicates did not need, for the next batch
        self._lock = threading.Lock()

    def create(self, rows: Sequence[tuple[int, NewTask]]) -> list[bool]:
        """Draft the rows and store them."""
        return self.store(self.draft(rows))

    def draft(self, rows: Sequence[tuple[int, NewTask]]) -> Drafts:
        """The tasks of (row number, task) with their ids; nothing is stored."""
        firsts: dict[str, tuple[int, int, NewTask]] = {}
        for place, (number, new) in enumerate(rows):
            firsts.setdefault(canonical.digest(new.info), (place, number, new))
        created = timestamp(self._clock())
        drafts = [
            Draft(place, self._task(task_id, digest, new, created), self._signed(new, number))
            for task_id, (digest, (place, number, new)) in zip(self._ids(len(firsts)), firsts.items(), strict=True)
        ]
        return Drafts(len(rows), drafts, frozenset(firsts))

    def store(self, drafts: Drafts) -> list[bool]:
        """Store the drafts' tasks: True for each row whose task this import made, now or when it came to this row
        before; False for duplicates. The caller counts them (`SequenceItem.made`). Batches that are stored at once have
        no digest in common, or a later row may come before an equal one. Raises Unavailable."""
        trying = drafts.drafts
        for _ in range(ROUNDS):
            trying = self._settle(trying)
            if not trying:
                made = {draft.place for draft in drafts.drafts if draft.made}
                return [place in made for place in range(drafts.rows)]
        raise Unavailable("Too many tasks changed their info to that of others; send it again in a moment.")

    def _task(self, task_id: int, digest: str, new: NewTask, created: str) -> Task:
        return Task(
            id=task_id,
            project_id=self._project_id,
            created=created,
            info=new.info,
            quorum=new.quorum,
            calibration=new.calibration,
            sheet=sheet_key(self._project_id, digest),
            digest=digest,
            object_key=new.object_key,
        )

    def _signed(self, new: NewTask, number: int) -> NewTask:
        return NewTask(
            info=new.info, n_answers=new.n_answers, priority_0=new.priority_0, source=f"{self._import_id}:{number}"
        )

    def _ids(self, count: int) -> list[int]:
        with self._lock:
            spare, self._spare = self._spare[:count], self._spare[count:]
        more = count - len(spare)
        return spare + (task_ids(self._project_id, more) if more else [])

    def _give_back(self, ids: Sequence[int]) -> None:
        with self._lock:
            self._spare = sorted([*self._spare, *ids])

    def _settle(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Put the drafts' sheets and tasks; those whose place is taken by something else come back with the next."""
        sheets = [sheet_item(draft.task, draft.new, self._queue) for draft in drafts]
        put = [was_put for part in self._map(insert_absent, _parts(sheets, MOST_INSERTS)) for was_put in part]
        won = [draft for draft, was_put in zip(drafts, put, strict=True) if was_put]
        self._map(put_together, _parts([task_item(draft.task) for draft in won], MOST_PUTS))
        for draft in won:
            draft.made = True
        return self._look_at([draft for draft, was_put in zip(drafts, put, strict=True) if not was_put])

    def _look_at(self, lost: Sequence[Draft]) -> list[Draft]:
        """Decide what the sheets that stand in the drafts' places mean; the drafts that go on to another place, or back
        to one whose sheet went away meanwhile."""
        standing = _standing([draft.key for draft in lost])
        digests = _digests([sheet.task for sheet in standing.values()])
        moving: list[Draft] = []
        missing: list[tuple[Draft, SheetItem]] = []
        unused: list[int] = []
        for draft in lost:
            sheet = standing.get(draft.key)
            if sheet is None:
                moving.append(draft)
                continue
            draft.made = sheet.src == draft.new.source
            of_an_import = sheet.src is not None and sheet.src != GUARD
            if sheet.task not in digests and of_an_import:
                missing.append((draft, sheet))
            elif not draft.made and digests.get(sheet.task) != draft.task.digest:
                draft.task.sheet = f"{draft.key}-{sheet.task}"
                moving.append(draft)
                continue
            if sheet.task != draft.task.id:  # else it is our own, put by an attempt whose answer was lost
                unused.append(draft.task.id)
        self._map(_put_missing_task, missing)
        self._give_back(unused)
        return moving


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _standing(keys: Sequence[str]) -> dict[str, SheetItem]:
    found = read_together(Wanted(SheetItem, [(key,) for key in keys], consistent=True))
    return {sheet.key: sheet for sheet in found[SheetItem]}


def _digests(task_ids: Sequence[int]) -> dict[int, str]:
    """Of the tasks that are there."""
    found = read_together(Wanted(TaskItem, [(block_of(task_id), task_id) for task_id in task_ids], consistent=True))
    return {item.id: item.digest for item in found[TaskItem]}


def put_together(items: Sequence[Table]) -> None:
    """Put up to 25 items of one table in one request. Raises Unavailable when the store keeps leaving some out."""
    table = items[0]._get_connection()
    request: dict[str, Any] = {table.table_name: [{"PutRequest": {"Item": item.serialize()}} for item in items]}
    for attempt in range(ROUNDS):
        answer = table.connection._make_api_call("BatchWriteItem", {"RequestItems": request})
        request = answer.get("UnprocessedItems") or {}
        if not request:
            return
        time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
    raise Unavailable("The store is busy; ask again in a moment.")


def _put_missing_task(found: tuple[Draft, SheetItem]) -> None:
    """Put the task of a sheet that has none, unless somebody did meanwhile, or deleted the sheet."""
    draft, sheet = found
    task = task_item(draft.task)
    task.block, task.id, task.sheet = block_of(sheet.task), sheet.task, sheet.key

    def fill(transaction: TransactWrite) -> None:
        transaction.condition_check(SheetItem, sheet.key, condition=SheetItem.task == sheet.task)
        transaction.save(task, condition=TaskItem.id.does_not_exist())

    try:
        commit(fill)
    except Cancelled:
        return
