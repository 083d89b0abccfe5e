"""Mails about imports: who gets one, when, and what stands in it."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.import_reports import Reports, report
from chalicelib.core.mails import LONGEST_SUBJECT, Mail, one_line
from chalicelib.core.projects import Project
from chalicelib.core.users import User
from tests.fakes.importing import some_project

OWNER = User(1, "", "ada", "Ada", "ada@example.org")


class Record(Struct, frozen=True):
    id: int = 12
    project_id: int | None = 4
    origin: str = "daily"
    state: str = "finished"
    tasks_made: int = 3
    duplicates: int = 0
    error_count: int = 0


class Wrong(Struct, frozen=True):
    line: int | None
    reason: str


class Box:
    """Keeps the mails, and holds one project and its owner."""

    def __init__(self, project: Project | None = None, owner: User | None = OWNER) -> None:
        self.mails: list[Mail] = []
        self._project = project or replace(some_project(4), name="Birds")
        self._owner = owner

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    def get(self, number: int) -> Any:
        return {4: self._project, 1: self._owner}.get(number)


def told(
    record: Record, box: Box | None = None, errors: Sequence[Wrong] = (), base_url: str = "https://s"
) -> list[Mail]:
    box = box or Box()
    Reports(box, box, box, "Clouds", base_url).send(record, errors)
    return box.mails


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (0, "There was nothing new to import."),
        (1, "1 new task was imported."),
        (2, "2 new tasks were imported."),
        (1200, "1,200 new tasks were imported."),
    ],
)
def test_a_report_counts_the_tasks_that_were_made(made: int, text: str) -> None:
    assert report(made) == text


@pytest.mark.parametrize(
    ("origin", "state", "made", "mails"),
    [
        ("daily", "finished", 1, 1),
        ("daily", "finished", 0, 0),
        ("daily", "failed", 0, 0),
        ("daily", "failed", 2, 1),
        ("request", "finished", 0, 1),
        ("request", "finished", 900, 1),
        ("request", "failed", 0, 1),
        ("object", "finished", 9, 0),
        ("object", "failed", 0, 0),
        ("request", "withdrawn", 9, 0),
        ("daily", "running", 9, 0),
    ],
)
def test_who_asked_hears_of_it_and_who_imports_daily_hears_of_what_is_new(
    origin: str, state: str, made: int, mails: int
) -> None:
    assert len(told(Record(origin=origin, state=state, tasks_made=made))) == mails


def test_the_mail_names_project_report_and_site_and_leads_to_the_import() -> None:
    (mail,) = told(Record())
    assert mail.to == "ada@example.org"
    assert mail.subject == "Birds: 3 new tasks were imported"
    assert mail.body.splitlines() == [
        "Import 12 into Birds:",
        "3 new tasks were imported.",
        "",
        "The import: https://s/project/p4/tasks/import/12",
        "What is imported every day, and how to end it: https://s/project/p4/tasks/autoimporter",
        "",
        "-- ",
        "Clouds",
    ]


def test_a_mail_says_what_was_wrong_and_how_much_more() -> None:
    errors = [Wrong(2, "n_answers is 0"), Wrong(None, "The address answered 404."), *[Wrong(9, "x")] * 8]
    (mail,) = told(
        Record(state="failed", origin="request", tasks_made=0, duplicates=7, error_count=1001), errors=errors
    )
    assert mail.subject == "Birds: import failed"
    assert "The import failed before its end.\nThere was nothing new to import." in mail.body
    assert "Records that are tasks already: 7." in mail.body
    assert "What was wrong (1,001):\nLine 2: n_answers is 0\nThe address answered 404.\n" in mail.body
    assert "… and 996 more." in mail.body


def test_a_site_that_does_not_know_its_address_sends_no_links() -> None:
    (mail,) = told(Record(), base_url="")
    assert "http" not in mail.body


@pytest.mark.parametrize("owner", [None, replace(OWNER, restrict=True)])
def test_nobody_is_told_who_is_gone_or_restricted(owner: User | None) -> None:
    assert told(Record(), Box(owner=owner)) == []


@pytest.mark.parametrize("project_id", [None, 5])
def test_an_import_without_a_project_is_told_to_nobody(project_id: int | None) -> None:
    assert told(Record(project_id=project_id)) == []


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\t"])
def test_a_project_s_name_cannot_begin_another_header(break_: str) -> None:
    project = replace(some_project(4), name=f"Birds{break_}Bcc: all@example.org")
    (mail,) = told(Record(), Box(project))
    assert mail.subject == "Birds Bcc: all@example.org: 3 new tasks were imported"
    assert mail.body.splitlines()[0] == "Import 12 into Birds Bcc: all@example.org:"


def test_a_long_name_leaves_room_for_the_news() -> None:
    (mail,) = told(Record(), Box(replace(some_project(4), name="Vögel " * 60)))
    assert mail.subject.endswith("…: 3 new tasks were imported")
    assert len(mail.subject) <= LONGEST_SUBJECT


def test_a_line_keeps_what_is_no_ascii_and_loses_what_turns_it_around() -> None:
    assert one_line("  Zoë’s \u202e鳥  ") == "Zoë’s 鳥"
