"""What the service tells is what is counted: every call of the stores, compared with the meter on the same calls; and
the sums on their table."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import consumption
from chalicelib.core.consumption import Tab, Usage
from chalicelib.core.tasks import NewTask
from chalicelib.store.conditions import update_if
from chalicelib.store.cost_sums import CostSums
from chalicelib.store.tables import CostItem, StatisticItem
from chalicelib.store.task_batches import TaskBatches
from chalicelib.store.transactions import Cancelled, commit
from tests.fakes.heart import Heart, key_of
from tests.meter.meter import Bill, Meter


@pytest.fixture
def tab() -> Iterator[Tab]:
    """Everything that the test does is noted here."""
    tab = Tab()
    with consumption.noting_on(tab):
        yield tab


def counted(tab: Tab, bill: Bill) -> None:
    assert (tab.reads, tab.writes) == (bill.read, bill.write), str(bill)


@pytest.mark.parametrize("size", [10, 5000])
def test_a_contribution_is_counted_as_the_meter_counts_it(connected: Any, meter: Meter, tab: Tab, size: int) -> None:
    heart = Heart()
    heart.add(3, n=2)
    tab.reads = tab.writes = 0.0
    with meter as bill:
        for who in ("ann", "bob"):
            (handout,) = heart.ask(who)
            heart.ask(who)
            heart.submit(who, handout.task, "a" * size)
            heart.participations.get(key_of(who), heart.project)
            heart.answers.of_task(heart.sheet(handout.task))
    counted(tab, bill)


def test_an_import_is_counted_as_the_meter_counts_it(connected: Any, meter: Meter, tab: Tab) -> None:
    heart = Heart()
    batch = TaskBatches(heart.clock, workers=1).open(heart.project, heart.queue_name, import_id=1)
    rows = [(place, NewTask({"q": f"{os.urandom(8).hex()}{place}", "text": "x" * 700}, 30)) for place in range(30)]
    with meter as bill:
        batch.create(rows)
        batch.create(rows[:5])  # a failed condition each
    counted(tab, bill)


def test_worker_threads_count_for_who_started_them(connected: Any, tab: Tab) -> None:
    heart = Heart()
    batch = TaskBatches(heart.clock).open(heart.project, heart.queue_name, import_id=1)
    batch.create([(place, NewTask({"q": f"{os.urandom(8).hex()}{place}"}, 30)) for place in range(30)])
    assert tab.writes >= 3 * 30


def test_a_refused_write_counts_one_unit(connected: Any, tab: Tab) -> None:
    absent = ("nowhere", 1)
    assert not update_if(StatisticItem, absent, [StatisticItem.marked.set(True)], StatisticItem.place.exists())
    assert tab.writes == 1
    with pytest.raises(Cancelled):
        commit(lambda transaction: transaction.delete(StatisticItem(*absent), condition=StatisticItem.place.exists()))
    assert tab.writes == 1 + 2


def test_sums_add_up_by_month(connected: Any, meter: Meter) -> None:
    sums = CostSums()
    usage = Usage(reads=2.5, writes=401, requests=30.25, gb_seconds=0.123456, messages=2)
    with meter as bill:
        sums.add(987_001, 202611, usage)
    assert (bill.read, bill.write) == (0, 1)
    sums.add(987_001, 202611, usage)
    sums.add(987_001, 202612, Usage(reads=1))
    with meter as bill:
        known = sums.of_project(987_001)
    assert (bill.read, bill.write) == (0.5, 0)
    assert known == {202611: usage + usage, 202612: Usage(reads=1)}
    assert sums.of_project(987_002) == {}


def test_a_table_that_fails_refuses_nobody(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CostItem.Meta, "table_name", "gone")
    CostSums().add(987_003, 202611, Usage(reads=1))
