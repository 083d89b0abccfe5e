"""R3: one run per person and task, and a repeat gets it. R6: what was acknowledged is there, and nothing else is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from tests.soak.history import REFUSED, UNKNOWN, Line, by
from tests.soak.promises.violations import Facts, Violation, may_withdraw


def one_run_each(facts: Facts) -> Iterator[Violation]:
    """Among the runs that are there."""
    held: dict[tuple[int, str], list[int]] = defaultdict(list)
    for run in facts.runs.values():
        held[run["task_id"], run["info"]["by"]].append(run["id"])
    for (task, who), runs in held.items():
        if len(runs) > 1:
            lines = [line for line in facts.submitted if line.who == who and line.request["task"] == task]
            yield Violation("R3", f"{who} has runs {runs} on task {task}", lines)


def one_run_acknowledged(facts: Facts) -> Iterator[Violation]:
    """Among those that were acknowledged: another one only once the one before may have been deleted."""
    acknowledged = _grouped(line for line in facts.submitted if line.took_effect)
    for (who, task), lines in acknowledged.items():
        for before, after in pairwise(lines):
            gone = min((line.asked for line in facts.deleted_runs.get(before.answer, [])), default=float("inf"))
            if before.answer != after.answer and gone > after.answered:
                what = f"{who} was told of two runs on task {task}: {before.answer} and {after.answer}"
                yield Violation("R3", what, lines)


def _grouped(lines: Iterable[Line]) -> dict[tuple[str, int], list[Line]]:
    found: dict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.who, line.request["task"]].append(line)
    return found


def repeats_get_the_first(facts: Facts) -> Iterator[Violation]:
    """One key, one run; and nobody is refused in the end whose answer was stored."""
    for token, lines in _by_token(facts).items():
        told = {line.answer for line in lines if line.took_effect}
        if len(told) > 1:
            yield Violation("R3", f"repeats of {token} got different runs: {sorted(told)}", lines)
        stored = told or {run["id"] for run in facts.runs.values() if run["info"].get("token") == token}
        refused = [line for line in lines if line.outcome == REFUSED]
        if refused and stored and not any(_may_be_gone(facts, run) for run in stored) and _was_wrong(lines, refused):
            yield Violation("R3", f"{token} was refused, and it is stored as run {min(stored)}", lines)


def _was_wrong(lines: list[Line], refused: list[Line]) -> bool:
    """Without a key, a repeat of what was stored by a request with an unknown outcome is told that there is a run
    already (contract rest-api.md §11.2, step 8)."""
    keyed = lines[0].request["key"] is not None
    unknown = any(line.outcome == UNKNOWN for line in lines if line.answered <= refused[0].answered)
    return keyed or not unknown


def _by_token(facts: Facts) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in facts.submitted:
        found[line.request["token"]].append(line)
    return found


def nothing_lost(facts: Facts) -> Iterator[Violation]:
    """Every acknowledged run is there as it was sent, unless the owner deleted it or its task."""
    for line in facts.submitted:
        if not line.took_effect or line.request["task"] in facts.deleted_tasks or _may_be_gone(facts, line.answer):
            continue
        run = facts.runs.get(line.answer)
        if run is None:
            what = f"run {line.answer} was acknowledged and is gone"
            yield Violation("R6", what, facts.of_task(line.request["task"]))
        elif run["info"] | _sent(line) != run["info"] or run["task_id"] != line.request["task"]:
            yield Violation("R6", f"run {line.answer} is not what was sent: {run}", [line])


def _sent(line: Line) -> dict[str, Any]:
    return {"by": line.who, "token": line.request["token"]}


def withdrawn_is_gone(facts: Facts) -> Iterator[Violation]:
    """What a volunteer had answered when the owner was told that it is to be withdrawn."""
    for line in by(facts.lines, "withdraw"):
        for sent in facts.submitted if line.took_effect else ():
            before = may_withdraw(line, sent) and sent.took_effect and sent.answered < line.asked
            if before and sent.answer in facts.runs:
                yield Violation("R15", f"run {sent.answer} was withdrawn and is there", [sent, line])


def _may_be_gone(facts: Facts, run: int) -> bool:
    return run in facts.deleted_runs


def nothing_invented(facts: Facts) -> Iterator[Violation]:
    """Every run that is there was sent, and each once."""
    sent = _by_token(facts)
    seen: dict[str, int] = {}
    for run in facts.runs.values():
        token = run["info"]["token"]
        if token not in sent:
            yield Violation("R6", f"run {run['id']} was never sent: {run}")
        elif token in seen:
            yield Violation("R3", f"one answer is stored twice, as runs {seen[token]} and {run['id']}", sent[token])
        seen[token] = run["id"]


def deleted_is_gone(facts: Facts) -> Iterator[Violation]:
    """What the owner was told is deleted does not come back."""
    there: dict[str, dict[int, Any]] = {"delete run": facts.runs, "delete task": facts.tasks}
    for what, name in (("delete run", "run"), ("delete task", "task")):
        for line in by(facts.lines, what):
            if line.took_effect and line.request[name] in there[what]:
                yield Violation("R6", f"{name} {line.request[name]} was deleted and is there", [line])


def imported_once(facts: Facts) -> Iterator[Violation]:
    """R7: each row of a file is one task, however often the file came."""
    tasks: dict[str, list[int]] = defaultdict(list)
    for task in facts.tasks.values():
        if isinstance(task["info"], dict) and "row" in task["info"]:
            tasks[task["info"]["row"]].append(task["id"])
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in [*by(facts.lines, "import"), *by(facts.lines, "add task")]:
        for row in line.request["rows"]:
            lines[row].append(line)
    deleted = {line.request["row"] for found in facts.deleted_tasks.values() for line in found}
    for row, sources in lines.items():
        made = tasks.get(row, [])
        if len(made) > 1:
            yield Violation("R7", f"one row became tasks {made}", sources)
        if not made and any(line.took_effect for line in sources) and row not in deleted:
            yield Violation("R7", f"row {row} became no task", sources)
