"""Rules that hold for all tasks of a project: the scheduler and the redundancy (contract web.md §2.3). Both are brought
to the tasks by a walk in the background; the pages show how far it is."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.core.audit import Change
from chalicelib.core.errors import DataFault
from chalicelib.core.projects import Project
from chalicelib.core.redundancy import check_n_answers
from chalicelib.core.schedulers import SCHEDULERS
from chalicelib.core.tasks import DEFAULT_ANSWERS, MOST_ANSWERS
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

OFFERED = {
    "default": "Default: highest priority first, one task after the other",
    "breadth_first": "Breadth first: tasks with the fewest answers first",
    "depth_first": "Depth first: as default",
    "depth_first_all": "Depth first all: everybody answers every task; redundancy is no limit",
    "locked": "Locked: as default, one task at a time",
}
SCHEDULER = Field("sched", "Task scheduler", "select", options=tuple(OFFERED.items()))
REDUNDANCY = Field("n_answers", "Redundancy", "number", hint=f"Answers that each task wants, 1 to {MOST_ANSWERS}.")


def scheduler(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/tasks/scheduler`."""
    project = kept_project(visit, short_name)
    now = {"sched": project.rules.sched if project.rules.sched in SCHEDULERS else "default"}
    if visit.method != "POST":
        return _page(visit, project, SCHEDULER, now)
    wanted = text(sent(visit), "sched")
    if wanted not in OFFERED:
        return _page(visit, project, SCHEDULER, now, {"sched": ["Not a valid choice"]})
    store_changes(visit, project, info={**project.info, "sched": wanted})
    return go(visit, base_path(project) + "tasks/settings", "scheduler-changed")


def redundancy(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/tasks/redundancy`: a number for all tasks that there are."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _page(visit, project, REDUNDANCY, {"n_answers": DEFAULT_ANSWERS})
    given = sent(visit).get("n_answers")
    try:
        wanted = check_n_answers(int(given) if isinstance(given, str) and given.strip().isdecimal() else given)
    except DataFault as fault:
        return _page(visit, project, REDUNDANCY, {"n_answers": given}, {"n_answers": [str(fault)]})
    visit.site.walks.ask(project.id, wanted)
    visit.site.changes.note(project.id)
    visit.site.audit.append(project, visit.call.author, [Change("update", "task.n_answers", "N/A", str(wanted))])
    return go(visit, base_path(project) + "tasks/settings", "redundancy-changed")


def _page(
    visit: Visit,
    project: Project,
    field: Field,
    values: Mapping[str, Any],
    errors: dict[str, list[str]] | None = None,
) -> Page:
    its, shown = card_of(visit, project), form(visit, (field,), values, errors)
    name = "scheduler" if field is SCHEDULER else "redundancy"
    title = f"Project: {project.name} · Task {name.title()}"
    keys = {
        **headless.project_keys(f"/projects/task_{name}.html", title, project, its, visit),
        "form": shown.as_json(),
    }
    variables = {
        "form": shown,
        "base": base_path(project),
        "name": name,
        "card": its,
        "walk": visit.site.walks.of_project(project.id),
    }
    told = FLASHES["correct-errors"] if errors else None
    heading = f"{field.label} of {project.name}"
    return Page("task_rules.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)
