"""Gold tasks and what they tell of volunteers, for owners (docs/quality.md). Beyond PYBOSSA."""

from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_path, number_in_query
from chalicelib.api.owning import check_keeps_project, kept_project_id
from chalicelib.core.documents import check_size
from chalicelib.core.errors import DataFault, NotFound
from chalicelib.core.gold import set_gold
from chalicelib.core.projects import Card
from chalicelib.core.queueing import queue_name
from chalicelib.core.stores import Accuracy
from chalicelib.core.tasks import Task

USUAL_ROWS, MOST_ROWS = 20, 100


def gold(call: Call, identifier: str) -> Answer:
    """`GET /api/task/<id>/gold`: the expected answer; null of a task that is not gold."""
    return Answer(_shown(_kept(call, identifier)[0]))


def make_gold(call: Call, identifier: str) -> Answer:
    """`PUT /api/task/<id>/gold` with `{"answer": …}`, as volunteers would send it in `info`. Raises DataFault,
    Forbidden for a task with a result."""
    task, card = _kept(call, identifier)
    given = call.document()
    if given.keys() != {"answer"} or given["answer"] is None:
        raise DataFault('Send {"answer": …}: what a right answer has in its info. DELETE makes it a usual task again.')
    check_size([task.info, given["answer"]])
    return _set(call, task, card, given["answer"])


def unmake_gold(call: Call, identifier: str) -> Answer:
    """`DELETE /api/task/<id>/gold`: a task like the others, with the answers that it has."""
    return _set(call, *_kept(call, identifier), None)


def _set(call: Call, task: Task, card: Card, answer: Any) -> Answer:
    set_gold(call.services.sheets, task, queue_name(card.id, card.rules.sched), answer)
    call.services.changes.note(task.project_id)
    task.gold = answer
    return Answer(_shown(task))


def _shown(task: Task) -> dict[str, Any]:
    return {"task_id": task.id, "answer": task.gold}


def _kept(call: Call, identifier: str) -> tuple[Task, Card]:
    """The task, in a project of the caller's. Raises NotFound, Unauthorized, Forbidden."""
    task = call.services.tasks.get(number_in_path(identifier))
    card = call.services.projects.card(task.project_id) if task is not None else None
    if task is None or card is None:
        raise NotFound(f"there is no task {identifier[:80]}")
    check_keeps_project(call, card.id)
    return task, card


def accuracy(call: Call, identifier: str) -> Answer:
    """`GET /api/project/<id or short_name>/accuracy`: who answered gold tasks, in the order of their keys, above the
    key `last_id`."""
    project_id = kept_project_id(call, identifier)
    limit = min(number_in_query(call.query, "limit", USUAL_ROWS), MOST_ROWS)
    found = call.services.participations.accuracies(project_id, call.query.get("last_id", ""), limit)
    return Answer([accuracy_row(one) for one in found])


def accuracy_row(one: Accuracy) -> dict[str, Any]:
    """`accuracy` is the part of the answered gold tasks that was answered right."""
    return {
        "contributor": one.contributor,
        "user_id": one.user_id,
        "answered": one.answered,
        "right": one.right,
        "accuracy": one.right / one.answered,
    }
