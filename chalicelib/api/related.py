"""What `related=1` embeds (contract rest-api.md §4.5): plain fields, without links."""

from collections.abc import Sequence
from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.api.tasks import TaskEndpoint, task_row
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet

Row = dict[str, Any]


def result_row(result: Result) -> Row:
    """All fields of a result."""
    return {
        "id": result.id,
        "created": result.created,
        "project_id": result.project_id,
        "task_id": result.task_id,
        "task_run_ids": result.task_run_ids,
        "last_version": result.last_version,
        "info": result.info,
    }


def embed_in_tasks(call: Call, sheets: Sequence[Sheet], rows: Sequence[Row]) -> None:
    for sheet, row in zip(sheets, rows, strict=True):
        row["task_runs"] = _runs_of(call, sheet)
        row["result"] = _result_of(call, row["id"])


def embed_in_runs(call: Call, rows: Sequence[Row]) -> None:
    for row in rows:
        row["task"], _ = _task_of(call, row["task_id"])
        row["result"] = _result_of(call, row["task_id"])


def embed_in_results(call: Call, rows: Sequence[Row]) -> None:
    for row in rows:
        row["task"], sheet = _task_of(call, row["task_id"])
        row["task_runs"] = _runs_of(call, sheet) if sheet is not None else []


def _runs_of(call: Call, sheet: Sheet) -> list[Row]:
    runs = call.services.runs.of_task(sheet)
    return [dict(TaskRunEndpoint().visible(call, run)) for run in runs]


def _task_of(call: Call, task_id: int) -> tuple[Row | None, Sheet | None]:
    found = TaskEndpoint().get(call, task_id)
    return (task_row(found.task, found.sheet), found.sheet) if found is not None else (None, None)


def _result_of(call: Call, task_id: int) -> Row | None:
    result = call.services.results.of_task(task_id)
    return result_row(result) if result is not None else None
