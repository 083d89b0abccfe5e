"""R4: one result version per completion, the last one with all runs; one message per version, the same each time."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.soak.history import Line, by
from tests.soak.promises.violations import Facts, Violation


def one_last_version(facts: Facts) -> Iterator[Violation]:
    """Of each completed task, with exactly its runs."""
    runs: dict[int, list[int]] = defaultdict(list)
    for run in facts.runs.values():
        runs[run["task_id"]].append(run["id"])
    last: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for found in facts.projects.values():
        for result in found["results"]:
            last[result["task_id"]].append(result)
    for task in facts.tasks.values():
        versions = last.get(task["id"], [])
        if len(versions) != (task["state"] == "completed"):
            what = f"task {task['id']} is {task['state']} and has {len(versions)} last versions of its result"
            yield Violation("R4", what, facts.of_task(task["id"]))
        elif versions and sorted(versions[0]["task_run_ids"]) != sorted(runs[task["id"]]):
            told, there = versions[0]["task_run_ids"], sorted(runs[task["id"]])
            what = f"the last version of task {task['id']} has runs {told}, and there are {there}"
            yield Violation("R4", what, facts.of_task(task["id"]))


def no_result_of_nothing(facts: Facts) -> Iterator[Violation]:
    """Every version is of a task that is there."""
    for result in _versions(facts):
        if result["task_id"] not in facts.tasks:
            lines = facts.deleted_tasks.get(result["task_id"], [])
            yield Violation("R4", f"result {result['id']} is of task {result['task_id']}, which is not there", lines)


def one_version_per_completion(facts: Facts) -> Iterator[Violation]:
    """A task completes once, and once more each time that it was opened again: each such change of `n_answers` is in
    the history, and each withdrawal of a run. A run's deletion opens nothing: those of a last version cannot be
    deleted. Under depth_first_all and at_least each further answer makes a version."""
    counts = Counter(result["task_id"] for result in _versions(facts))
    for task, count in counts.items():
        most = 1 + len(facts.redundancy.get(task, [])) + facts.withdrawn_on[task]
        if count > most and facts.is_bounded(task):
            what = f"task {task} has {count} versions of its result, and completed {most} times at most"
            yield Violation("R4", what, facts.of_task(task))


def _versions(facts: Facts) -> list[dict[str, Any]]:
    return [result for found in facts.projects.values() for result in [*found["results"], *found["superseded"]]]


def one_message_per_version(facts: Facts) -> Iterator[Violation]:
    """One id for each version, one payload for each id, all signed, and every version was told of."""
    payloads: dict[str, set[str]] = defaultdict(set)
    ids: dict[int, set[str]] = defaultdict(set)
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in by(facts.lines, "webhook"):
        payloads[line.request["id"]].add(line.request["body"])
        ids[line.request["result_id"]].add(line.request["id"])
        lines[line.request["result_id"]].append(line)
        if not line.request["signed"]:
            yield Violation("R8", "a message is not signed as it should be", [line])
    for result, names in ids.items():
        if len(names) > 1:
            yield Violation("R4", f"result {result} was told of under several ids: {sorted(names)}", lines[result])
        for name in names:
            if len(payloads[name]) > 1:
                yield Violation("R8", f"the message {name} had several payloads", lines[result])
    yield from _untold(facts, set(ids))


def _untold(facts: Facts, told: set[int]) -> Iterator[Violation]:
    for result in _versions(facts):
        if result["project_id"] in facts.announced and result["id"] not in told:
            what = f"nobody was told of result {result['id']}"
            yield Violation("R8", what, facts.of_task(result["task_id"]))
