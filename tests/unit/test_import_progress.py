"""What `make import` shows while it waits, and in the end."""

import io

import pytest

from infra.import_file import _stage, summary
from infra.import_progress import Lines, clock_time, shown

RECORD = {
    "id": 7,
    "state": "running",
    "message": None,
    "gathered": 0,
    "total": None,
    "percent": 25,
    "rows_seen": 1200,
    "tasks_made": 1100,
    "duplicates": 90,
    "error_count": 10,
    "errors": [],
}


@pytest.mark.parametrize(
    ("changes", "stage"),
    [
        ({}, ("Importing", 25, "1,200 rows, 1,100 tasks, 40/s")),
        ({"rows_seen": 0}, ("Reading", 25, "what the columns hold")),
        ({"state": "gathering", "gathered": 80}, ("Gathering", 0, "80 records")),
        ({"state": "gathering", "gathered": 80, "total": 2000}, ("Gathering", 0, "80 of 2,000 records")),
        ({"message": "It is slow."}, ("Waiting", 25, "It is slow.")),
    ],
)
def test_each_stage_says_what_it_does(changes: dict[str, object], stage: tuple[str, int, str]) -> None:
    assert _stage({**RECORD, **changes}, 40.0) == stage


def test_the_first_wrong_rows_are_shown_and_the_others_counted() -> None:
    errors = [{"line": line, "reason": f"reason {line}"} for line in range(2, 14)]
    lines = summary({**RECORD, "state": "finished", "error_count": 40, "errors": errors})
    assert lines[0] == "finished: rows seen: 1,200, tasks made: 1,100, duplicates: 90, error count: 40"
    assert lines[1] == "  line 2: reason 2"
    assert lines[-1] == "  and 30 more: GET /api/import/7"
    assert len(lines) == 12


def test_an_error_of_the_whole_file_has_no_line() -> None:
    errors = [{"line": None, "reason": "It is empty."}]
    lines = summary({**RECORD, "state": "failed", "error_count": 1, "errors": errors})
    assert lines[1:] == ["  It is empty."]


def test_without_a_terminal_there_is_a_line_for_each_stage_and_one_now_and_then() -> None:
    out, times = io.StringIO(), iter([0.0, 1.0, 4.9, 5.1, 6.0])
    show = Lines(out, lambda: next(times))
    for percent in (0, 10, 40, 60):
        show("Importing", percent, f"{percent} rows", 90)
    show("Waiting", 60, "for the server", None)
    assert out.getvalue().splitlines() == [
        "Importing: 0 %, 0 rows, 1:30 left",
        "Importing: 60 %, 60 rows, 1:30 left",
        "Waiting: 60 %, for the server",
    ]


def test_on_a_terminal_there_is_a_bar() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with shown(out) as show:
        show("Importing", 100, "5 rows", None)
    assert "Importing" in out.getvalue()
    assert "━" in out.getvalue()
    assert "100 % 5 rows" in out.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(7, "0:07"), (750, "12:30"), (3750, "1:02:30")])
def test_times_are_written_as_on_a_clock(seconds: int, text: str) -> None:
    assert clock_time(seconds) == text
