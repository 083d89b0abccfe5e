"""Mails about imports are neither lost nor doubled, whatever dies."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.import_reports import Reports
from chalicelib.core.import_telling import CLAIM_SECONDS, BeingTold, Telling
from chalicelib.core.imports import Record
from chalicelib.core.mails import Mail
from chalicelib.core.users import User
from chalicelib.edge import clients
from tests.fakes.import_memory import Memory
from tests.fakes.importing import Importing, some_project


class Died(Exception):
    pass


class Told:
    """An import that is over, its store, and the mails that were sent about it; dies at its `deaths`-th step."""

    def __init__(self, **fields: Any) -> None:
        self.memory = Memory()
        over: Any = {"origin": "daily", "state": "finished", "tasks_made": 3, **fields}
        self.record = self.memory.create(Record(0, 4, None, "", guard="g", **over))
        self.mails: list[Mail] = []
        self.now = 1000.0
        self.steps: list[bool] = []  # whether the handler dies there, step by step
        self.meanwhile: Callable[[], None] = lambda: None  # while SES takes the mail
        self.memory.fault = self._step
        reports = Reports(self, self, self, "Clouds", "https://s")
        self._telling = Telling(self.memory, reports, lambda: self.now)

    def _step(self) -> None:
        if self.steps and self.steps.pop(0):
            raise Died

    def send(self, mail: Mail) -> None:
        self.meanwhile()
        self._step()  # SES did not take it
        self.mails.append(mail)
        self._step()  # it did, and its answer was lost

    def get(self, number: int) -> Any:
        return some_project(4) if number == 4 else User(1, "", "ada", "Ada", "ada@example.org")

    def tell(self) -> None:
        """A message comes."""
        record = self.memory.get(self.record.id)
        assert record is not None
        self._telling.tell(record)


def test_an_import_is_told_once_however_often_its_message_comes() -> None:
    told = Told()
    for _ in range(3):
        told.tell()
    assert len(told.mails) == 1


@given(st.lists(st.booleans(), max_size=20))
def test_a_mail_is_not_lost_and_doubled_only_by_a_death_after_it(steps: list[bool]) -> None:
    told, deaths_after_sending = Told(), 0
    told.steps = list(steps)
    for _ in range(len(steps) + 2):  # SQS brings the message again until it is acknowledged
        before = len(told.mails)
        try:
            told.tell()
            break
        except Died:
            deaths_after_sending += len(told.mails) > before
        except BeingTold:
            pass
        told.now += CLAIM_SECONDS
    assert 1 <= len(told.mails) <= 1 + deaths_after_sending


def test_two_handlers_at_once_send_one_mail() -> None:
    told = Told()

    def meet() -> None:
        with pytest.raises(BeingTold):
            told.tell()

    told.meanwhile = meet
    told.tell()
    told.tell()
    assert len(told.mails) == 1


def test_of_two_that_read_the_same_record_one_claims_it() -> None:
    told = Told()
    stale = told.record
    told.memory.checkpoint(stale, stale.moved(telling=told.now + CLAIM_SECONDS), ())
    with pytest.raises(BeingTold):
        told._telling.tell(stale)
    assert told.mails == []


def test_the_claim_of_a_handler_that_died_ends() -> None:
    told = Told()
    told.steps = [False, True]  # behind the claim
    with suppress(Died):
        told.tell()
    with pytest.raises(BeingTold):
        told.tell()
    told.now += CLAIM_SECONDS
    told.tell()
    assert len(told.mails) == 1


def test_a_claim_outlasts_what_ses_may_take() -> None:
    tries = 3
    assert tries * (clients.CONNECT_SECONDS + clients.READ_SECONDS) < CLAIM_SECONDS


@pytest.mark.parametrize(
    "fields", [{"told": True}, {"state": "running"}, {"tasks_made": 0}, {"origin": "object"}, {"state": "withdrawn"}]
)
def test_what_is_told_to_nobody_costs_no_write(fields: dict[str, Any]) -> None:
    told = Told(**fields)
    told.tell()
    assert told.mails == []
    assert told.memory.get(told.record.id) == told.record


def _asked(importing: Importing, rows: int) -> Record:
    content = b"".join([b"url\n", *(b"u%d\n" % n for n in range(rows))])
    wanted = Record(0, importing.project.id, None, "", type="localCSV", origin="request", guard=f"{rows} rows")
    return importing.imports.start_here(importing.imports.keep(wanted, "a.csv", content))


def test_what_ends_within_its_request_is_told_there_and_not_by_mail() -> None:
    memory = Memory()
    importing = Importing(records=memory, batches=memory, slice_rows=50)
    here = _asked(importing, 20)
    assert (here.state, here.told) == ("finished", True)
    importing.drain()  # the message that looks after it
    assert memory.get(here.id) == here


def test_what_goes_on_in_the_background_is_to_be_told_at_its_end() -> None:
    memory = Memory()
    importing = Importing(records=memory, batches=memory, slice_rows=50)
    begun = _asked(importing, 300)
    assert not begun.over
    importing.drain()
    ended = importing.record(begun.id)
    assert (ended.state, ended.told) == ("finished", False)


def test_what_is_given_up_in_the_background_is_to_be_told() -> None:
    memory = Memory()
    importing = Importing(records=memory, batches=memory, slice_rows=5)
    begun = memory.create(Record(0, importing.project.id, None, "", origin="request", guard="g", told=True))
    given_up = importing.imports.give_up(begun.id, "It stopped.")
    assert given_up is not None
    assert (given_up.state, given_up.told) == ("failed", False)
