"""Deleting the tasks that have no result, in requests that end in time (contract web.md §2.3)."""

from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

import msgspec

from chalicelib.core.queueing import queue_key
from chalicelib.core.seats import FREE, Sheet
from chalicelib.core.task_deletion import BUDGET_SECONDS, TaskDeletion


class Stored:
    """Tasks with their sheets, and results by task; `answer_before_delete` completes those tasks just in time."""

    def __init__(self, ids: Sequence[int], completed: Sequence[int] = (), reopened: Sequence[int] = ()) -> None:
        self.kept = {one: self._sheet(one, one in completed, one in reopened) for one in ids}
        self.with_result = {*completed, *reopened}
        self.answered_before_delete: set[int] = set()

    def _sheet(self, task: int, completed: bool, reopened: bool) -> Any:
        key, queue = f"1-{task}", "1:p"
        qk = queue_key(queue, 0, task, 0)
        return Sheet(key, task, 1, 1, int(completed), int(reopened), 0, 0.0, {}, qk, queue, FREE)

    def after(self, project_id: int, last_id: int, limit: int) -> list[Any]:
        found = [one for one in sorted(self.kept) if one > last_id][:limit]
        return [SimpleNamespace(id=one, sheet=self.kept[one].key) for one in found]

    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Any], dict[int, Any]]:
        return {one.key: one for one in self.kept.values() if one.key in keys}, {}

    def delete(self, task: Any, sheet: Any) -> bool:
        if task.id in self.answered_before_delete:
            self.kept[task.id] = msgspec.structs.replace(sheet, ans=1)
            return False
        del self.kept[task.id]
        return True

    def of_task(self, task_id: int) -> Any:
        return "a result" if task_id in self.with_result else None


def deletion(stored: Any, seconds_per_look: float = 0.0) -> TaskDeletion:
    ticks = count()
    return TaskDeletion(stored, stored, stored, lambda: next(ticks) * seconds_per_look)


def test_tasks_with_a_result_stay_also_when_they_were_reopened() -> None:
    stored = Stored(range(1, 121), completed=[7], reopened=[60])
    deleted = deletion(stored).without_results(1, 0)
    assert (deleted.count, deleted.last_id, sorted(stored.kept)) == (118, None, [7, 60])


def test_it_stops_in_time_and_goes_on_behind_what_was_looked_at() -> None:
    stored = Stored(range(1, 101), completed=range(1, 31))
    rounds, last_id = 0, 0
    while True:
        done = deletion(stored, BUDGET_SECONDS / 20).without_results(1, last_id)
        rounds += 1
        if done.last_id is None:
            break
        assert done.last_id > last_id
        last_id = done.last_id
    assert (rounds, sorted(stored.kept)) == (5, list(range(1, 31)))


def test_a_task_that_is_completed_at_the_same_moment_stays() -> None:
    stored = Stored([1, 2])
    stored.answered_before_delete = {1}
    assert deletion(stored).without_results(1, 0).count == 1
    assert list(stored.kept) == [1]
