"""Counters off the volunteers' path, and the blocks of task ids.

A project takes whole blocks of task ids, so that its tasks lie together and in order; within a project ids ascend with
creation.
"""

from typing import Any

from pynamodb.exceptions import UpdateError

from chalicelib.store.conditions import FAILED
from chalicelib.store.contention import persist
from chalicelib.store.tables import BlockItem, SequenceItem

BLOCK_IDS = 1000
WORKER = "worker"
TASK_BLOCK = "task-block"


def block_of(task_id: int) -> int:
    """The block that a task id belongs to."""
    return task_id // BLOCK_IDS


def tasks_key(project_id: int) -> str:
    """The key of a project's own sequence of task ids."""
    return f"tasks:{project_id}"


def next_number(key: str, count: int = 1) -> int:
    """The first of `count` numbers that nobody else gets, from 1 upwards; one write unit."""
    return _add(key, count, None) - count + 1


def last_number(key: str) -> int:
    """The last number that `next_number` gave, 0 when it gave none."""
    sequence = next(iter(SequenceItem.batch_get([key], consistent_read=True)), None)
    return sequence.next if sequence is not None else 0


def _add(key: str, count: int, condition: Any) -> int:
    table = SequenceItem._get_connection()
    actions = [SequenceItem.next.add(count)]
    answer = persist(lambda: table.update_item(key, actions=actions, condition=condition, return_values="UPDATED_NEW"))
    return int(answer["Attributes"]["next"]["N"])


def task_ids(project_id: int, count: int) -> list[int]:
    """`count` new task ids of a project, ascending. Opens blocks as needed; ids of a crashed caller stay unused."""
    ids: list[int] = []
    while len(ids) < count:
        ids += _from_block(project_id, count - len(ids)) or _open_block(project_id)
    return ids


def _from_block(project_id: int, count: int) -> list[int]:
    """Ids of the project's current block, fewer than `count` at its end; none when it is used up or absent."""
    key = tasks_key(project_id)
    sequence = next(iter(SequenceItem.batch_get([key], consistent_read=True)), None)
    if sequence is None or sequence.end is None or sequence.next >= sequence.end:
        return []
    taken = min(count, sequence.end - sequence.next)
    same_block = (SequenceItem.end == sequence.end) & (SequenceItem.next <= sequence.end - taken)
    try:
        after = _add(key, taken, same_block)
    except UpdateError as error:
        if error.cause_response_code == FAILED:
            return _from_block(project_id, count)
        raise
    return list(range(after - taken, after))


def _open_block(project_id: int) -> list[int]:
    """Give the project a new block. Two callers may both open one: the second finds the first's in place and its own
    block stays unused."""
    key = tasks_key(project_id)
    sequence = next(iter(SequenceItem.batch_get([key], consistent_read=True)), None)
    if sequence is not None and sequence.end is not None and sequence.next < sequence.end:
        return []
    block = next_number(TASK_BLOCK) - 1
    BlockItem(project_id, block).save()
    first = max(1, block * BLOCK_IDS)
    seen = SequenceItem.end == sequence.end if sequence and sequence.end else SequenceItem.end.does_not_exist()
    try:
        SequenceItem(key).update(
            actions=[SequenceItem.next.set(first), SequenceItem.end.set((block + 1) * BLOCK_IDS)], condition=seen
        )
    except UpdateError as error:
        if error.cause_response_code != FAILED:
            raise
    return []


def tasks_made(count: int, when: str) -> list[Any]:
    """What to write of so many new tasks in the project's sequence."""
    return [SequenceItem.made.add(count), SequenceItem.touched.set(when)]


def newest_task(project_id: int) -> int:
    """The last id that was given to a task of a project, 0 when none was."""
    sequence = next(iter(SequenceItem.batch_get([tasks_key(project_id)], consistent_read=True)), None)
    return max(0, (sequence.next or 0) - 1) if sequence is not None else 0


def task_count(project_id: int) -> int:
    """How many tasks a project has."""
    sequence = next(iter(SequenceItem.batch_get([tasks_key(project_id)], consistent_read=True)), None)
    return (sequence.made or 0) if sequence is not None else 0
