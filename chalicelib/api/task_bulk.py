"""`POST /api/task` with a JSON array: up to 500 tasks in one request (design §3, "beyond PYBOSSA").

The answer has the tasks made, in order, and an error for each member of the array that could not be one.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from chalicelib.api import verbs
from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.errors import failure
from chalicelib.api.tasks import TaskEndpoint, ids_for, new_task, task_row
from chalicelib.core.bodies import new_fields, with_defaults
from chalicelib.core.documents import parse
from chalicelib.core.errors import ContractError, DataFault, TypeFault, ValueFault
from chalicelib.core.permissions import refuse
from chalicelib.core.projects import Card
from chalicelib.core.queries import check_write_keys
from chalicelib.core.queueing import queue_name
from chalicelib.core.resources import TASK
from chalicelib.core.tasks import NewTask

MOST_TASKS = 500
MOST_BYTES = 1_400_000  # of the body: the answer, in ASCII, can have three times as many
Wanted = dict[int, tuple[int, NewTask]]  # place in the array -> project id and task
tasks = TaskEndpoint()


def create(call: Call) -> Answer:
    """One task for an object, many for an array. Raises TooLarge, ValueFault, DataFault."""
    return _create_many(call) if call.body.lstrip()[:1] == b"[" else verbs.create_item(tasks, call)


def _create_many(call: Call) -> Answer:
    check_write_keys(TASK, call.query)
    members = parse(call.body, MOST_BYTES)
    if not members:
        raise ValueFault("The body must be one JSON object, or an array of at least one.")
    if len(members) > MOST_TASKS:
        raise DataFault(f"The array has {len(members)} members; send at most {MOST_TASKS} tasks at a time.")
    if call.caller.user is None:
        refuse(call.caller)
    cards: dict[int, Card] = {}
    wanted, errors = _checked(call, members, cards)
    rows = _made(call, wanted, cards)
    if not rows:
        return _nothing_made(errors)
    told = [{"index": index, "error": _told(error)} for index, error in errors.items()]
    return Answer({"tasks": [rows[index] for index in sorted(rows)], "errors": told})


def _checked(call: Call, members: list[Any], cards: dict[int, Card]) -> tuple[Wanted, dict[int, ContractError]]:
    """What can be made, and what is wrong with the rest; `cards` gets the projects."""
    wanted: Wanted = {}
    errors: dict[int, ContractError] = {}
    for index, member in enumerate(members):
        try:
            card, new = _one(call, member)
        except ContractError as error:
            errors[index] = error
            continue
        cards[card.id] = card
        wanted[index] = card.id, new
    return wanted, errors


def _one(call: Call, member: Any) -> tuple[Card, NewTask]:
    """A single POST's checks, in the same order."""
    if not isinstance(member, dict):
        raise TypeFault("A member of the array must be a JSON object.")
    given = new_fields(TASK, member)
    card = tasks.check_project(call, given)
    return card, new_task(call, card, with_defaults(TASK, given))


def _made(call: Call, wanted: Wanted, cards: Mapping[int, Card]) -> dict[int, dict[str, Any]]:
    """The rows of the tasks made, by place. All ids are taken before the first task is written."""
    places: dict[int, list[int]] = defaultdict(list)
    for index, (project_id, _) in wanted.items():
        places[project_id].append(index)
    taken = ids_for(call, {project_id: len(indexes) for project_id, indexes in places.items()})
    ids = dict(zip((index for indexes in places.values() for index in indexes), taken, strict=True))
    rows = {}
    for project_id, indexes in places.items():
        queue = queue_name(project_id, cards[project_id].rules.sched)
        news = [(ids[index], wanted[index][1]) for index in indexes]
        made = call.services.task_bulk.create(project_id, queue, news)
        rows.update({index: task_row(task, new) for index, task, (_, new) in zip(indexes, made, news, strict=True)})
    return rows


def _nothing_made(errors: Mapping[int, ContractError]) -> Answer:
    """The first error in the usual shape, with all of them."""
    first = next(iter(errors.values()))
    told = [{"index": index, "error": _told(error)} for index, error in errors.items()]
    return Answer({**failure(first.status, first.name, str(first), "POST", TASK.name), "errors": told}, first.status)


def _told(error: ContractError) -> dict[str, Any]:
    return {"status_code": error.status, "exception_cls": error.name, "exception_msg": str(error)}
