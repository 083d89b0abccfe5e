"""How long volunteers take, from handing out to answer (contract rest-api.md §9.12, `average_time`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.core.tasks import TaskRun

SAMPLE = 100  # the newest runs, which one request reads


class Runs(Protocol):
    def before(self, project_id: int, last_id: int | None, limit: int) -> Sequence[TaskRun]: ...


def seconds_per_run(runs: Runs, project_id: int) -> float:
    """The mean time in seconds of the project's newest runs; 0 when it has none."""
    times = [_seconds(run) for run in runs.before(project_id, None, SAMPLE)]
    return sum(times) / len(times) if times else 0.0


def _seconds(run: TaskRun) -> float:
    taken = datetime.fromisoformat(run.finish_time) - datetime.fromisoformat(run.created)
    return max(0.0, taken.total_seconds())
