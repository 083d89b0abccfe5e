"""R5: statistics equal a count of the runs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.soak.evidence import work_in
from tests.soak.history import by
from tests.soak.promises.violations import Facts, Violation


def _work(facts: Facts) -> dict[int, Any]:
    return {project: work_in(found, facts.gold) for project, found in facts.projects.items()}


def statistics_equal_the_runs(facts: Facts) -> Iterator[Violation]:
    for project, found in _work(facts).items():
        shown = found["statistics"]
        for name, counted in _counted(found).items():
            if shown[name] != counted:
                yield Violation("R5", f"project {project}: {name} is {shown[name]}, and the runs say {counted}")


def _counted(found: dict[str, Any]) -> dict[str, Any]:
    """Figures as projectstats shows them (docs/statistics.md), from what is there. Browsers behind one address count as
    several volunteers, users of other sites not at all."""
    completed = sum(task["state"] == "completed" for task in found["tasks"])
    tasks, runs = len(found["tasks"]), found["runs"]
    people = {run["info"]["by"] for run in runs if run["external_uid"] is None}
    return {
        "n_tasks": tasks,
        "n_task_runs": len(runs),
        "n_completed_tasks": completed,
        "overall_progress": 100 * completed // tasks if tasks else 0,
        "n_volunteers": len(people),
    }


def a_rebuild_changes_nothing(facts: Facts) -> Iterator[Violation]:
    """Counting all anew from the runs gives the figures that were folded from the stream."""
    for project, found in facts.projects.items():
        for name in (*_counted(found), "average_time", "last_activity"):
            before, after = found["statistics"][name], found["rebuilt"][name]
            if before != after:
                yield Violation("R5", f"project {project}: {name} is {before}, and after a rebuild {after}")


def series_equal_the_runs(facts: Facts) -> Iterator[Violation]:
    """All runs of a soak lie within the fourteen days of the series."""
    for project, found in _work(facts).items():
        for series in ("dates_stats", "hours_stats"):
            everybody = found["statistics"]["info"].get(series) or [{"values": []}]
            shown = sum(value[1] for value in everybody[0]["values"])
            if shown != len(found["runs"]):
                what = f"project {project}: {series} add up to {shown}, and there are {len(found['runs'])}"
                yield Violation("R5", what)


def progress_equals_the_runs(facts: Facts) -> Iterator[Violation]:
    """What each volunteer was told of their own work, when all was done."""
    done = Counter((run["project_id"], run["info"]["by"]) for run in facts.runs.values())
    for line in by(facts.lines, "userprogress"):
        project = line.request["project"]
        has = done[project, line.who]
        if line.took_effect and line.answer["done"] != has:
            what = f"{line.who} was told of {line.answer['done']} runs in project {project}, and has {has}"
            yield Violation("R5", what, [line])
