"""Ending leases before their time. Beyond PYBOSSA, where a task that was asked for blocks nobody (docs/leases.md)."""

from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_query
from chalicelib.api.owning import kept_project_id, project_id_of
from chalicelib.core.errors import DataFault, TypeFault
from chalicelib.core.filters import MOST_INT
from chalicelib.core.giving_back import TASKS_A_CALL

LONGEST_WAIT = 60
KEYS = ("task_ids", "seconds")


def give_back(call: Call, identifier: str) -> Answer:
    """`POST /api/project/<id>/leases/return`: the caller's own leases, all or of `task_ids`, now or in `seconds`."""
    project_id = project_id_of(call, identifier)
    given = _given(call)
    uid = call.query.get("external_uid") or None
    ended = call.services.volunteering.give_back(
        call.caller, project_id, uid, _task_ids(given.get("task_ids")), _seconds(given.get("seconds", 0))
    )
    return Answer({"task_ids": ended.tasks, "last_id": ended.last_id})


def take_back(call: Call, identifier: str) -> Answer:
    """`POST /api/project/<id>/leases/end`: everybody's leases now, of `task_ids` or of a hundred tasks above the
    `last_id` of the query, for the project's owners."""
    project_id = kept_project_id(call, identifier)
    task_ids, giving_back = _task_ids(_given(call).get("task_ids")), call.services.giving_back
    if task_ids is None:
        ended = giving_back.everybodys(project_id, number_in_query(call.query, "last_id", 0))
        return Answer({"task_ids": ended.tasks, "last_id": ended.last_id})
    found = [call.services.tasks.get(task_id) for task_id in task_ids]
    sheets = [task.sheet for task in found if task is not None and task.project_id == project_id]
    return Answer({"task_ids": giving_back.of_tasks(sheets), "last_id": None})


def _given(call: Call) -> dict[str, Any]:
    given = call.document() if call.body.strip() else {}
    for key in given:
        if key not in KEYS:
            raise TypeFault(f"'{key[:80]}' is not known here; give {' and '.join(KEYS)}, or nothing.")
    return given


def _task_ids(value: Any) -> list[int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > TASKS_A_CALL or not all(map(_is_id, value)):
        raise DataFault(f"task_ids must be a list of at most {TASKS_A_CALL} ids of tasks.")
    return value


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < MOST_INT


def _seconds(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST_WAIT:
        raise DataFault(f"seconds must be a whole number from 0 to {LONGEST_WAIT}.")
    return value
