"""The form for what a project asks beyond redundancy: answers that agree end a task early, and gold tasks tell who is
accurate (docs/quality.md)."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.core.agreement import LEAST_MINIMUM
from chalicelib.core.errors import DataFault
from chalicelib.core.gold_rate import MOST_RATE
from chalicelib.core.projects import Project, check_rules
from chalicelib.core.tasks import MOST_ANSWERS
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

AGREEMENT = (
    Field("share", "Share of answers that agree", hint="Above 0.5, at most 1. Empty: never early.", required=False),
    Field(
        "minimum",
        "Answers there must be at least",
        "number",
        hint=f"{LEAST_MINIMUM} to {MOST_ANSWERS}.",
        required=False,
    ),
    Field("field", "Member of the answers to compare", hint="Empty: whole answers must be equal.", required=False),
)
GOLD_RATE = Field(
    "gold_rate",
    "Part of the tasks that are gold",
    hint=f"0 to {MOST_RATE}: 0.1 is one in ten. Empty: none.",
    required=False,
)


def quality(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/tasks/quality`."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _page(visit, project, _values(project))
    given = {**_values(project), **sent(visit)}
    rules = {"agreement": _agreement(given), "gold_rate": _number(given["gold_rate"])}
    others = {name: value for name, value in project.info.items() if name not in rules}
    info = {**others, **{name: rule for name, rule in rules.items() if rule is not None}}
    try:
        check_rules(info)
    except DataFault as fault:
        return _page(visit, project, given, {_name_in(str(fault)): [str(fault)]})
    store_changes(visit, project, info=info)
    return go(visit, base_path(project) + "tasks/settings", "quality-changed")


def _values(project: Project) -> dict[str, Any]:
    agreement, nothing = project.rules.agreement, dict.fromkeys(one.name for one in AGREEMENT)
    known = {name: getattr(agreement, name) for name in nothing} if agreement is not None else nothing
    return {**known, "gold_rate": project.rules.gold_rate or None}


def _agreement(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """As `info.agreement` holds it; None when every field is empty."""
    values = {name: _number(given.get(name)) for name in ("share", "minimum")}
    values["field"] = given.get("field") or None
    return values if any(value is not None for value in values.values()) else None


def _number(value: Any) -> Any:
    """A number that a form sends as text; what is none stays, to be refused in words."""
    if not isinstance(value, str):
        return value
    try:
        return int(value) if value.strip().isdecimal() else float(value) if value.strip() else None
    except ValueError:
        return value


def _name_in(fault: str) -> str:
    """The field that a refusal speaks of."""
    return next((one.name for one in (*AGREEMENT, GOLD_RATE) if f".{one.name} " in fault), "share")


def _page(
    visit: Visit, project: Project, values: Mapping[str, Any], errors: dict[str, list[str]] | None = None
) -> Page:
    its, shown = card_of(visit, project), form(visit, (*AGREEMENT, GOLD_RATE), values, errors)
    title = f"Project: {project.name} · Quality"
    keys = {
        **headless.project_keys("/projects/task_quality.html", title, project, its, visit),
        "form": shown.as_json(),
    }
    told = FLASHES["correct-errors"] if errors else None
    variables = {"form": shown, "base": base_path(project)}
    heading = f"Quality of {project.name}"
    return Page("task_quality.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)
