"""A list that would read too much says how to narrow it, whatever it reads (design §2, lists). The bounds are small,
nothing is waited for."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.calls import Call
from chalicelib.api.tasks import TaskEndpoint
from chalicelib.core.callers import Caller
from chalicelib.core.errors import DataFault
from chalicelib.core.listing import BUDGET_SECONDS, Budget
from chalicelib.core.queries import read_query
from chalicelib.core.resources import TASK
from chalicelib.core.tasks import NewTask
from chalicelib.store.results import ResultStore
from chalicelib.store.sequences import next_number
from chalicelib.store.sheets import SheetStore
from chalicelib.store.tables import ResultItem
from chalicelib.store.tasks import TaskStore
from tests.fakes.heart import Heart

ENOUGH = 10


@pytest.fixture(scope="module")
def heart(connected: Any) -> Heart:
    """A project with thirty tasks, the last of which is different."""
    heart = Heart()
    for n in range(30):
        heart.tasks.create(heart.project, heart.queue_name, NewTask({"n": n, "last": n == 29}, 1))
    return heart


def ask(rows: int, clock: Callable[[], float] = time.time, **given: str) -> list[Any]:
    """The `info` of the tasks that the list gives."""
    services: Any = SimpleNamespace(tasks=TaskStore(time.time), sheets=SheetStore(), clock=clock)
    call = Call(services, "GET", "/api/task", given, {}, "10.0.0.1", None)
    call.caller, call.budget = Caller("10.0.0.1"), Budget(clock, rows)
    endpoint = TaskEndpoint()
    return [item.task.info for item in endpoint.select(call, read_query(TASK, given))]


def test_a_page_of_all_projects_reads_no_more_than_it_shows(heart: Heart) -> None:
    assert len(ask(ENOUGH, limit=str(ENOUGH))) == ENOUGH


@pytest.mark.parametrize(
    "given",
    [
        {"info": "last::true"},
        {"state": "completed"},
        {"priority_0": "1"},
        {"orderby": "created"},
        {"offset": "20", "limit": "5"},
        {"info": "last::true", "desc": "1", "project_id": "PROJECT"},
        {"participated": "1", "n_answers": "7", "project_id": "PROJECT"},
    ],
    ids=str,
)
def test_what_reads_more_is_told_how_to_narrow(heart: Heart, given: dict[str, str]) -> None:
    named = {name: str(heart.project) if value == "PROJECT" else value for name, value in given.items()}
    with pytest.raises(DataFault, match=rf"more than {ENOUGH} rows. Narrow it: name a project_id, page with last_id"):
        ask(ENOUGH, **named)


def test_naming_the_project_is_enough(heart: Heart) -> None:
    assert ask(100, info="last::true", project_id=str(heart.project)) == [{"n": 29, "last": True}]


def test_blocks_that_deleted_projects_left_take_time_too(heart: Heart) -> None:
    """The ids of fifty blocks without a task stand before the next one; each of them is asked for."""
    next_number("task-block", 50)
    late = Heart()
    late.tasks.create(late.project, late.queue_name, NewTask({"n": 30}, 1))
    newest = heart.tasks.before(heart.project, None, 1)[0].id
    assert ask(ENOUGH, last_id=str(newest)) == [{"n": 30}]
    moments = iter(range(1000))
    with pytest.raises(DataFault, match="takes longer than"):
        ask(ENOUGH, lambda: next(moments) * BUDGET_SECONDS / 20, last_id=str(newest))


def test_versions_of_the_other_kind_are_counted_where_they_are_passed_over(heart: Heart) -> None:
    for number in range(30):
        item = ResultItem(10**9 + number, 0, id=10**12 + number, project_id=heart.project)
        item.created, item.task_run_ids = "2026", []
        item.save()
    results, budget = ResultStore(), Budget(time.time, ENOUGH)
    with pytest.raises(DataFault, match="Narrow it"):
        results.after(heart.project, 0, ENOUGH, superseded=True, passed=budget.read)
    with pytest.raises(DataFault, match="Narrow it"):
        results.before(heart.project, None, ENOUGH, superseded=True, passed=Budget(time.time, ENOUGH).read)
    newest = results.before(heart.project, None, 3)
    assert [one.id for one in newest] == [10**12 + number for number in (29, 28, 27)]
