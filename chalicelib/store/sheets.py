"""Seat sheets: read, and changed by one conditional update per move (heart.md §2)."""

from collections.abc import Iterable, Sequence
from typing import Any

from pynamodb.expressions.condition import size

from chalicelib.core.queueing import queue_key, queue_of
from chalicelib.core.seats import FREE, Adopt, Move, Redundancy, Renew, Sheet, Take, TakeOver
from chalicelib.core.tasks import Task
from chalicelib.store.conditions import update_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.seating import seat
from chalicelib.store.sequences import block_of
from chalicelib.store.tables import SheetItem, TaskItem
from chalicelib.store.tasks import task_from

MOST_KEYS = 20_000


def sheet_from(item: SheetItem) -> Sheet:
    return Sheet(
        key=item.key,
        task=item.task,
        project=item.project,
        n=item.n,
        ans=item.ans,
        gen=item.gen,
        ver=item.ver,
        prio=float(item.prio),
        seats=dict(item.seats.attribute_values),
        qk=item.qk,
        open=item.open,
        ready=item.ready,
    )


class SheetStore:
    """The sheets of all tasks. A container remembers which sheet is whose: that never changes."""

    def __init__(self) -> None:
        self._keys: dict[int, str] = {}

    def key_of(self, task_id: int) -> str | None:
        """The key of a task's sheet, if this container has read it."""
        return self._keys.get(task_id)

    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]:
        """Sheets by key and tasks by id, in one request; `consistent` is for the sheets."""
        found = read_together(
            Wanted(SheetItem, [(key,) for key in keys], consistent),
            Wanted(TaskItem, [(block_of(task), task) for task in tasks]),
        )
        sheets = {item.key: sheet_from(item) for item in found[SheetItem]}
        self._remember_keys(sheets.values())
        return sheets, {item.id: task_from(item) for item in found[TaskItem]}

    def _remember_keys(self, sheets: Iterable[Sheet]) -> None:
        if len(self._keys) > MOST_KEYS:
            self._keys = {}
        self._keys.update((sheet.task, sheet.key) for sheet in sheets)

    def move(self, sheet: Sheet, me: str, move: Move) -> bool:
        """Carry out a move; False when the sheet changed since it was read."""
        if isinstance(move, Adopt):
            return True
        return update_if(SheetItem, (sheet.key,), _seat_actions(me, move), _still_true(me, move))

    def change_redundancy(self, change: Redundancy) -> bool:
        """Set n_answers as computed from `change.observed`; False when the sheet changed since."""
        seen = change.observed
        actions = [
            SheetItem.n.set(change.n),
            SheetItem.gen.set(change.gen),
            SheetItem.ver.set(SheetItem.ver + 1),
        ]
        if change.completed:
            actions += [SheetItem.open.remove(), SheetItem.ready.remove()]
        else:
            actions += [SheetItem.open.set(queue_of(seen)), SheetItem.ready.set(change.ready or FREE)]
        unchanged = (
            (SheetItem.n == seen.n)
            & (SheetItem.ans == seen.ans)
            & (SheetItem.gen == seen.gen)
            & (size(SheetItem.seats) == len(seen.seats))
        )
        return update_if(SheetItem, (seen.key,), actions, unchanged)

    def change_priority(self, sheet: Sheet, priority: float) -> None:
        """Set the priority and with it the place in the queue; `qk` is always there, so this cannot bring back an old
        place when the task is listed again (heart.md §3, failure 10)."""
        qk = queue_key(queue_of(sheet), priority, sheet.task, sheet.ans)
        update_if(SheetItem, (sheet.key,), [SheetItem.prio.set(priority), SheetItem.qk.set(qk)], SheetItem.key.exists())


def _seat_actions(me: str, move: Take | TakeOver | Renew) -> list[Any]:
    actions = [seat(me).set(move.until), SheetItem.ver.set(SheetItem.ver + 1)]
    if move.ready is not None:
        actions.append(SheetItem.ready.set(move.ready))
    if isinstance(move, TakeOver):
        actions.append(seat(move.expired).remove())
    return actions


def _still_true(me: str, move: Take | TakeOver | Renew) -> Any:
    same_redundancy = SheetItem.n == move.n
    if isinstance(move, Renew):
        mine_unchanged = seat(me) == move.observed
        return same_redundancy & mine_unchanged & (size(SheetItem.seats) == move.size)
    wanted = same_redundancy & (SheetItem.ans < move.n) & seat(me).does_not_exist()
    if isinstance(move, TakeOver):
        still_expired = seat(move.expired) == move.observed
        return wanted & still_expired & (size(SheetItem.seats) == move.size)
    if move.ready is not None:
        return wanted & (size(SheetItem.seats) == move.n - 1)
    return wanted & (size(SheetItem.seats) < move.n - 1)
