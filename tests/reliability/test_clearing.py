"""Taking back a draft's answers, stopped and begun again, on the real stores."""

import itertools
from typing import Any

import pytest

from chalicelib.core.clearing import BUDGET_SECONDS, Clearing
from chalicelib.core.errors import Unavailable
from chalicelib.core.results import Completion
from chalicelib.store.deliveries import DeliveryStore
from chalicelib.store.results import ResultStore
from tests.fakes.heart import Heart, key_of

CREATED = "2026-11-22T10:00:00.000000"


class Files(list[str]):
    """The keys that were removed."""

    remove = list.append


def clearing_of(heart: Heart, clock: Any) -> Clearing:
    return Clearing(heart.answers, ResultStore(), heart.sheets, DeliveryStore(), Files(), clock)


@pytest.mark.parametrize("scheduler", ["default", "breadth_first"])
def test_a_clearing_that_is_stopped_again_and_again_ends_with_nothing_left(connected: Any, scheduler: str) -> None:
    heart = Heart(scheduler=scheduler)
    tasks = heart.add(4, n=2)
    before = heart.listed()
    for who in ("owner", "friend"):
        while heart.answer_next(who):
            pass
    for task in tasks:
        ResultStore().add(Completion(heart.project, task.id, 0, heart.sheet(task).run_ids), task.id, CREATED)
    assert heart.listed() == []
    ticks = itertools.count(0, BUDGET_SECONDS * 0.6)  # time for one withdrawal or two
    stops = 0
    while True:
        try:
            clearing_of(heart, lambda: next(ticks)).clear(heart.project)
            break
        except Unavailable:
            stops += 1
    assert stops >= 4
    sheets = [heart.sheet(task) for task in tasks]
    assert [(sheet.ans, dict(sheet.seats), sheet.gen) for sheet in sheets] == [(0, {}, 1)] * 4
    assert heart.listed() == before
    assert heart.answers.after(heart.project, 0, 100) == []
    assert ResultStore().after(heart.project, 0, 100) == []
    assert [heart.participations.get(key_of(who), heart.project).runs for who in ("owner", "friend")] == [0, 0]


def test_a_completion_that_arrives_after_the_clearing_is_no_last_version(heart: Heart) -> None:
    (task,) = heart.add(1)
    run = heart.answer_next("owner")
    assert run is not None
    clearing_of(heart, heart.clock).clear(heart.project)
    ResultStore().add(Completion(heart.project, task.id, 0, [run.id]), 1, CREATED)
    assert ResultStore().after(heart.project, 0, 100) == []
    again = heart.answer_next("volunteer")
    assert again is not None
    ResultStore().add(Completion(heart.project, task.id, 1, [again.id]), 2, CREATED)
    assert [found.task_run_ids for found in ResultStore().after(heart.project, 0, 100)] == [[again.id]]
