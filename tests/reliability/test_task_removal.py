"""A task goes with everything that hangs on it, however much that is and wherever the one who removes it dies."""

from typing import Any

import pytest

from chalicelib.core.completions import Completions
from chalicelib.core.results import Completion
from chalicelib.core.tasks import Task
from chalicelib.store.results import ResultStore
from chalicelib.store.sequences import task_ids
from tests.fakes.heart import Heart, key_of
from tests.fakes.stream import Tap
from tests.reliability.faults import crash

MANY = 70


def answered(heart: Heart, n: int) -> Task:
    """A task with `MANY` runs."""
    task_ids(heart.project, 1)
    (task,) = heart.add(1, n)
    for number in range(MANY):
        assert heart.answer_next(f"v{number}") is not None
    return task


def runs_of_volunteers(heart: Heart, task: Task) -> int:
    keys = (key_of(f"v{number}") for number in range(MANY))
    return sum(heart.answers.find(heart.project, key, task.id) is not None for key in keys)


@pytest.mark.parametrize("n", [MANY, MANY + 1], ids=["complete", "open"])
@pytest.mark.parametrize("applied", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("write", [0, 1])
def test_a_removal_that_dies_leaves_a_task_that_knows_its_runs_and_ends_when_repeated(
    connected: Any, write: int, applied: bool, n: int
) -> None:
    heart = Heart()
    task = answered(heart, n)
    before = heart.sheet(task)
    with crash(connected.client, write, applied):
        heart.tasks.delete(task, before)
    if heart.tasks.get(task.id) is not None:
        sheet = heart.sheet(task)
        assert len(sheet.run_ids) == sheet.ans == runs_of_volunteers(heart, task)
        assert (sheet.completed, sheet.open, sheet.gen) == (before.completed, before.open, before.gen)
        assert heart.tasks.delete(task, sheet)
    assert heart.tasks.get(task.id) is None
    assert runs_of_volunteers(heart, task) == 0
    counts = {heart.participations.get(key_of(f"v{number}"), heart.project).runs for number in range(MANY)}
    assert counts == {0}


def test_a_task_with_more_result_versions_than_a_transaction_holds_goes_and_the_stream_takes_the_rest(
    connected: Any,
) -> None:
    heart, results, tap = Heart(scheduler="depth_first_all"), ResultStore(), Tap()
    task = answered(heart, 1)
    for gen in range(MANY):
        results.add(Completion(heart.project, task.id, gen, [gen + 1]), 10**12 + task.id * 100 + gen, "2026")
    with tap.on(task.sheet):
        assert heart.tasks.delete(task, heart.sheet(task))
    completions = Completions(results, heart, heart.tasks, heart.sheets, heart.identifiers.next, heart.clock)  # type: ignore[arg-type]
    for one in tap.records:
        completions.changed(one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage"))
    assert results.all_of_task(task.id) == []
