"""Favourite tasks: a row per account and task, and the accounts' ids on the task, written together."""

from collections.abc import Callable

from pynamodb.expressions.condition import size
from pynamodb.transactions import TransactWrite

from chalicelib.core.favorites import MOST_ON_A_TASK, TooManyFavorites
from chalicelib.core.moments import timestamp
from chalicelib.core.tasks import Task
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import block_of
from chalicelib.store.tables import FavoriteItem, TaskItem
from chalicelib.store.transactions import Cancelled, commit


class FavoriteStore:
    """Every account's favourites. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def has(self, user_id: int, task_id: int) -> bool:
        """Read consistently."""
        return bool(read_together(Wanted(FavoriteItem, [(user_id, task_id)], consistent=True))[FavoriteItem])

    def after(self, user_id: int, last_task: int, limit: int) -> list[int]:
        """Up to `limit` task ids above `last_task`, ascending, read consistently."""
        rows = FavoriteItem.query(user_id, FavoriteItem.task_id > last_task, limit=limit, consistent_read=True)
        return [item.task_id for item in rows]

    def add(self, user_id: int, task: Task) -> bool:
        """Add the account to the task's; True also when it was there. False when the task is gone. Raises
        TooManyFavorites."""
        created = timestamp(self._clock())
        room = TaskItem.fav_user_ids.does_not_exist() | (size(TaskItem.fav_user_ids) < MOST_ON_A_TASK)

        def fill(transaction: TransactWrite) -> None:
            row = FavoriteItem(user_id, task.id, created=created)
            transaction.save(row, condition=FavoriteItem.user_id.does_not_exist())
            transaction.update(
                TaskItem(block_of(task.id), task.id),
                [TaskItem.fav_user_ids.add({user_id})],
                condition=TaskItem.id.exists() & room,
            )

        try:
            commit(fill)
        except Cancelled as cancelled:
            if 0 not in cancelled.failed:
                return self._refused(task)
        return True

    def _refused(self, task: Task) -> bool:
        if read_together(Wanted(TaskItem, [(block_of(task.id), task.id)], consistent=True))[TaskItem]:
            raise TooManyFavorites()
        return False

    def remove(self, user_id: int, task_id: int) -> bool:
        """Take the account off; False when the task was none of its favourites. A task that is gone has left only the
        row behind."""

        def fill(transaction: TransactWrite) -> None:
            transaction.delete(FavoriteItem(user_id, task_id), condition=FavoriteItem.user_id.exists())
            transaction.update(
                TaskItem(block_of(task_id), task_id),
                [TaskItem.fav_user_ids.delete({user_id})],
                condition=TaskItem.id.exists(),
            )

        try:
            commit(fill)
        except Cancelled as cancelled:
            if 0 not in cancelled.failed:
                FavoriteItem(user_id, task_id).delete()
            return False
        return True
