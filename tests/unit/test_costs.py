"""What a handler's call consumes goes to the projects it was done for, in batches (core/costs.py)."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core import consumption, prices
from chalicelib.core.consumption import Usage
from chalicelib.core.costs import OLD_SECONDS, WORTH, Costs, NoCosts, month_of
from chalicelib.triggers.walks import go_on

NOVEMBER = 1_795_000_000.0
MONTH = 202611


class Sums:
    def __init__(self) -> None:
        self.added: list[tuple[int, int, Usage]] = []

    def add(self, project_id: int, month: int, usage: Usage) -> None:
        self.added.append((project_id, month, usage))

    def of_project(self, project_id: int) -> dict[int, Usage]:
        months: dict[int, Usage] = {}
        for project, month, usage in self.added:
            if project == project_id:
                months[month] = months.get(month, Usage()) + usage
        return months


class Container:
    """One container of a function with 2 GB, and what it added."""

    def __init__(self) -> None:
        self.sums = Sums()
        self.now = NOVEMBER
        self.costs = Costs(lambda: self.sums, 2.0, lambda: self.now)

    def handle(self, project: int | None, reads: float = 0.0, writes: float = 0.0) -> None:
        with self.costs.handling():
            if project is not None:
                consumption.belongs_to(project)
            consumption.note(reads, writes)

    def known(self, project: int) -> Usage:
        return sum(self.costs.of_project(project).values(), Usage())


@pytest.fixture
def container() -> Container:
    return Container()


def test_what_is_noted_goes_to_the_project_that_was_named_first(container: Container) -> None:
    with container.costs.handling():
        consumption.note(reads=0.5)
        consumption.belongs_to(7)
        consumption.belongs_to(8)
        consumption.note(writes=10, messages=1)
    usage = container.known(7)
    assert (usage.reads, usage.writes, usage.requests, usage.messages) == (0.5, 10 + 1, 1, 1)
    assert usage.gb_seconds > 0
    assert container.known(8) == Usage()


def test_nothing_is_noted_outside_a_handler_nor_for_no_project(container: Container) -> None:
    consumption.note(reads=1)
    consumption.belongs_to(7)
    container.handle(None, reads=1)
    assert container.known(7) == Usage()
    assert container.sums.added == []


def test_a_call_for_several_projects_is_shared_by_the_time_that_each_took(container: Container) -> None:
    with container.costs.handling():
        for project, seconds in ((1, 0.03), (2, 0.01), (1, 0.02)):
            with consumption.part(project):
                consumption.note(writes=project)
                time.sleep(seconds)
    one, two = container.known(1), container.known(2)
    assert (one.writes, two.writes) == (1 + 1 + 1, 2 + 1)
    assert one.requests + two.requests == pytest.approx(1)
    assert one.requests > two.requests
    assert one.gb_seconds / two.gb_seconds == pytest.approx(one.requests / two.requests)


def test_threads_note_on_the_tab_of_who_started_them_or_on_parts_of_their_own(container: Container) -> None:
    def work(project: int) -> None:
        consumption.belongs_to(project)
        consumption.note(writes=1)

    with container.costs.handling(), ThreadPoolExecutor(4) as pool:
        list(pool.map(consumption.apart(work), [1, 2, 3, 1]))
    assert [container.known(project).writes for project in (1, 2, 3)] == [3, 2, 2]
    with container.costs.handling(), ThreadPoolExecutor(4) as pool:
        consumption.belongs_to(9)
        list(pool.map(consumption.shared(work), range(500)))
        list(consumption.sharing(pool.map)(work, range(500)))
    assert container.known(9).writes == 1001


def test_a_withdrawal_is_on_its_projects_bill(container: Container) -> None:
    """It may read nothing that names the project, so the message does."""

    def run(project_id: int, withdrawal_id: int, seconds_left: object) -> None:
        consumption.note(writes=7)

    services: Any = SimpleNamespace(withdrawals=SimpleNamespace(run=run))
    with container.costs.handling():
        go_on(services, {"project_id": 9, "withdrawal_id": 1}, None)
    assert container.known(9).writes == 7 + 1


def test_a_pool_outside_any_handler_just_works() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(consumption.apart(abs), [-1, 2])) == [1, 2]
        assert list(pool.map(consumption.shared(abs), [-1, 2])) == [1, 2]


def test_sums_are_added_to_once_it_is_worth_it(container: Container) -> None:
    calls = 0
    while not container.sums.added:
        container.handle(7, reads=5, writes=13)
        calls += 1
    ((project, month, usage),) = container.sums.added
    assert (project, month) == (7, MONTH)
    assert (usage.requests, usage.writes) == (calls, 13 * calls + 1)
    assert WORTH <= usage.usd < 1.1 * WORTH
    assert 1 / calls < 0.05  # write units for a contribution


def test_few_requests_are_added_after_five_minutes(container: Container) -> None:
    container.handle(7, writes=1)
    container.now += OLD_SECONDS - 1
    container.handle(7, writes=1)
    assert container.sums.added == []
    container.now += 1
    container.handle(7, writes=1)
    assert [usage.writes for _, _, usage in container.sums.added] == [4]
    container.handle(7, writes=1)
    assert len(container.sums.added) == 1


def test_a_failed_call_is_counted_too(container: Container) -> None:
    def fail() -> None:
        with container.costs.handling():
            consumption.belongs_to(7)
            consumption.note(reads=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert container.known(7).reads == 1


def test_switched_off_it_notes_nothing() -> None:
    costs = NoCosts()
    with costs.handling():
        consumption.belongs_to(7)
        consumption.note(writes=1)
    assert costs.of_project(7) == {}


def test_months_are_utc() -> None:
    assert (month_of(NOVEMBER), month_of(1_796_083_199), month_of(1_796_083_200)) == (MONTH, 202611, 202612)


def test_a_million_of_each_costs_its_list_price() -> None:
    million = prices.MILLION
    assert Usage(reads=million).usd == pytest.approx(0.125)
    assert Usage(writes=million).usd == pytest.approx(0.625)
    assert Usage(requests=million).usd == pytest.approx(0.20)
    assert Usage(gb_seconds=million).usd == pytest.approx(13.3334)
    assert Usage(messages=million).usd == pytest.approx(1.20)


def test_every_price_names_where_and_when_it_was_seen() -> None:
    for price in prices.ALL:
        assert price.source.startswith("https://aws.amazon.com/"), price
        assert price.seen[:2] == "20", price
        assert 0 < price.usd < 20, price
