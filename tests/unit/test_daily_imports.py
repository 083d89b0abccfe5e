"""Daily imports: which projects, how often, and what one's trouble does to the others."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.autoimporter import check_kept
from chalicelib.core.callers import Caller
from chalicelib.core.daily_imports import MOST_A_DAY, PAGE, DailyImports
from chalicelib.core.errors import DataFault
from chalicelib.core.imports import Record
from chalicelib.core.moments import seconds_of
from chalicelib.core.permissions import may_import_daily
from chalicelib.core.projects import Project
from chalicelib.core.users import User
from chalicelib.triggers import autoimports, import_slices
from tests.fakes.importing import some_project

CSV = {"type": "csv", "csv_url": "https://birds.example/a.csv"}
SEALED = {"type": "epicollect", "epicollect_project": "birds", "sealed": "e30"}
DAY = "2026-11-23"
ENDLESS, NONE_LEFT = (lambda: 900.0), (lambda: 0.0)


class Site:
    """Projects, accounts, imports and the queue in memory."""

    def __init__(self, projects: int = 1, pro_only: bool = False, configured: dict[str, Any] | None = None) -> None:
        info = {"autoimporter": configured or CSV}
        self.projects = {number: replace(some_project(number), info=info) for number in range(1, projects + 1)}
        self.owner = User(1, "", "ada", "Ada", "ada@example.org")
        self.records: dict[str, Record] = {}
        self.queue: list[dict[str, Any]] = []
        self.broken = 0
        self.now = seconds_of(f"{DAY}T10:00:00")
        users: Any = SimpleNamespace(get=lambda _: self.owner)
        self.daily = DailyImports(self, users, self, lambda one: self.queue.append({**one}), lambda: self.now, pro_only)

    def get(self, project_id: int) -> Project | None:
        return self.projects.get(project_id)

    def importing_daily(self, last_id: int, limit: int) -> list[int]:
        """As the index has them, which lags: all that ever were."""
        return [number for number in self.projects if number > last_id][:limit]

    def start(self, wanted: Record) -> Record:
        if wanted.project_id == self.broken:
            raise OSError
        return self.records.setdefault(wanted.guard, replace(wanted, id=len(self.records) + 1))

    def of_guards(self, guards: Any) -> dict[str, Record]:
        assert len(guards) <= 100  # the store reads so many at once
        return {guard: self.records[guard] for guard in guards if guard in self.records}

    def end(self) -> None:
        """Whatever runs is over."""
        self.records = {guard: replace(one, state="finished") for guard, one in self.records.items()}

    def drain(self, seconds_left: Any = ENDLESS) -> None:
        while self.queue:
            self.daily.handle(self.queue.pop(0), seconds_left)


def test_a_round_begins_one_import_for_each_project() -> None:
    site = Site(projects=3)
    site.daily.begin(DAY)
    site.drain()
    assert [one.project_id for one in site.records.values()] == [1, 2, 3]
    (first, *_) = site.records.values()
    assert (first.type, first.parameters) == ("csv", {"csv_url": "https://birds.example/a.csv"})
    assert (first.origin, first.created_by, first.sealed) == ("daily", None, "")


def test_what_is_secret_of_a_source_stays_sealed_and_is_no_parameter() -> None:
    site = Site(configured=SEALED)
    site.daily.begin(DAY)
    site.drain()
    (record,) = site.records.values()
    assert (record.parameters, record.sealed) == ({"epicollect_project": "birds"}, "e30")


@given(st.lists(st.integers(0, 7), max_size=12), st.integers(1, 3))
def test_repeated_and_reordered_messages_begin_each_import_once_a_day(order: list[int], rounds: int) -> None:
    site = Site(projects=4)
    for _ in range(rounds):
        site.daily.begin(DAY)
    for place in order:
        if place < len(site.queue):
            site.daily.handle(site.queue[place], ENDLESS)  # and it stays: it comes again
    site.drain()
    assert sorted(one.project_id or 0 for one in site.records.values()) == [1, 2, 3, 4]
    site.daily.begin("2026-11-24")
    site.drain()
    assert len(site.records) == 8


def test_a_handler_without_time_hands_the_round_over_after_each_page() -> None:
    site = Site(projects=2 * PAGE + 1)
    site.daily.begin(DAY)
    site.daily.handle(site.queue.pop(), NONE_LEFT)
    assert len(site.queue) == PAGE + 1
    assert site.queue[-1] == {"day": DAY, "after": PAGE}
    site.drain(NONE_LEFT)
    assert len(site.records) == 2 * PAGE + 1


def test_a_project_that_no_longer_imports_or_is_gone_is_passed_over() -> None:
    site = Site(projects=3)
    site.daily.begin(DAY)
    site.daily.handle(site.queue.pop(0), ENDLESS)
    site.projects[1].info = {}
    del site.projects[2]
    site.drain()
    assert [one.project_id for one in site.records.values()] == [3]


@pytest.mark.parametrize(
    ("pro_only", "published", "pro", "imports"),
    [(False, False, False, 1), (True, True, True, 1), (True, True, False, 0), (True, False, True, 0)],
)
def test_for_pro_accounts_only_published_projects_of_theirs_are_covered(
    pro_only: bool, published: bool, pro: bool, imports: int
) -> None:
    site = Site(pro_only=pro_only)
    site.projects[1].published = published
    site.owner = replace(site.owner, pro=pro)
    site.daily.begin(DAY)
    site.drain()
    assert len(site.records) == imports


def test_the_button_begins_today_s_import_and_the_schedule_finds_it() -> None:
    site = Site()
    now = site.daily.run_now(site.projects[1], 7)
    assert (now.origin, now.created_by) == ("daily", 7)
    site.daily.begin(DAY)
    site.drain()
    assert list(site.records.values()) == [now]


def test_pressed_again_the_button_finds_what_runs_and_begins_another_when_that_is_over() -> None:
    site = Site()
    first = site.daily.run_now(site.projects[1], 7)
    assert site.daily.run_now(site.projects[1], 7) == first
    site.end()
    assert site.daily.run_now(site.projects[1], 7).id == first.id + 1


def test_a_day_has_an_end() -> None:
    site = Site()
    for _ in range(MOST_A_DAY):
        site.daily.run_now(site.projects[1], 7)
        site.end()
    with pytest.raises(DataFault, match="tomorrow"):
        site.daily.run_now(site.projects[1], 7)
    site.now += 86_400
    assert site.daily.run_now(site.projects[1], 7).id == MOST_A_DAY + 1


def test_there_is_nothing_to_begin_where_nothing_is_configured() -> None:
    site = Site()
    site.projects[1].info = {}
    with pytest.raises(DataFault, match="Choose first"):
        site.daily.run_now(site.projects[1], 7)


def test_two_weeks_are_shown_the_newest_first() -> None:
    site = Site()
    for day in ("2026-11-01", "2026-11-10", "2026-11-22", DAY):
        site.daily.begin(day)
        site.drain()
    site.end()
    site.daily.run_now(site.projects[1], 7)
    assert [one.id for one in site.daily.recent(site.projects[1])] == [5, 4, 3, 2]


@pytest.mark.parametrize(
    ("pro_only", "fields", "may"),
    [(False, {}, True), (True, {}, False), (True, {"pro": True}, True), (True, {"admin": True}, True)],
)
def test_a_site_may_keep_it_for_pro_accounts(pro_only: bool, fields: dict[str, bool], may: bool) -> None:
    user = User(1, "", "ada", "Ada", "ada@example.org", **fields)
    assert may_import_daily(Caller("a", user), pro_only) == may
    assert may_import_daily(Caller("a"), pro_only) is not pro_only


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ({}, {"a": 1}, True),
        ({"autoimporter": CSV}, {"autoimporter": CSV}, True),
        ({"autoimporter": CSV}, {}, True),
        ({}, {"autoimporter": CSV}, False),
        ({"autoimporter": CSV}, {"autoimporter": SEALED}, False),
        ({"autoimporter": CSV}, {"autoimporter": None}, True),
        ({}, {"autoimporter": "csv"}, False),
    ],
)
def test_the_api_keeps_or_removes_it(old: dict[str, Any], new: dict[str, Any], kept: bool) -> None:
    if kept:
        check_kept(old, new)
    else:
        with pytest.raises(DataFault, match="tasks/autoimporter"):
            check_kept(old, new)


def _container(site: Site) -> None:
    queues = SimpleNamespace(hide=lambda *_: None)
    settings = SimpleNamespace(import_queue_url="the queue")
    services: Any = SimpleNamespace(daily_imports=site.daily, imports=None, queues=queues, settings=settings)
    for blueprint in (autoimports.blueprint, import_slices.blueprint):
        FrontDoor("test", services).register_blueprint(blueprint)


def _receive(body: Any, receives: int = 1) -> list[Any]:
    attributes = {"ApproximateReceiveCount": str(receives)}
    message = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(body), "attributes": attributes}
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
    return list(import_slices.import_slice({"Records": [message]}, context)["batchItemFailures"])


def test_the_schedule_s_event_begins_the_round_of_the_day_it_was_for() -> None:
    site = Site()
    _container(site)
    event = {"version": "0", "id": "1", "account": "0", "region": "r", "detail": {}, "resources": ["rule"]}
    named = {"detail-type": "Scheduled Event", "source": "aws.events", "time": "2026-11-20T04:23:00Z"}
    autoimports.autoimports(event | named, None)
    assert site.queue == [{"day": "2026-11-20", "after": 0}]


def test_a_round_s_messages_are_handled_and_one_that_fails_is_kept_to_its_last_attempt() -> None:
    site = Site(projects=2)
    _container(site)
    assert _receive({"day": DAY, "after": 0}) == []
    one, other = site.queue
    assert _receive(one) == []
    site.broken = 2
    assert _receive(other, import_slices.LAST_RECEIVE) == [{"itemIdentifier": "m"}]
    assert [record.project_id for record in site.records.values()] == [1]
