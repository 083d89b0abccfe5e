"""Many tasks of one request, whether or not there are others of the same info (api/task_bulk.py).

Tasks, their sheets and the project's count are written in one transaction per piece, so that the count is exact
whenever the request ends. A piece that was written by a sender who died is recognised by its ids.
"""

from collections.abc import Iterator, Sequence

import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import Unavailable
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import task_ids, tasks_key, tasks_made
from chalicelib.store.tables import SequenceItem, SheetItem
from chalicelib.store.tasks import MOST_IN_TRANSACTION, TaskStore, sheet_item, sheet_key, task_item
from chalicelib.store.transactions import Cancelled, commit

MOST_TASKS = (MOST_IN_TRANSACTION - 1) // 2
MOST_BYTES = 3_000_000  # a transaction holds 4 MB (AWS: "Amazon DynamoDB API Reference, TransactWriteItems")
ROUNDS = 4
Pair = tuple[Task, NewTask]


class TaskBulk:
    """Makes tasks in pieces of up to 49."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks

    def take_ids(self, project_id: int, count: int) -> list[int]:
        """Ids that nobody else gets, ascending."""
        return task_ids(project_id, count)

    def create(self, project_id: int, queue: str, news: Sequence[tuple[int, NewTask]]) -> list[Task]:
        """Store the tasks of (id, task) unless they are there already; all of them, in order. Raises Unavailable, after
        which some may be stored; the same ids again go on."""
        pairs = self._defined(project_id, news)
        for piece in _pieces(pairs):
            _store(project_id, queue, piece)
        return [task for task, _ in pairs]

    def _defined(self, project_id: int, news: Sequence[tuple[int, NewTask]]) -> list[Pair]:
        """The first of equal info stands where imports look for duplicates, the others under their own ids."""
        seen: set[str] = set()
        pairs = []
        for task_id, new in news:
            task = self._tasks.define(project_id, task_id, new)
            if task.digest in seen:
                task.sheet = sheet_key(project_id, task.digest, task_id)
            seen.add(task.digest)
            pairs.append((task, new))
        return pairs


def _pieces(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    piece: list[Pair] = []
    size = 0
    for pair in pairs:
        bytes_of_it = len(orjson.dumps(pair[0].info))
        if len(piece) == MOST_TASKS or (piece and size + bytes_of_it > MOST_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(pair)
        size += bytes_of_it
    if piece:
        yield piece


def _store(project_id: int, queue: str, piece: Sequence[Pair]) -> None:
    for _ in range(ROUNDS):
        try:
            _put(project_id, queue, piece)
            return
        except Cancelled as cancelled:
            piece = _still_to_put(project_id, piece, cancelled.failed)
        if not piece:
            return
    raise Unavailable("The tasks' places kept being taken. Send it again in a moment.")


def _put(project_id: int, queue: str, piece: Sequence[Pair]) -> None:
    """One condition a task: its sheet tells whether it is there, for nobody removes the one without the other."""

    def fill(transaction: TransactWrite) -> None:
        for task, new in piece:
            transaction.save(sheet_item(task, new, queue), condition=SheetItem.key.does_not_exist())
            transaction.save(task_item(task))
        transaction.update(SequenceItem(tasks_key(project_id)), tasks_made(len(piece), piece[0][0].created))

    commit(fill)


def _still_to_put(project_id: int, piece: Sequence[Pair], failed: frozenset[int]) -> list[Pair]:
    """Without the tasks that are there; those whose sheet's place another task has go under their own ids."""
    taken = [piece[place // 2][0].sheet for place in failed]
    standing = {
        item.key: item.task for item in read_together(Wanted(SheetItem, [(key,) for key in taken], True))[SheetItem]
    }
    left = []
    for task, new in piece:
        holder = standing.get(task.sheet)
        if holder == task.id:
            continue
        if holder is not None:
            task.sheet = sheet_key(project_id, task.digest, task.id)
        left.append((task, new))
    return left
