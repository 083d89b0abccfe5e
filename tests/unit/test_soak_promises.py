"""Each check of a soak's history can fail: a handmade history in which all is well, and what breaks it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.soak.history import OK, REFUSED, UNKNOWN, Line, Recorder, read_history
from tests.soak.promises.all import CHECKS, violations
from tests.soak.promises.violations import Facts
from tests.soak.tally import Tally

PROJECT, TASK = 1, 10
Story = tuple[list[Line], dict[str, Any]]
Change = Callable[[list[Line], dict[str, Any]], None]


def line(what: str, asked: float, request: dict[str, Any], outcome: str = OK, **more: Any) -> Line:
    given = {"who": "owner", "answered": asked + 1, "status": 200, **more}
    return Line(what=what, asked=asked, request=request, outcome=outcome, **given)


def submit(who: str, asked: float, run: int | None, outcome: str = OK, token: str = "", **more: Any) -> Line:
    request = {"project": PROJECT, "task": TASK, "token": token or f"token of {who}", "key": f"key of {who}"}
    return line("submit", asked, request, outcome, who=who, answer=run, **more)


def told(message: str = "10.0", **more: Any) -> Line:
    request = {"id": message, "body": "digest", "signed": True, "project_id": PROJECT, "task_id": TASK, "result_id": 50}
    return line("webhook", 30, {**request, **more}, who="receiver")


def run(identifier: int, who: str, external_uid: str | None = None, token: str = "") -> dict[str, Any]:
    info = {"by": who, "token": token or f"token of {who}"}
    return {"id": identifier, "project_id": PROJECT, "task_id": TASK, "external_uid": external_uid, "info": info}


def result(identifier: int, runs: list[int], task: int = TASK) -> dict[str, Any]:
    return {"id": identifier, "project_id": PROJECT, "task_id": task, "task_run_ids": runs}


def redundancy(asked: float, wanted: int, outcome: str = OK) -> Line:
    return line("redundancy", asked, {"task": TASK, "n_answers": wanted}, outcome)


def withdrawal(asked: float, who: str) -> Line:
    return line("withdraw", asked, {"project": PROJECT, "by": who})


def well() -> Story:
    """One task, imported with two answers wanted, answered by Ann and Ben, completed, told, counted."""
    lines = [
        line("import", 0, {"project": PROJECT, "rows": ["row"], "n_answers": 2}),
        submit("Ann", 10, 100),
        submit("Ben", 11, None, UNKNOWN),
        submit("Ben", 13, 101),
        told(),
        told(),
        line("userprogress", 40, {"project": PROJECT}, who="Ann", answer={"done": 1, "total": 1}),
    ]
    hours = {"hours_stats": [{"values": [[1, 2, 5]]}], "dates_stats": [{"values": [[1, 2]]}]}
    figures = {"n_tasks": 1, "n_task_runs": 2, "n_completed_tasks": 1, "overall_progress": 100, "n_volunteers": 1}
    figures = {**figures, "average_time": 1.0, "last_activity": 1}
    found = {
        "tasks": [{"id": TASK, "project_id": PROJECT, "state": "completed", "n_answers": 2, "info": {"row": "row"}}],
        "runs": [run(100, "Ann"), run(101, "Ben", "Ben")],
        "results": [result(50, [100, 101])],
        "superseded": [],
        "statistics": {**figures, "info": hours},
        "rebuilt": dict(figures),
        "imports": [],
    }
    kinds: dict[str, list[int]] = {"announced": [PROJECT], "unbounded": [], "agreeing": [], "gold": []}
    return lines, {"kinds": kinds, "projects": {str(PROJECT): found}, "dead": {}}


def broken_by(change: Change) -> set[str]:
    """Names of the checks that fail once the change is made."""
    lines, evidence = copy.deepcopy(well())
    change(lines, evidence)
    facts = Facts(sorted(lines, key=lambda one: one.answered), evidence)
    return {check.__name__ for check in CHECKS if list(check(facts))}


def adding(*lines: Line) -> Change:
    return lambda history, _: history.extend(lines)


def changing(what: str, *path: Any, to: Any) -> Change:
    """Of the project's evidence."""

    def change(_: list[Line], evidence: dict[str, Any]) -> None:
        place = evidence["projects"][str(PROJECT)][what]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def having(what: str, *more: dict[str, Any]) -> Change:
    return lambda _, evidence: evidence["projects"][str(PROJECT)][what].extend(more)


def without(what: str) -> Change:
    return lambda _, evidence: evidence["projects"][str(PROJECT)][what].clear()


def both(*changes: Change) -> Change:
    def change(lines: list[Line], evidence: dict[str, Any]) -> None:
        for one in changes:
            one(lines, evidence)

    return change


BREAKS: list[tuple[str, Change]] = [
    ("never_too_many", adding(submit("Cid", 12, 102))),
    ("never_too_many", adding(redundancy(1, 1))),
    ("never_too_many", adding(redundancy(1, 1), redundancy(30, 2))),
    ("nothing_stuck", changing("tasks", 0, "n_answers", to=3)),
    ("nothing_stuck", changing("tasks", 0, "state", to="ongoing")),
    ("the_last_change_holds", adding(redundancy(1, 3), redundancy(20, 4))),
    ("one_run_each", having("runs", run(102, "Ann", token="another"))),
    ("one_run_acknowledged", adding(submit("Ann", 20, 102, token="another"))),
    ("repeats_get_the_first", adding(submit("Ann", 20, 102))),
    ("repeats_get_the_first", adding(submit("Ann", 20, None, REFUSED))),
    ("nothing_lost", without("runs")),
    ("nothing_lost", changing("runs", 0, "info", to={"by": "Ann", "token": "changed"})),
    ("nothing_invented", having("runs", run(102, "Zoe"))),
    ("nothing_invented", having("runs", run(102, "Zoe", token="token of Ann"))),
    ("deleted_is_gone", adding(line("delete run", 20, {"run": 100, "task": TASK}))),
    ("deleted_is_gone", adding(line("delete task", 20, {"task": TASK, "row": "row"}))),
    ("withdrawn_is_gone", adding(withdrawal(20, "Ann"))),
    ("imported_once", having("tasks", {**well()[1]["projects"]["1"]["tasks"][0], "id": 11})),
    ("imported_once", adding(line("import", 0, {"project": PROJECT, "rows": ["other"], "n_answers": 2}))),
    ("one_last_version", having("results", result(51, [100, 101]))),
    ("one_last_version", changing("results", 0, "task_run_ids", to=[100])),
    ("one_last_version", without("results")),
    ("no_result_of_nothing", having("superseded", result(51, [9], task=9))),
    ("one_version_per_completion", having("superseded", result(51, [100, 101]))),
    ("one_message_per_version", adding(told("10.1"))),
    ("one_message_per_version", adding(told(body="another"))),
    ("one_message_per_version", adding(told(signed=False))),
    ("one_message_per_version", having("superseded", result(51, [100, 101]))),
    ("statistics_equal_the_runs", changing("statistics", "n_task_runs", to=3)),
    ("statistics_equal_the_runs", changing("statistics", "n_volunteers", to=2)),
    ("a_rebuild_changes_nothing", changing("rebuilt", "n_task_runs", to=3)),
    ("series_equal_the_runs", changing("statistics", "info", "hours_stats", 0, "values", to=[[1, 1, 5]])),
    ("progress_equals_the_runs", adding(line("userprogress", 41, {"project": PROJECT}, who="Ben", answer={"done": 2}))),
]


def test_a_history_in_which_all_is_well_breaks_nothing() -> None:
    assert broken_by(lambda lines, evidence: None) == set()


@pytest.mark.parametrize(("check", "change"), BREAKS)
def test_a_broken_promise_is_found(check: str, change: Change) -> None:
    assert check in broken_by(change)


def test_each_check_is_shown_to_fail() -> None:
    assert {check for check, _ in BREAKS} == {check.__name__ for check in CHECKS}


def of_kind(kind: str, one: int) -> Change:
    return lambda _, evidence: evidence["kinds"][kind].append(one)


ALLOWED: dict[str, Change] = {
    "redundancy lowered by answers that agree": both(
        of_kind("agreeing", PROJECT), adding(redundancy(1, 3)), changing("tasks", 0, "n_answers", to=2)
    ),
    "a seat and a second version after a volunteer was withdrawn": both(
        adding(submit("Cid", 5, 99), withdrawal(7, "Cid"), told("10.1", result_id=51)),
        having("superseded", result(51, [99, 100])),
    ),
    "a gold task that takes any number of answers, is never complete and in no figure": both(
        of_kind("gold", TASK),
        adding(submit("Cid", 12, 102)),
        having("runs", run(102, "Cid", "Cid")),
        having("tasks", {"id": 11, "project_id": PROJECT, "state": "completed", "n_answers": 0, "info": {}}),
        changing("tasks", 0, "state", to="ongoing"),
        changing("results", 0, "task_id", to=11),
        changing("results", 0, "task_run_ids", to=[]),
        changing("statistics", "n_task_runs", to=0),
        changing("statistics", "n_volunteers", to=0),
        changing("rebuilt", "n_task_runs", to=0),
        changing("rebuilt", "n_volunteers", to=0),
        changing("statistics", "info", "hours_stats", 0, "values", to=[]),
        changing("statistics", "info", "dates_stats", 0, "values", to=[]),
    ),
    "an answer more than once a raise was asked for, whoever knows whether it came through": both(
        adding(redundancy(9, 3, UNKNOWN), submit("Cid", 12, 102)),
        having("runs", run(102, "Cid", "Cid")),
        changing("tasks", 0, "n_answers", to=3),
        changing("results", 0, "task_run_ids", to=[100, 101, 102]),
        changing("statistics", "n_task_runs", to=3),
        changing("rebuilt", "n_task_runs", to=3),
        changing("statistics", "info", "hours_stats", 0, "values", to=[[1, 3, 5]]),
        changing("statistics", "info", "dates_stats", 0, "values", to=[[1, 3]]),
    ),
    "redundancy lowered below the runs that are there": both(
        adding(redundancy(20, 1)), changing("tasks", 0, "n_answers", to=1)
    ),
    "a seat that a deletion freed": adding(
        submit("Cid", 5, 99), line("delete run", 7, {"run": 99, "task": TASK})
    ),
    "answers and versions beyond redundancy under depth_first_all": both(
        of_kind("unbounded", PROJECT), adding(redundancy(1, 1)), changing("tasks", 0, "n_answers", to=1)
    ),
    "a late answer refused": adding(submit("Cid", 30, None, REFUSED)),
    "a second version after the task was opened again": both(
        adding(redundancy(20, 3), redundancy(22, 2), told("10.1", result_id=51)),
        having("superseded", result(51, [100, 101])),
    ),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_is_no_violation(change: Change) -> None:
    assert broken_by(change) == set()


def test_a_violation_shows_the_lines_of_the_history_that_say_so(tmp_path: Path) -> None:
    lines, evidence = well()
    recorder = Recorder(tmp_path / "volunteers.jsonl")
    for one in [*lines, submit("Cid", 12, 102)]:
        recorder.write(one)
    (tmp_path / "killed.jsonl").write_text('{"who": "cut sho')  # its process died in the middle of a line
    found = violations(Facts(read_history(tmp_path), evidence))
    (too_many,) = (one for one in found if one.promise == "R1")
    assert "task 10 had 3 runs" in str(too_many)
    assert "volunteers.jsonl:8: 12.000–13.000 Cid submit" in str(too_many)


def test_the_tally_reads_on_where_it_stopped(tmp_path: Path) -> None:
    recorder, tally = Recorder(tmp_path / "volunteers.jsonl"), Tally(tmp_path)
    recorder.write(submit("Ann", 10, 100))
    tally.look()
    recorder.write(submit("Ben", 11, None, UNKNOWN))
    tally.look()
    assert str(tally).startswith("1 contributions, 0 refused, 1 unknown")
