"""Forms that change a project's tasks: their priority, and deleting them (contract web.md §2.3)."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from chalice.app import Response

from chalicelib.core.audit import Change
from chalicelib.core.errors import DataFault, NotFound
from chalicelib.core.projects import Project
from chalicelib.core.redundancy import check_priority, set_priority
from chalicelib.core.task_deletion import TaskDeletion
from chalicelib.core.tasks import Task
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES, Flash
from chalicelib.web.forms import Field, form, sent, text
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.paging import place_in
from chalicelib.web.visits import Visit

MOST_IDS = 500
IDS = re.compile(r"[0-9]{1,16}(,[0-9]{1,16})*")
PRIORITY = (
    Field("task_ids", "Task ids", hint=f"Numbers with commas between them, no spaces; at most {MOST_IDS}."),
    Field("priority_0", "Priority", hint="From 0 to 1; tasks of higher priority are asked for first."),
)


def delete(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/tasks/delete`: those without results. When one request cannot delete all, the answer leads
    back here with `?after=<task id>`, and the next POST goes on."""
    project = kept_project(visit, short_name)
    after = place_in(visit, "after")
    if visit.method != "POST":
        return _delete_page(visit, project, after)
    sent(visit)
    site, base = visit.site, base_path(project)
    deletion = TaskDeletion(site.tasks, site.sheets, site.results, site.clock)
    deleted = deletion.without_results(project.id, after or 0)
    if deleted.last_id is not None:
        return go(visit, f"{base}tasks/delete?after={deleted.last_id}", "tasks-left")
    return go(visit, f"{base}tasks/", "tasks-deleted")


def _delete_page(visit: Visit, project: Project, after: int | None) -> Page:
    its, shown = card_of(visit, project), form(visit, (), {})
    title = f"Project: {project.name} · Delete tasks"
    keys = {**headless.project_keys("/projects/tasks/delete.html", title, project, its, visit), "csrf": shown.csrf}
    variables = {"form": shown, "base": base_path(project), "card": its, "after": after}
    heading = f"Delete the tasks of {project.name}?"
    return Page("delete_tasks.html", heading, variables, keys, cookies=form_cookies(visit))


def priority(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/tasks/priority`: sets it for the tasks named; those of other projects are left."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _priority_page(visit, project, {})
    given = sent(visit)
    wanted: dict[str, Any] = {"task_ids": text(given, "task_ids"), "priority_0": given.get("priority_0")}
    errors = _wrong(wanted)
    if errors:
        return _priority_page(visit, project, wanted, errors, FLASHES["correct-errors"])
    ids = list(dict.fromkeys(map(int, wanted["task_ids"].split(","))))
    foreign = _set_priority(visit, project, ids, float(wanted["priority_0"]))
    return _priority_page(visit, project, {}, None, _foreign(foreign) if foreign else FLASHES["priority-set"])


def _wrong(wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    errors = {}
    ids = wanted["task_ids"]
    if not IDS.fullmatch(ids) or ids.count(",") >= MOST_IDS:
        errors["task_ids"] = [f"Only digits and commas, at most {MOST_IDS} ids"]
    try:
        check_priority(_number(wanted["priority_0"]))
    except DataFault as error:
        errors["priority_0"] = [str(error)]
    return errors


def _number(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _set_priority(visit: Visit, project: Project, ids: Sequence[int], priority: float) -> list[int]:
    """The ids that are no tasks of this project."""
    tasks = _tasks(visit, project, ids)
    sheets, _ = visit.site.sheets.read([task.sheet for task in tasks], [], consistent=True)
    changes = []
    for sheet in sheets.values():
        with suppress(NotFound):  # deleted at the same moment
            set_priority(visit.site.sheets, sheet.key, priority)
        old, new = (orjson.dumps({"task_id": sheet.task, "task_priority_0": one}) for one in (sheet.prio, priority))
        changes.append(Change("update", "task.priority_0", old.decode(), new.decode()))
    visit.site.audit.append(project, visit.call.author, changes)
    return sorted(set(ids) - {sheet.task for sheet in sheets.values()})


def _tasks(visit: Visit, project: Project, ids: Sequence[int]) -> list[Task]:
    _, found = visit.site.sheets.read([], ids, consistent=False)
    return [task for task in found.values() if task.project_id == project.id]


def _foreign(ids: Sequence[int]) -> Flash:
    return Flash("", f"Not tasks of this project: {', '.join(map(str, ids))}", "danger")


def _priority_page(
    visit: Visit,
    project: Project,
    values: Mapping[str, Any],
    errors: dict[str, list[str]] | None = None,
    flash: Flash | None = None,
) -> Page:
    shown, title = form(visit, PRIORITY, values, errors), f"Project: {project.name} · Task priority"
    keys = {
        **headless.project_keys("/projects/task_priority.html", title, project, card_of(visit, project), visit),
        "form": shown.as_json(),
    }
    variables = {"form": shown, "base": base_path(project)}
    heading = f"Priority of tasks of {project.name}"
    return Page("task_priority.html", heading, variables, keys, cookies=form_cookies(visit), flash=flash)
