"""What a page of a list costs does not depend on how deep in a project it lies (issue: flat in cost)."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.core.tasks import NewTask
from chalicelib.store.sequences import block_of
from chalicelib.store.tables import BlockItem, SheetItem, TaskItem
from chalicelib.store.tasks import sheet_item, task_item
from tests.fakes.heart import Heart, define_tasks
from tests.meter.meter import Bill, Meter

TASKS = 6_000
PAGE = 100
INFO = "x" * 200


@pytest.fixture(scope="module")
def large(connected: Any) -> tuple[Heart, Sequence[int]]:
    """A project with six blocks of tasks, and their ids."""
    heart = Heart()
    new = [NewTask(f"{INFO}{place}") for place in range(TASKS)]
    tasks = define_tasks(heart.project, new)
    with SheetItem.batch_write() as sheets, TaskItem.batch_write() as definitions, BlockItem.batch_write() as blocks:
        for task, one in zip(tasks, new, strict=True):
            sheets.save(sheet_item(task, one, heart.queue_name))
            definitions.save(task_item(task))
        for block in {block_of(task.id) for task in tasks}:
            blocks.save(BlockItem(heart.project, block))
    return heart, [task.id for task in tasks]


def page_after(heart: Heart, last_id: int) -> list[int]:
    """As `GET /api/task?last_id=…` reads it: definitions, then their sheets."""
    tasks = heart.tasks.after(heart.project, last_id, PAGE)
    sheets, _ = heart.sheets.read([task.sheet for task in tasks], [], consistent=False)
    assert len(sheets) == len(tasks)
    return [task.id for task in tasks]


def test_a_page_after_last_id_costs_the_same_at_any_depth(large: tuple[Heart, Sequence[int]], meter: Meter) -> None:
    heart, ids = large
    bills: list[Bill] = []
    for place in (PAGE, TASKS // 2, TASKS - PAGE):  # each within one block
        with meter as bill:
            assert page_after(heart, ids[place - 1]) == ids[place : place + PAGE]
        bills.append(bill)
    assert len({(bill.read, bill.write, len(bill.requests)) for bill in bills}) == 1, [str(bill) for bill in bills]
    assert bills[0].read <= 70  # 100 sheets at half a unit, 100 definitions together, the list of blocks
    assert bills[0].write == 0


def test_a_page_that_goes_over_into_the_next_block_costs_one_request_more(
    large: tuple[Heart, Sequence[int]], meter: Meter
) -> None:
    heart, ids = large
    with meter as within:
        page_after(heart, ids[99])
    with meter as across:
        assert page_after(heart, ids[949]) == ids[950:1050]
    assert len(across.requests) == len(within.requests) + 1
    assert across.read <= within.read + 1


@pytest.mark.parametrize("offset", [0, 999, 1000, 4500, TASKS - 1, TASKS, TASKS + 2500])
def test_an_offset_passes_over_blocks_by_counting_them(
    large: tuple[Heart, Sequence[int]], meter: Meter, offset: int
) -> None:
    heart, ids = large
    with meter as bill:
        last_id, rest = heart.tasks.pass_over(heart.project, offset)
    assert [task.id for task in heart.tasks.after(heart.project, last_id, rest + 3)[rest:]] == [
        *ids[offset : offset + 3]
    ]
    assert len(bill.requests) == 1 + min(offset, TASKS) // 1000


def test_blocks_that_are_not_full_are_passed_over_by_what_they_hold(connected: Any) -> None:
    heart = Heart()
    tasks = [task for count in (3, 1000, 2) for task in heart.add(count)]
    for block in {block_of(task.id) for task in tasks}:
        BlockItem(heart.project, block).save()
    for offset in (2, 3, 999, 1000, 1002, 1003, 1004):
        last_id, rest = heart.tasks.pass_over(heart.project, offset)
        found = heart.tasks.after(heart.project, last_id, rest + 2)[rest:]
        assert [task.id for task in found] == [task.id for task in tasks[offset : offset + 2]]
