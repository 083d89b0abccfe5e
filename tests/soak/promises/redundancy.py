"""R1: accepted runs of a task never exceed its `n_answers`. R2: every task is completed in the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.soak.history import Line, by
from tests.soak.promises.violations import Facts, Violation


@dataclass(frozen=True)
class Accepted:
    """A run, and between which moments it was stored and, if so, removed."""

    run: int
    asked: float
    answered: float
    removed: float


def never_too_many(facts: Facts) -> Iterator[Violation]:
    """At the moment when the last of any k runs that stood together was stored, the task wanted k answers or more.
    Which moment that was is known to lie between the last `asked` and the last `answered` of them; a change of
    `n_answers` that may have been in force anywhere between counts."""
    wanted_at_first = _first_n_answers(facts)
    accepted = _accepted(facts)
    for task, runs in accepted.items():
        first = wanted_at_first.get(task)
        if first is None or not facts.is_bounded(task):
            continue
        changes = facts.redundancy.get(task, [])
        for place, last in enumerate(runs):
            standing = [run for run in runs[: place + 1] if run.removed > last.answered]
            since = max((run.asked for run in standing), default=last.asked)
            most = _most_wanted(first, changes, since, last.answered)
            if len(standing) > most:
                what = f"task {task} had {len(standing)} runs at {last.answered:.3f}, and {most} at most were wanted"
                yield Violation("R1", what, facts.of_task(task))
                break


def _first_n_answers(facts: Facts) -> dict[int, int]:
    """What each task was made with, by its id."""
    wanted = {row: line.request["n_answers"] for line in _made(facts) for row in line.request["rows"]}
    return {
        task["id"]: wanted[task["info"]["row"]]
        for task in facts.tasks.values()
        if isinstance(task["info"], dict) and task["info"].get("row") in wanted
    }


def _made(facts: Facts) -> list[Line]:
    return [*by(facts.lines, "import"), *by(facts.lines, "add task")]


def _accepted(facts: Facts) -> dict[int, list[Accepted]]:
    """By task, in the order of their acknowledgements. A run that nobody acknowledged but that is there was stored at
    any time after it was asked for: it counts last."""
    found: dict[int, dict[int, Accepted]] = {}
    stored = {run["info"]["token"]: run["id"] for run in facts.runs.values() if _has_token(run)}
    for line in facts.submitted:
        run = line.answer if line.took_effect else stored.get(line.request["token"])
        if run is None:
            continue
        known = found.setdefault(line.request["task"], {}).get(run)
        answered = line.answered if line.took_effect else float("inf")
        asked = min(line.asked, known.asked) if known else line.asked
        answered = min(answered, known.answered) if known else answered
        found[line.request["task"]][run] = Accepted(run, asked, answered, _removed(facts, run))
    return {task: sorted(runs.values(), key=lambda run: run.answered) for task, runs in found.items()}


def _has_token(run: dict[str, object]) -> bool:
    info = run["info"]
    return isinstance(info, dict) and "token" in info


def _removed(facts: Facts, run: int) -> float:
    """From when on the run may have been gone."""
    return min((line.asked for line in facts.deleted_runs.get(run, [])), default=float("inf"))


def _most_wanted(first: int, changes: list[Line], since: float, until: float) -> int:
    """The highest `n_answers` that may have been in force at any moment between."""
    possible = [first] if not _overwritten(0.0, changes, since) else []
    for change in changes:
        if change.asked <= until and not _overwritten(change.answered, changes, since):
            possible.append(change.request["n_answers"])
    return max(possible)


def _overwritten(set_at: float, changes: list[Line], moment: float) -> bool:
    """Whether another change certainly came between."""
    return any(change.took_effect and set_at < change.asked and change.answered < moment for change in changes)


def nothing_stuck(facts: Facts) -> Iterator[Violation]:
    """Volunteers went on asking until everybody got `{}` twice, a lease's time apart."""
    answers: dict[int, int] = {}
    for run in facts.runs.values():
        answers[run["task_id"]] = answers.get(run["task_id"], 0) + 1
    for task in (task for task in facts.tasks.values() if task["id"] not in facts.gold):
        has = answers.get(task["id"], 0)
        if task["state"] != "completed" or has < task["n_answers"]:
            what = f"task {task['id']} is {task['state']} with {has} of {task['n_answers']} answers"
            yield Violation("R2", what, facts.of_task(task["id"]))


def the_last_change_holds(facts: Facts) -> Iterator[Violation]:
    """`n_answers` at the end is what the owner was last told it is; or fewer, where the answers agree."""
    first = _first_n_answers(facts)
    for task in facts.tasks.values():
        changes = facts.redundancy.get(task["id"], [])
        if task["id"] not in first and not changes:
            continue
        settled = max((change.answered for change in changes if change.took_effect), default=0.0)
        possible = {change.request["n_answers"] for change in changes if change.answered >= settled}
        if not settled and task["id"] in first:
            possible.add(first[task["id"]])
        early = task["project_id"] in facts.agreeing and task["n_answers"] < max(possible, default=0)
        if possible and task["n_answers"] not in possible and not early:
            what = f"task {task['id']} wants {task['n_answers']} answers; the owner asked for {sorted(possible)}"
            yield Violation("R6", what, changes)
