"""What `related=1` embeds (contract rest-api.md §4.5): plain fields, without links."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.results import result_row
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.api.tasks import SeatedTask, TaskEndpoint, read_row
from chalicelib.core.resources import RESULT, TASK, TASKRUN
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import TaskRun

Row = dict[str, Any]


def embed_related(call: Call, resource: str, items: Sequence[Any], rows: Sequence[Row]) -> None:
    """Add to the rows of `items` what belongs to them; other resources have nothing."""
    embed = EMBED.get(resource)
    if embed is not None:
        embed(call, items, rows)


def _embed_in_tasks(call: Call, items: Sequence[SeatedTask], rows: Sequence[Row]) -> None:
    for item, row in zip(items, rows, strict=True):
        call.budget.check()
        row["task_runs"] = _runs_of(call, item.sheet)
        row["result"] = _result_of(call, item.id)


def _embed_in_runs(call: Call, items: Sequence[TaskRun], rows: Sequence[Row]) -> None:
    for item, row in zip(items, rows, strict=True):
        call.budget.check()
        row["task"], _ = _task_of(call, item.task_id)
        row["result"] = _result_of(call, item.task_id)


def _embed_in_results(call: Call, items: Sequence[Result], rows: Sequence[Row]) -> None:
    for item, row in zip(items, rows, strict=True):
        call.budget.check()
        row["task"], sheet = _task_of(call, item.task_id)
        row["task_runs"] = _runs_of(call, sheet) if sheet is not None else []


EMBED: dict[str, Callable[[Call, Sequence[Any], Sequence[Row]], None]] = {
    TASK.name: _embed_in_tasks,
    TASKRUN.name: _embed_in_runs,
    RESULT.name: _embed_in_results,
}


def _runs_of(call: Call, sheet: Sheet) -> list[Row]:
    runs = call.services.runs.of_task(sheet)
    return [dict(TaskRunEndpoint().visible(call, run)) for run in runs]


def _task_of(call: Call, task_id: int) -> tuple[Row | None, Sheet | None]:
    found = TaskEndpoint().get(call, task_id)
    return (read_row(call, found.task, found.sheet), found.sheet) if found is not None else (None, None)


def _result_of(call: Call, task_id: int) -> Row | None:
    """The last version; none while a newer one is on its way."""
    versions = call.services.results.all_of_task(task_id)
    return next((result_row(one) for one in versions if one.last_version), None)
