"""How long a project's volunteers may take, and what happens to tasks that all wait for somebody's answer. Beyond
PYBOSSA, where a task that was asked for is not reserved."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.core.projects import AT_LEAST, LONGEST_LEASE, Project
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

EXACT = "exact"
SECONDS = Field(
    "lease_seconds",
    "Seconds a volunteer may take for a task",
    "number",
    hint=f"1 to {LONGEST_LEASE} (a week). For so long nobody else gets the seat. Empty: as everywhere on this site.",
    required=False,
)
REDUNDANCY = Field(
    "redundancy",
    "When nothing is left but tasks that others are working on",
    "select",
    hint="If others wait, no task ever gets an answer too many. If such tasks are handed out again, all answers are "
    "kept; each beyond those wanted makes a new version of the result.",
    options=((EXACT, "Others wait for them"), (AT_LEAST, "Hand them out again")),
)
WRONG = {
    "lease_seconds": f"Give a whole number from 1 to {LONGEST_LEASE}, or nothing.",
    "redundancy": "Not a valid choice",
}


def leases(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/tasks/leases`."""
    project = kept_project(visit, short_name)
    rules = project.rules
    now = {"lease_seconds": rules.lease_seconds, "redundancy": AT_LEAST if rules.at_least else EXACT}
    if visit.method != "POST":
        return _page(visit, project, now)
    wanted = {**now, **{name: value for name, value in sent(visit).items() if name in now}}
    errors = _errors(wanted)
    if errors:
        return _page(visit, project, wanted, errors)
    redundancy = AT_LEAST if wanted["redundancy"] == AT_LEAST else None
    info = {**project.info, "lease_seconds": _seconds(wanted["lease_seconds"]), "redundancy": redundancy}
    dropped = [name for name in now if info[name] is None]
    store_changes(visit, project, info={name: value for name, value in info.items() if name not in dropped})
    return go(visit, base_path(project) + "tasks/settings", "leases-changed")


def _errors(wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    wrong = {
        "lease_seconds": _seconds(wanted["lease_seconds"]) == 0,
        "redundancy": wanted["redundancy"] not in [name for name, _ in REDUNDANCY.options],
    }
    return {name: [WRONG[name]] for name, bad in wrong.items() if bad}


def _seconds(value: Any) -> int | None:
    """None when nothing is given, 0 when it cannot be meant."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) < 10:
        value = int(value)
    return value if type(value) is int and 1 <= value <= LONGEST_LEASE else 0


def _page(
    visit: Visit, project: Project, values: Mapping[str, Any], errors: dict[str, list[str]] | None = None
) -> Page:
    its, shown = card_of(visit, project), form(visit, (SECONDS, REDUNDANCY), values, errors)
    title = f"Project: {project.name} · Task Leases"
    keys = {
        **headless.project_keys("/projects/task_leases.html", title, project, its, visit),
        "form": shown.as_json(),
    }
    variables = {"form": shown, "base": base_path(project)}
    told = FLASHES["correct-errors"] if errors else None
    heading = f"Time to answer in {project.name}"
    return Page("task_leases.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)
