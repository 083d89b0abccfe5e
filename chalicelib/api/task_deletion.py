"""Removing a task with its runs and their files (contract rest-api.md §9.2, §13)."""

from chalicelib.api.calls import Call
from chalicelib.core.resources import TASKRUN
from chalicelib.core.seats import Sheet
from chalicelib.core.stored_files import remove_file
from chalicelib.core.tasks import Task


def delete_task(call: Call, task: Task, sheet: Sheet) -> bool:
    """False when the sheet changed since it was read; then everything is still there."""
    runs = call.services.runs.of_task(sheet)
    if not call.services.tasks.delete(task, sheet):
        return False
    for run in runs:
        remove_file(call.services.uploads, TASKRUN.name, run)
    return True
