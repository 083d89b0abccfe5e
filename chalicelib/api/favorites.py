"""The caller's favourite tasks (contract rest-api.md §9.11)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_path
from chalicelib.api.links import add_links
from chalicelib.api.related import embed_related
from chalicelib.api.tags import tagged
from chalicelib.api.tasks import SeatedTask, TaskEndpoint
from chalicelib.core.bodies import check_values
from chalicelib.core.errors import AttributeFault, DataFault, NotFound
from chalicelib.core.favorites import TooManyFavorites
from chalicelib.core.listing import Candidates, select
from chalicelib.core.permissions import refuse, within_reach
from chalicelib.core.queries import MOST, Query, read_query, truth
from chalicelib.core.resources import TASK

UNDERSTOOD = ("limit", "offset", "last_id", "orderby", "related")
tasks = TaskEndpoint()


def listing(call: Call) -> Answer:
    """`GET /api/favorites`: tasks with links; `desc` counts with `last_id` too, unknown keys do not."""
    user_id = _signed_in(call)
    query = read_query(TASK, {key: value for key, value in call.query.items() if key in UNDERSTOOD})
    query = replace(query, descending=truth("desc", call.query.get("desc", "")))
    pages = _pages(call, user_id, query.last_id or 0)
    items = select(query, Candidates(pages, ordered=not query.descending), tasks.row, call.budget)
    return Answer(_shown(call, items, query))


def one(call: Call, identifier: str) -> Answer:
    """`GET /api/favorites/<task id>`."""
    user_id, task_id = _signed_in(call), number_in_path(identifier)
    item = tasks.get(call, task_id) if call.services.favorites.has(user_id, task_id) else None
    if item is None or not tasks.may_read(call, item):
        raise NotFound(f"task {task_id} is none of your favorites")
    return tagged(call, Answer(_shown(call, [item], Query(related=bool(call.query.get("related"))))[0]))


def add(call: Call) -> Answer:
    """`POST /api/favorites` with `{"task_id": n}`: again is no error."""
    task_id = _task_id(call.document())
    user_id, item = _signed_in(call), tasks.get(call, task_id)
    if item is None or not within_reach(call.caller, item.task.project_id):
        raise NotFound(f"there is no task {task_id}")
    try:
        added = call.services.favorites.add(user_id, item.task)
    except TooManyFavorites:
        raise DataFault("This task is the favorite of as many accounts as can be kept.") from None
    if not added:
        raise NotFound(f"there is no task {task_id}")
    return Answer(tasks.row(tasks.found(call, task_id)))


def remove(call: Call, identifier: str) -> Answer:
    """`DELETE /api/favorites/<task id>`: the task, or 404 when it was no favourite."""
    user_id, task_id = _signed_in(call), number_in_path(identifier)
    item = tasks.get(call, task_id)
    reachable = item is None or within_reach(call.caller, item.task.project_id)
    if not reachable or not call.services.favorites.remove(user_id, task_id):
        raise NotFound(f"task {task_id} is none of your favorites")
    return Answer(tasks.row(tasks.found(call, task_id)))


def _signed_in(call: Call) -> int:
    user_id = call.caller.user_id
    if user_id is None:
        refuse(call.caller)
    return user_id


def _task_id(body: dict[str, Any]) -> int:
    if set(body) != {"task_id"}:
        raise AttributeFault("The body must have task_id and nothing else.")
    try:
        value = check_values(TASK, {"id": body["task_id"]})["id"]
    except DataFault:
        value = None
    if value is None:
        raise DataFault("task_id must be the id of a task.")
    if value < 0:
        raise NotFound("there is no such task")
    return int(value)


def _pages(call: Call, user_id: int, last: int) -> Iterator[Sequence[SeatedTask]]:
    """Favourites whose task is still there, ascending."""
    while ids := call.services.favorites.after(user_id, last, MOST):
        call.budget.read(len(ids))
        _, found = call.services.sheets.read([], ids, consistent=True)
        seated = tasks.seated(call, [found[task_id] for task_id in ids if task_id in found])
        yield [item for item in seated if tasks.may_read(call, item)]
        last = ids[-1]


def _shown(call: Call, items: Sequence[SeatedTask], query: Query) -> list[dict[str, Any]]:
    rows = [add_links(call.site, TASK, tasks.shown(call, item)) for item in items]
    if query.related:
        embed_related(call, TASK.name, items, rows)
    return rows
