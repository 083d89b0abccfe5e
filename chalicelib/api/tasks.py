"""Tasks (contract rest-api.md §9.2, §12.2–12.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.owning import check_keeps_project, project_to_fill
from chalicelib.api.scopes import descending, in_projects, project_ids, walk
from chalicelib.api.task_deletion import delete_task
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.documents import check_size
from chalicelib.core.errors import DataFault, Unavailable
from chalicelib.core.listing import Candidates, select
from chalicelib.core.permissions import may_update_project, refuse, within_reach
from chalicelib.core.projects import Card
from chalicelib.core.queries import Query
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import check_n_answers, check_priority, set_n_answers, set_priority
from chalicelib.core.resources import TASK
from chalicelib.core.seats import Sheet
from chalicelib.core.task_deletion import had_result
from chalicelib.core.tasks import NewTask, Task

ATTEMPTS = 10


@dataclass(frozen=True)
class SeatedTask:
    """A task's definition with its sheet, which knows its redundancy, priority and state."""

    task: Task
    sheet: Sheet

    @property
    def id(self) -> int:
        return self.task.id


def definition(task: Task) -> dict[str, Any]:
    """The fields that need no sheet. Gold tasks are served like any other: a mark would tell volunteers."""
    return {
        "id": task.id,
        "created": task.created,
        "project_id": task.project_id,
        "quorum": task.quorum,
        "calibration": task.calibration if task.gold is None else 0,
        "info": task.info,
        "fav_user_ids": task.fav_user_ids,
    }


def task_row(task: Task, seats: Sheet | NewTask) -> dict[str, Any]:
    """All fields of a task; without a sheet yet, as it was wanted."""
    if isinstance(seats, NewTask):
        held = {"state": "ongoing", "priority_0": seats.priority_0, "n_answers": seats.n_answers}
    else:
        state = "completed" if seats.completed else "ongoing"
        held = {"state": state, "priority_0": seats.prio, "n_answers": seats.n}
    return {**definition(task), **held}


def read_row(call: Call, task: Task, sheet: Sheet) -> dict[str, Any]:
    """All fields of a task for whoever may read it, with fresh links to private files."""
    return {**task_row(task, sheet), "info": call.services.media_links.linked(task)}


def new_task(call: Call, card: Card, fields: Mapping[str, Any]) -> NewTask:
    """The task of a POST's fields. Raises DataFault."""
    new = NewTask(
        info=call.services.media_links.unlinked(card.id, None, fields["info"]),
        n_answers=check_n_answers(fields["n_answers"]),
        priority_0=check_priority(fields["priority_0"]),
        quorum=fields["quorum"],
        calibration=fields["calibration"],
    )
    check_size(new.info)
    return new


def ids_for(call: Call, counts: Mapping[int, int]) -> list[int]:
    """Ids of so many tasks in each project: those that a sender with the same Idempotency-Key had who died or never
    heard what became of them, else new ones."""
    if call.claim is not None and len(call.claim.ids) == sum(counts.values()):
        return call.claim.ids
    taken = [one for project, count in counts.items() for one in call.services.task_bulk.take_ids(project, count)]
    if call.claim is not None and taken:
        call.services.once.note(call.claim, taken)
    return taken


class TaskEndpoint(Endpoint[SeatedTask]):
    """`/api/task`."""

    resource = TASK

    def get(self, call: Call, item_id: int) -> SeatedTask | None:
        task = call.services.tasks.get(item_id)
        return next(iter(_with_sheets(call, [task], consistent=True)), None) if task is not None else None

    def select(self, call: Call, query: Query) -> list[SeatedTask]:
        """What an offset passes over is passed over without its sheets when every row counts."""
        if query.choosy or not query.offset:
            return super().select(call, query)
        ids = project_ids(call, query)
        if ids is not None and len(ids) == 1 and not descending(query):
            last_id, offset = call.services.tasks.pass_over(ids[0], query.offset, call.budget.read)
            query = replace(query, last_id=last_id, offset=offset)
        pages = _beyond(self._definitions(call, query).pages, query.offset)
        return select(replace(query, offset=0), Candidates(_worth_a_look(call, query, pages)), self.row, call.budget)

    def candidates(self, call: Call, query: Query) -> Candidates[SeatedTask]:
        found = self._definitions(call, query)
        return Candidates(_worth_a_look(call, query, found.pages), found.ordered)

    def _definitions(self, call: Call, query: Query) -> Candidates[Task]:
        tasks, number = call.services.tasks, query.number("id")
        ids = project_ids(call, query)
        if number is not None:
            one = tasks.get(number)
            wanted = one is not None and number > (query.last_id or 0) and (ids is None or one.project_id in ids)
            return Candidates(iter([[one] if wanted and one is not None else []]))
        if ids is None and not descending(query):
            return Candidates(
                walk(call, query, lambda last, size: tasks.after(None, last or 0, size, call.budget.read))
            )
        if descending(query):
            return in_projects(call, query, tasks.before)
        return in_projects(call, query, lambda project, last, size: tasks.after(project, last or 0, size))

    def seated(self, call: Call, tasks: Sequence[Task]) -> list[SeatedTask]:
        """The tasks with their sheets, read consistently; those that are being removed are left out."""
        return _with_sheets(call, tasks, consistent=True)

    def may_read(self, call: Call, item: SeatedTask) -> bool:
        return within_reach(call.caller, item.task.project_id)

    def row(self, item: SeatedTask) -> dict[str, Any]:
        return task_row(item.task, item.sheet)

    def shown(self, call: Call, item: SeatedTask) -> dict[str, Any]:
        return read_row(call, item.task, item.sheet)

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        self.check_project(call, given)

    def check_project(self, call: Call, given: dict[str, Any]) -> Card:
        """The project that a new task goes into, which the caller keeps."""
        card = project_to_fill(call, given)
        if not may_update_project(call.caller, card):
            refuse(call.caller)
        return card

    def create(self, call: Call, given: dict[str, Any]) -> SeatedTask:
        fields = with_defaults(TASK, given)
        card = project_to_fill(call, fields)
        new = new_task(call, card, fields)
        queue = queue_name(card.id, card.rules.sched)
        if call.claim is None:
            return self.found(call, call.services.tasks.create(card.id, queue, new).id)
        (task_id,) = ids_for(call, {card.id: 1})
        call.services.task_bulk.create(card.id, queue, [(task_id, new)])
        return self.found(call, task_id)

    def check_update(self, call: Call, item: SeatedTask) -> None:
        check_keeps_project(call, item.task.project_id)

    def update(self, call: Call, item: SeatedTask, given: dict[str, Any]) -> SeatedTask:
        changes = check_values(TASK, given)
        if changes.get("project_id", item.task.project_id) != item.task.project_id:
            raise DataFault("project_id cannot be changed: a task stays in its project.")
        n_answers = check_n_answers(changes.get("n_answers", item.sheet.n))
        priority = check_priority(changes.get("priority_0", item.sheet.prio))
        self._define(call, item.task, changes)
        if n_answers != item.sheet.n:
            set_n_answers(call.services.sheets, item.sheet.key, n_answers)
        if priority != item.sheet.prio:
            set_priority(call.services.sheets, item.sheet.key, priority)
        call.services.changes.note(item.task.project_id)
        return self.found(call, item.id)

    def _define(self, call: Call, task: Task, changes: dict[str, Any]) -> None:
        given = changes.get("info", task.info)
        info = call.services.media_links.unlinked(task.project_id, task.object_key, given)
        quorum, calibration = changes.get("quorum", task.quorum), changes.get("calibration", task.calibration)
        if (info, quorum, calibration) == (task.info, task.quorum, task.calibration):
            return
        check_size(info)
        call.services.tasks.change(task, info, quorum, calibration)

    def check_delete(self, call: Call, item: SeatedTask) -> None:
        """With a result, only administrators; a complete task's result may still be on its way (§12.3)."""
        check_keeps_project(call, item.task.project_id)
        if had_result(call.services.results, item.sheet) and not call.caller.admin:
            refuse(call.caller)

    def delete(self, call: Call, item: SeatedTask) -> None:
        """Whoever answers at the same moment changes the sheet; then ask again whether it may go."""
        for _ in range(ATTEMPTS):
            if delete_task(call, item.task, item.sheet):
                return
            item = self.found(call, item.id)
            self.check_delete(call, item)
        raise Unavailable("Many volunteers answer this task just now; delete it again in a moment.")


def _beyond(pages: Iterator[Sequence[Task]], offset: int) -> Iterator[Sequence[Task]]:
    for page in pages:
        if len(page) > offset:
            yield page[offset:]
        offset = max(0, offset - len(page))


def _worth_a_look(call: Call, query: Query, pages: Iterator[Sequence[Task]]) -> Iterator[Sequence[SeatedTask]]:
    """Sheets are read only of tasks whose definition could match."""
    for page in pages:
        tasks = [task for task in page if query.may_match(definition(task))]
        seated = _with_sheets(call, tasks, consistent=False)
        yield [one for one in seated if _is_open_to(call, query, one.sheet)] if query.participated else seated


def _with_sheets(call: Call, tasks: Sequence[Task], consistent: bool) -> list[SeatedTask]:
    """Tasks without a sheet are being removed, or their import is not done with them."""
    if not tasks:
        return []
    sheets, _ = call.services.sheets.read([task.sheet for task in tasks], [], consistent)
    return [SeatedTask(task, sheets[task.sheet]) for task in tasks if task.sheet in sheets]


def _is_open_to(call: Call, query: Query, sheet: Sheet) -> bool:
    """Whether the caller has not answered it (§4.6, `participated`)."""
    me = call.services.recognition.contributor(call.caller, sheet.project, query.external_uid)
    return sheet.seats.get(me.key, 0) >= 0
