"""Seat sheets: read, and changed by one conditional update per move (heart.md §2)."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from pynamodb.expressions.condition import size
from pynamodb.transactions import TransactWrite

from chalicelib.core.queueing import queue_key
from chalicelib.core.seats import Adopt, Move, Placing, Redundancy, Renew, Sheet, Take, TakeOver
from chalicelib.core.tasks import Task
from chalicelib.store.conditions import update_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.seating import listed_as, listing, seat, spare, votes_in
from chalicelib.store.sequences import block_of
from chalicelib.store.tables import SheetItem, TaskItem
from chalicelib.store.tasks import task_from
from chalicelib.store.transactions import Cancelled, commit

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
        votes=votes_in(item),
        spared=item.spared or 0,
        marked=bool(item.marked),
        src=item.src,
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
        return update_if(SheetItem, (sheet.key,), _seat_actions(me, move), _still_true(sheet, me, move))

    def change_redundancy(self, change: Redundancy) -> bool:
        """Set n_answers as computed from `change.observed`; False when the sheet changed since."""
        seen = change.observed
        actions = [
            SheetItem.n.set(change.n),
            SheetItem.gen.set(change.gen),
            SheetItem.ver.set(SheetItem.ver + 1),
            SheetItem.qk.set(queue_key(seen.queue, seen.prio, seen.task, seen.ans)),
            *listing(None if change.closed else seen.queue, change.ready),
            *spare(seen, 0),
        ]
        return update_if(SheetItem, (seen.key,), actions, _as_counted(seen))

    def place(self, placing: Placing) -> bool:
        """List a sheet somewhere else; False when it changed since `placing.observed`."""
        seen = placing.observed
        return update_if(SheetItem, (seen.key,), _place_actions(placing), _as_counted(seen))

    def set_gold(self, placing: Placing, answer: Any) -> bool:
        """The expected answer of a task (None: none) together with the queue of its sheet, so that neither is ever
        without the other; False when the sheet changed since `placing.observed`."""
        seen = placing.observed

        def fill(transaction: TransactWrite) -> None:
            action = TaskItem.gold.set(orjson.dumps(answer).decode()) if answer is not None else TaskItem.gold.remove()
            task = TaskItem(block_of(seen.task), seen.task)
            transaction.update(task, [action], TaskItem.project_id == seen.project)
            mark = [SheetItem.marked.set(True)] if answer is not None else []
            transaction.update(SheetItem(seen.key), [*_place_actions(placing), *mark], _as_counted(seen))

        try:
            commit(fill)
        except Cancelled:
            return False
        return True

    def change_priority(self, sheet: Sheet, priority: float) -> bool:
        """Set the priority and with it the place in the queue; False when the place changed since it was read. `qk` is
        always there, so this cannot bring back an old place when the task is listed again (heart.md §3, failure 10).

        The answers are pinned too, as a place under breadth_first counts them: a last answer leaves the place as it
        was, and taken back between read and write it leaves it as it was again.
        """
        qk = queue_key(sheet.queue, priority, sheet.task, sheet.ans)
        actions = [SheetItem.prio.set(priority), SheetItem.qk.set(qk)]
        return update_if(SheetItem, (sheet.key,), actions, (SheetItem.qk == sheet.qk) & (SheetItem.ans == sheet.ans))


def _place_actions(placing: Placing) -> list[Any]:
    """With a version: for the statistics a gold task is no work."""
    moved = [SheetItem.qk.set(placing.qk), SheetItem.ver.set(SheetItem.ver + 1)]
    return [*moved, *listing(placing.open, placing.ready)]


def _as_counted(seen: Sheet) -> Any:
    """Everything that completion and listing are computed from is as it was read: `ver` stands for counts and seats."""
    return (SheetItem.ver == seen.ver) & (SheetItem.qk == seen.qk) & listed_as(seen)


def _seat_actions(me: str, move: Take | TakeOver | Renew) -> list[Any]:
    actions = [seat(me).set(move.until), SheetItem.ver.set(SheetItem.ver + 1)]
    if move.ready is not None:
        actions.append(SheetItem.ready.set(move.ready))
    if isinstance(move, TakeOver):
        actions.append(seat(move.expired).remove())
    return actions


def _still_true(sheet: Sheet, me: str, move: Take | TakeOver | Renew) -> Any:
    same_rules = (SheetItem.n == move.n) & listed_as(sheet)
    if move.ready is not None:
        # It is made of all seats that were read. With `size` alone one seat may have gone and another come between,
        # whose lease ends earlier: that seat would be offered again too late.
        same_rules &= SheetItem.ver == sheet.ver
    if isinstance(move, Renew):
        return same_rules & (seat(me) == move.observed) & (size(SheetItem.seats) == move.size)
    wanted = same_rules & (SheetItem.ans < sheet.ceiling) & seat(me).does_not_exist()
    if isinstance(move, TakeOver):
        still_expired = seat(move.expired) == move.observed
        return wanted & still_expired & (size(SheetItem.seats) == move.size)
    if move.beyond is not None:
        return wanted & (size(SheetItem.seats) == move.beyond)
    if move.ready is not None:
        return wanted & (size(SheetItem.seats) == sheet.ceiling - 1)
    return wanted & (size(SheetItem.seats) < sheet.ceiling - 1)
