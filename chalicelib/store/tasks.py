"""Tasks: definitions in blocks of ids, each with its seat sheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec.structs import replace
from pynamodb.transactions import TransactWrite

from chalicelib.core import canonical
from chalicelib.core.moments import timestamp
from chalicelib.core.queueing import queue_key
from chalicelib.core.repositories import Changed, Passed, nobody
from chalicelib.core.results import GUARD
from chalicelib.core.seats import FREE, Sheet
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.conditions import save_if, unchanged, update_if
from chalicelib.store.participations import judged
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.runs import owner_of
from chalicelib.store.seating import seat, voted
from chalicelib.store.sequences import BLOCK_IDS, block_of, task_count, task_ids, tasks_key, tasks_made
from chalicelib.store.tables import BlockItem, ParticipationItem, ResultItem, RunItem, SequenceItem, SheetItem, TaskItem
from chalicelib.store.transactions import Cancelled, commit

MOST_IN_TRANSACTION = 100  # AWS: "Amazon DynamoDB API Reference, TransactWriteItems"
MOST_RUNS_AT_ONCE, MOST_RESULTS_AT_ONCE = 40, 17  # of one task: two writes for a run, one for a result, three more


def sheet_key(project_id: int, digest: str, salt: int | None = None) -> str:
    """The key of a task's sheet. Without a salt it is the one that a second task of the same info would take."""
    return f"{project_id}-{digest}" + (f"-{salt}" if salt is not None else "")


def task_item(task: Task) -> TaskItem:
    return TaskItem(
        block_of(task.id),
        task.id,
        project_id=task.project_id,
        created=task.created,
        info=orjson.dumps(task.info).decode(),
        quorum=task.quorum,
        calibration=task.calibration,
        fav_user_ids=set(task.fav_user_ids) if task.fav_user_ids else None,
        sheet=task.sheet,
        digest=task.digest,
        object_key=task.object_key,
    )


def sheet_item(task: Task, new: NewTask, queue: str) -> SheetItem:
    return SheetItem(
        task.sheet,
        task=task.id,
        project=task.project_id,
        n=new.n_answers,
        prio=new.priority_0,
        open=queue,
        qk=queue_key(queue, new.priority_0, task.id, 0),
        ready=FREE,
        src=new.source,
    )


def task_from(item: TaskItem) -> Task:
    return Task(
        id=item.id,
        project_id=item.project_id,
        created=item.created,
        info=orjson.loads(item.info),
        quorum=item.quorum,
        calibration=item.calibration,
        fav_user_ids=sorted(int(user) for user in item.fav_user_ids) if item.fav_user_ids else None,
        sheet=item.sheet,
        digest=item.digest,
        gold=orjson.loads(item.gold) if item.gold is not None else None,
        object_key=item.object_key,
    )


class TaskStore:
    """The tasks of all projects. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def get(self, task_id: int) -> Task | None:
        """The task, read consistently."""
        found = read_together(Wanted(TaskItem, [(block_of(task_id), task_id)], consistent=True))
        return next((task_from(item) for item in found[TaskItem]), None)

    def define(self, project_id: int, task_id: int, new: NewTask, salted: bool = False) -> Task:
        """The task that `new` describes, not stored yet."""
        digest = canonical.digest(new.info)
        return Task(
            id=task_id,
            project_id=project_id,
            created=timestamp(self._clock()),
            info=new.info,
            quorum=new.quorum,
            calibration=new.calibration,
            sheet=sheet_key(project_id, digest, task_id if salted else None),
            digest=digest,
        )

    def create(self, project_id: int, queue: str, new: NewTask) -> Task:
        """Store one task with its sheet and count it, in one transaction. Equal `info` is allowed here."""
        task_id = task_ids(project_id, 1)[0]
        task = self.define(project_id, task_id, new)
        try:
            self._store(task, new, queue)
        except Cancelled:
            task = self.define(project_id, task_id, new, salted=True)
            self._store(task, new, queue)
        return task

    def _store(self, task: Task, new: NewTask, queue: str) -> None:
        def fill(transaction: TransactWrite) -> None:
            transaction.save(sheet_item(task, new, queue), condition=SheetItem.key.does_not_exist())
            transaction.save(task_item(task))
            transaction.update(SequenceItem(tasks_key(task.project_id)), tasks_made(1, task.created))

        commit(fill)

    def change(self, task: Task, info: Any, quorum: int, calibration: int) -> None:
        """Replace what the definition holds. A new `info` is guarded against imports of the same: they look for a sheet
        under its digest. Raises Changed."""
        digest = canonical.digest(info)
        actions = [
            TaskItem.info.set(orjson.dumps(info).decode()),
            TaskItem.digest.set(digest),
            TaskItem.quorum.set(quorum),
            TaskItem.calibration.set(calibration),
        ]
        if digest != task.digest:
            _guard(task, digest)
        as_read = unchanged(task_item(task), "digest", "quorum", "calibration")
        if not update_if(TaskItem, (block_of(task.id), task.id), actions, as_read):
            raise Changed()

    def after(self, project_id: int | None, last_id: int, limit: int, passed: Passed = nobody) -> list[Task]:
        """Up to `limit` tasks with ids above `last_id`, ascending: keyset pagination. None: of every project, whose
        deleted ones have left blocks without tasks. Read consistently: clients list what they have just made."""
        found: list[Task] = []
        for block in _blocks(project_id, block_of(last_id + 1)):
            rows = TaskItem.query(block, TaskItem.id > last_id, limit=limit - len(found), consistent_read=True)
            found += [task_from(item) for item in rows]
            if len(found) >= limit:
                break
            passed(0)
        return found

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Task]:
        """Up to `limit` tasks of a project from the newest down, below `last_id` if given."""
        blocks = BlockItem.query(project_id, consistent_read=True, scan_index_forward=False)
        found: list[Task] = []
        place = TaskItem.id < last_id if last_id is not None else None
        for block in (item.block for item in blocks if last_id is None or item.block <= block_of(last_id)):
            wanted = limit - len(found)
            rows = TaskItem.query(block, place, limit=wanted, consistent_read=True, scan_index_forward=False)
            found += [task_from(row) for row in rows]
            if len(found) >= limit:
                break
        return found

    def pass_over(self, project_id: int, count: int, passed: Passed = nobody) -> tuple[int, int]:
        """Where the tasks after the first `count` begin: an id that they come after, and how many (fewer than a block
        may hold) are to be passed over behind it. Counting a block takes its units, but no transfer."""
        last_id = 0
        for block in _blocks(project_id, 0):
            if count < BLOCK_IDS:
                break
            count -= TaskItem.count(block, consistent_read=True)
            last_id = (block + 1) * BLOCK_IDS - 1
            passed(0)
        return last_id, count

    def count(self, project_id: int) -> int:
        """How many tasks a project has; exact, half a read unit."""
        return task_count(project_id)

    def delete(self, task: Task, sheet: Sheet) -> bool:
        """Remove a task with its sheet, runs and results; False when the sheet changed since it was read (an answer
        that came meanwhile would be left without its task). All at once up to forty runs; of more, the others go
        before, so that a stop in between leaves a task that still knows its runs. Of many results, as a task has under
        depth_first_all, the stream removes the rest (`core.results.orphans`)."""
        results = list(ResultItem.query(task.id, consistent_read=True, limit=MOST_RESULTS_AT_ONCE))
        shed: Sheet | None = sheet
        while shed is not None and len(_answered(shed)) > MOST_RUNS_AT_ONCE:
            shed = self._shed(shed)
        if shed is None:
            return False
        last = shed

        def fill(transaction: TransactWrite) -> None:
            transaction.delete(SheetItem(last.key), condition=_same_answers(last))
            transaction.delete(TaskItem(block_of(task.id), task.id))
            for item in results:
                transaction.delete(item)
            _remove_runs(transaction, last, _answered(last))
            transaction.update(SequenceItem(tasks_key(task.project_id)), [SequenceItem.made.add(-1)])

        try:
            commit(fill)
        except Cancelled:
            return False
        return True

    def _shed(self, sheet: Sheet) -> Sheet | None:
        """Take the first runs off a sheet whose task is about to go; the sheet as it then is, None when it changed. One
        that is complete stays so: it makes no result and is not offered. Votes are forgotten, not read for it: were the
        task to stay, fewer answers would agree than do."""
        runs = _answered(sheet)[:MOST_RUNS_AT_ONCE]
        answers = sheet.ans - len(runs)
        left = {contributor: held for contributor, held in sheet.seats.items() if contributor not in runs}
        n = min(sheet.n, answers) if sheet.completed else sheet.n
        after = replace(sheet, n=n, ans=answers, ver=sheet.ver + 1, seats=left)
        actions = [SheetItem.n.set(n), SheetItem.ans.set(answers), SheetItem.ver.set(after.ver), voted({})]

        def fill(transaction: TransactWrite) -> None:
            _remove_runs(transaction, sheet, runs)
            gone = [seat(contributor).remove() for contributor in runs]
            transaction.update(SheetItem(sheet.key), [*actions, *gone], _same_answers(sheet))

        try:
            commit(fill)
        except Cancelled:
            return None
        return after

    def delete_unanswered(self, tasks: Sequence[Task], sheets: Mapping[str, Sheet]) -> bool:
        """Remove up to 49 tasks that never had an answer, with their sheets, all at once; False when one
        of the sheets changed since it was read."""

        def fill(transaction: TransactWrite) -> None:
            for task in tasks:
                transaction.delete(SheetItem(task.sheet), condition=_same_answers(sheets[task.sheet]))
                transaction.delete(TaskItem(block_of(task.id), task.id))
            sequence = SequenceItem(tasks_key(tasks[0].project_id))
            transaction.update(sequence, [SequenceItem.made.add(-len(tasks))])

        try:
            commit(fill)
        except Cancelled:
            return False
        return True


def _same_answers(sheet: Sheet) -> Any:
    return (SheetItem.task == sheet.task) & (SheetItem.ver == sheet.ver)


def _blocks(project_id: int | None, first: int) -> Iterator[int]:
    if project_id is not None:
        rows = BlockItem.query(project_id, BlockItem.block >= first, consistent_read=True)
        return (item.block for item in rows)
    opened = next(iter(SequenceItem.batch_get(["task-block"], consistent_read=True)), None)
    return iter(range(first, opened.next if opened else 0))


def _answered(sheet: Sheet) -> list[str]:
    return [contributor for contributor, held in sheet.seats.items() if held < 0]


def _remove_runs(transaction: TransactWrite, sheet: Sheet, contributors: Sequence[str]) -> None:
    marks = _marks(sheet, contributors) if sheet.marked else {}
    for contributor in contributors:
        transaction.delete(RunItem(owner_of(sheet.project, contributor), sheet.task))
        forget = _forget(sheet.task, marks.get(contributor))
        transaction.update(ParticipationItem(contributor, sheet.project), forget)


def _marks(sheet: Sheet, contributors: Sequence[str]) -> dict[str, bool | None]:
    """By contributor, whether the answer to a gold task was right; read consistently, as they are taken back."""
    keys = {(owner_of(sheet.project, contributor), sheet.task): contributor for contributor in contributors}
    found = read_together(Wanted(RunItem, list(keys), consistent=True))[RunItem]
    return {keys[item.owner, item.task_id]: item.right for item in found}


def _forget(task_id: int, right: bool | None) -> list[Any]:
    """What a deleted run takes away from its contributor's participation."""
    return [ParticipationItem.runs.add(-1), ParticipationItem.done.delete({task_id}), *judged(right, -1)]


def _guard(task: Task, digest: str) -> None:
    guard = SheetItem(
        sheet_key(task.project_id, digest), task=task.id, project=task.project_id, n=1, qk=GUARD, src=GUARD
    )
    save_if(guard, SheetItem.key.does_not_exist())
