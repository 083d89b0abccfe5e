"""A project's tasks: what there is to do with them, and looking through them (contract web.md §2.3)."""

from collections.abc import Sequence
from typing import Any

import orjson
from chalice.app import Response

from chalicelib.api.calls import number_in_path
from chalicelib.api.taskruns import TaskRunEndpoint
from chalicelib.core.errors import DataFault, NotFound
from chalicelib.core.permissions import may_update_project, refuse
from chalicelib.core.projects import Project
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import Task
from chalicelib.web import headless
from chalicelib.web.access import kept_project, readable_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.pages import JSON, Page
from chalicelib.web.paging import place_in
from chalicelib.web.visits import Visit

PER_PAGE = 10
MOST_SKIPPED = 1000


def menu(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/tasks/`."""
    project = readable_project(visit, short_name)
    its, title = card_of(visit, project), f"Project: {project.name} · Tasks"
    keys = headless.project_keys("/projects/tasks.html", title, project, its, visit)
    daily = keys["pro_features"]["autoimporter_enabled"]
    keys = {**keys, "autoimporter_enabled": daily}
    keeps = may_update_project(visit.caller, project)
    shown = {"base": base_path(project), "card": its, "keeps": keeps, "daily": daily}
    return Page("tasks.html", f"Tasks of {project.name}", shown, keys)


def settings(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/tasks/settings`: a menu, for its owners."""
    project = kept_project(visit, short_name)
    its, title = card_of(visit, project), f"Project: {project.name} · Task settings"
    keys = headless.project_keys("/projects/task_settings.html", title, project, its, visit)
    shown = {"base": base_path(project), "card": its}
    return Page("task_settings.html", f"Task settings of {project.name}", shown, keys)


def check_download(visit: Visit, project: Project) -> None:
    """An owner may keep a project's data from everybody else (`zip_download`, contract events.md §12.1). Raises
    Unauthorized, Forbidden."""
    if not project.zip_download and not may_update_project(visit.caller, project):
        refuse(visit.caller)


def browse(visit: Visit, short_name: str, number: str = "1") -> Page:
    """`/project/<short_name>/tasks/browse[/<n>]`, ten to a page. Its own links name the id that a page begins after, so
    that they cost the same however far on they are; a page that is named by its number alone is counted to. Raises
    DataFault for one too far to be counted to, NotFound beyond the last one."""
    project, page = readable_project(visit, short_name), number_in_path(number)
    check_download(visit, project)
    tasks = _page_of(visit, project, page)
    if page < 1 or (page > 1 and not tasks):
        raise NotFound(f"there is no page {page}")
    total = visit.site.tasks.count(project.id)
    following = bool(tasks) and bool(visit.site.tasks.after(project.id, tasks[-1].id, 1))
    rows = _rows(visit, tasks)
    pagination = {"page": page, "per_page": PER_PAGE, "total": total, "next": following, "prev": page > 1}
    its, title = card_of(visit, project), f"Project: {project.name} · Tasks browser"
    keys = {
        **headless.project_keys("/projects/tasks_browser.html", title, project, its, visit),
        "tasks": rows,
        "pagination": pagination,
    }
    shown = {"rows": rows, "pagination": pagination, "base": base_path(project)}
    return Page("browse.html", f"Tasks of {project.name}", shown, keys)


def _page_of(visit: Visit, project: Project, page: int) -> Sequence[Task]:
    tasks, after, before = visit.site.tasks, place_in(visit, "after"), place_in(visit, "before")
    if before is not None:
        return tasks.before(project.id, before, PER_PAGE)[::-1]
    if after is None and (page - 1) * PER_PAGE > MOST_SKIPPED:
        raise DataFault(f"Pages beyond the first {MOST_SKIPPED} tasks are named by ?after=<task id>.")
    last_id, to_skip = after or 0, 0 if after is not None else (page - 1) * PER_PAGE
    while to_skip > 0:
        skipped = tasks.after(project.id, last_id, min(to_skip, 100))
        if not skipped:
            return []
        last_id, to_skip = skipped[-1].id, to_skip - len(skipped)
    return tasks.after(project.id, last_id, PER_PAGE)


def _rows(visit: Visit, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    sheets, _ = visit.site.sheets.read([task.sheet for task in tasks], [], consistent=False)
    return [_row(sheets[task.sheet]) for task in tasks if task.sheet in sheets]


def _row(sheet: Sheet) -> dict[str, Any]:
    done = min(1.0, sheet.ans / sheet.n)
    return {"id": sheet.task, "n_task_runs": sheet.ans, "n_answers": sheet.n, "pct_status": done}


def results_json(visit: Visit, short_name: str, id: str) -> Response:
    """`/project/<short_name>/<task id>/results.json`: all runs of the task, as the API shows them to this visitor."""
    project = readable_project(visit, short_name)
    check_download(visit, project)
    task = visit.site.tasks.get(number_in_path(id))
    if task is None or task.project_id != project.id:
        raise NotFound(f"there is no task {id} in this project")
    sheets, _ = visit.site.sheets.read([task.sheet], [], consistent=True)
    runs = visit.site.runs.of_task(sheets[task.sheet]) if task.sheet in sheets else []
    shown = [TaskRunEndpoint().visible(visit.call, run) for run in sorted(runs, key=lambda run: run.id)]
    headers: dict[str, Any] = {
        "Content-Type": JSON,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(orjson.dumps(shown).decode(), headers=headers)
