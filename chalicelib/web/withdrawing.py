"""`/project/<short_name>/tasks/withdrawal`: what was imported and what was withdrawn, and withdrawing more
(docs/withdrawing.md)."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.api.imports import row as import_row
from chalicelib.api.withdrawals import row as withdrawal_row
from chalicelib.core.errors import DataFault, NotFound
from chalicelib.core.imports import Record
from chalicelib.core.projects import Project
from chalicelib.core.withdrawal_requests import of_import, of_volunteer
from chalicelib.core.withdrawals import Withdrawal
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text, ticked
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.paging import place_in
from chalicelib.web.visits import Visit

PER_PAGE = 20
NUMBERS = ("user_id", "taskrun_id")
WAYS = (
    ("taskrun_id", "One of the answers (task run id)"),
    ("user_id", "The account (user id)"),
    ("user_ip", "The address, as answers show it (user_ip)"),
    ("external_uid", "Your own users' id (external_uid)"),
)
VOLUNTEER = (
    Field("by", "Name the volunteer by", "select", options=WAYS),
    Field("value", "Its value", hint="Answers that are made from now on stay."),
)


def withdrawal(visit: Visit, short_name: str) -> Page | Response:
    """A POST names an `import_id` (with `force`), a volunteer `by` a column's `value`, or a withdrawal to `cancel`."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _page(visit, project)
    given = sent(visit)
    here = base_path(project) + "tasks/withdrawal"
    if _text(given, "cancel"):
        if visit.site.withdrawals.cancel(project.id, number_in(_text(given, "cancel"))) is None:
            raise NotFound(f"there is no withdrawal {_text(given, 'cancel')}")
        return go(visit, here, "withdrawal-cancelled")
    try:
        wanted = _wanted(visit, project, given)
    except DataFault as fault:
        values = {"by": _text(given, "by"), "value": _text(given, "value")}
        return _page(visit, project, values, {"value": [str(fault)]})
    visit.site.withdrawals.ask(project, visit.call.author, wanted)
    return go(visit, here, "withdrawal-asked")


def _wanted(visit: Visit, project: Project, given: Mapping[str, Any]) -> Withdrawal:
    """Raises DataFault, NotFound."""
    if _text(given, "import_id"):
        record = visit.site.imports.get(number_in(_text(given, "import_id")))
        if record is None or record.project_id != project.id:
            raise NotFound(f"the project has no import {_text(given, 'import_id')}")
        return of_import(record, ticked(visit, given, "force", False))
    by, value = _text(given, "by"), _text(given, "value")
    if by not in dict(WAYS):
        raise DataFault("Choose how the volunteer is named.")
    named = {by: number_in(value) if by in NUMBERS else value}
    return of_volunteer(named, project.id, visit.site.recognition, visit.site.runs)


def _label(record: Record) -> str:
    """What people know an import by: the file's name, or the first thing that its source was asked for."""
    if record.source is not None:
        return record.source.key.rpartition("/")[2]
    return next((str(value) for value in record.parameters.values() if value), record.type)


def _text(given: Mapping[str, Any], name: str) -> str:
    """Also of a number, which is how JSON names ids."""
    value = given.get(name)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(given, name)


def number_in(given: str) -> int:
    """An id; 0, which nothing has, when it is none."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 16 else 0


def _page(
    visit: Visit,
    project: Project,
    values: Mapping[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> Page:
    site, its = visit.site, card_of(visit, project)
    shown = form(visit, VOLUNTEER, values or {"by": "taskrun_id"}, errors)
    found = site.imports.after(project.id, place_in(visit, "after") or 0, PER_PAGE + 1)
    imports, withdrawals = found[:PER_PAGE], site.withdrawals.before(project.id, None, PER_PAGE)
    later = f"{base_path(project)}tasks/withdrawal?after={imports[-1].id}" if len(found) > PER_PAGE else None
    title = f"Project: {project.name} · Withdrawals"
    keys = {
        **headless.project_keys("/projects/task_withdrawal.html", title, project, its, visit),
        "form": shown.as_json(),
        "imports": [import_row(one, (), site.clock()) for one in imports],
        "withdrawals": [withdrawal_row(one) for one in withdrawals],
        "later": later,
    }
    variables = {
        "form": shown,
        "base": base_path(project),
        "imports": [(one, _label(one)) for one in imports],
        "withdrawals": withdrawals,
        "later": later,
    }
    told = FLASHES["correct-errors"] if errors else None
    heading = f"Withdraw from {project.name}"
    return Page("withdrawal.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)
