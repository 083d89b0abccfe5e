"""`/project/<short_name>/tasks/autoimporter`: what a project imports from every day (contract importers.md §5). HTML
only: nothing here is for headless clients."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Response
from msgspec import to_builtins

from chalicelib.core.autoimporter import KEY, SEALED, TYPE, autoimporter, fields_of
from chalicelib.core.daily_imports import BEGINS
from chalicelib.core.errors import DataFault, Forbidden, NotFound
from chalicelib.core.import_gathering import BadParameters
from chalicelib.core.import_offers import OfferedSource, source_named
from chalicelib.core.permissions import may_import_daily
from chalicelib.core.projects import Project
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path
from chalicelib.web.flashes import FLASHES, cookie_of
from chalicelib.web.forms import form, sent
from chalicelib.web.guards import form_cookies
from chalicelib.web.import_states import TOLD, progress_of
from chalicelib.web.pages import Page, redirect
from chalicelib.web.project_changes import store_changes
from chalicelib.web.source_forms import SOURCE_FIELDS
from chalicelib.web.visits import Visit

REASONS_SHOWN = 5

def settings(visit: Visit, short_name: str) -> Page | Response:
    """One is configured at a time: as long as it is, also a POST shows nothing but it."""
    project = _kept(visit, short_name)
    if autoimporter(project.info):
        return _configured(visit, project)
    given = sent(visit) if visit.method == "POST" else {}
    named = given.get("form_name") or visit.query.get("type")
    if not named and visit.method != "POST":
        return _chooser(visit, project)
    source = _found(visit, named)
    return _set(visit, project, source, given) if visit.method == "POST" else _form(visit, project, source, {})


def run(visit: Visit, short_name: str) -> Response:
    """`…/run`: today's import now, or once more."""
    project = _kept(visit, short_name)
    sent(visit)
    try:
        visit.site.daily_imports.run_now(project, visit.caller.user_id)
    except DataFault:
        return _to(project, "tasks/autoimporter", "daily-enough")
    return _to(project, "tasks/autoimporter", "daily-begun")


def delete(visit: Visit, short_name: str) -> Response:
    """`…/delete`: nothing is imported any more; tasks and records of imports stay."""
    project = _kept(visit, short_name)
    sent(visit)
    if KEY in project.info:
        store_changes(visit, project, info={name: value for name, value in project.info.items() if name != KEY})
    return _to(project, "tasks/", "daily-removed")


def _kept(visit: Visit, short_name: str) -> Project:
    """Raises Elsewhere (anonymous), NotFound, Forbidden."""
    project = kept_project(visit, short_name)
    if not may_import_daily(visit.caller, visit.site.settings.pro_autoimporter):
        raise Forbidden("Daily imports are for pro accounts on this site.")
    return project


def _daily(visit: Visit) -> list[OfferedSource]:
    return [one for one in visit.site.offers.all() if one.daily]


def _found(visit: Visit, named: Any) -> OfferedSource:
    """Raises NotFound for one that cannot be imported from daily, or that this site does not offer."""
    source = source_named(_daily(visit), named)
    if source is None or source.why_not:
        raise NotFound(f"there are no daily imports of the type {str(named)[:80]!r}")
    return source


def _set(visit: Visit, project: Project, source: OfferedSource, given: Mapping[str, Any]) -> Page | Response:
    offers = visit.site.offers
    try:
        parameters = offers.check(source.name, given)
    except BadParameters as wrong:
        return _form(visit, project, source, given, wrong.errors)
    sealed = offers.sealed(parameters)
    configured = {TYPE: source.name, **to_builtins(parameters.shown()), **({SEALED: sealed} if sealed else {})}
    store_changes(visit, project, info={**project.info, KEY: configured})
    return _to(project, "tasks/autoimporter", "daily-set")


def _to(project: Project, page: str, flash: str) -> Response:
    return redirect(base_path(project) + page, cookies=(cookie_of(flash),))


def _chooser(visit: Visit, project: Project) -> Page:
    variables = {"base": base_path(project), "sources": _daily(visit)}
    return Page("autoimporter_options.html", f"Import into {project.name} every day", variables)


def _form(
    visit: Visit,
    project: Project,
    source: OfferedSource,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
) -> Page:
    shown = form(visit, SOURCE_FIELDS[source.name], values, errors)
    variables = {"form": shown, "base": base_path(project), "source": source}
    told = FLASHES["correct-errors"] if errors else None
    heading = f"Import into {project.name} every day"
    return Page("autoimporter_form.html", heading, variables, cookies=form_cookies(visit), flash=told)


def _configured(visit: Visit, project: Project) -> Page:
    site, configured = visit.site, project.info[KEY]
    records = site.daily_imports.recent(project)
    wrong = next((one for one in records if one.error_count), None)
    source = source_named(_daily(visit), configured[TYPE])
    variables = {
        "base": base_path(project),
        "form": form(visit, (), {}),
        "source": source,
        "fields": _labelled(configured),
        "imports": [(one, TOLD[one.state], progress_of(one)) for one in records],
        "running": any(not one.over for one in records),
        "wrong": wrong,
        "reasons": site.imports.errors(wrong.id)[:REASONS_SHOWN] if wrong else [],
        "begins": "{:02}:{:02}".format(*BEGINS),
        "mails": bool(site.settings.mail_sender) and not site.settings.disable_email_notifications,
    }
    return Page("autoimporter.html", f"Daily imports into {project.name}", variables, cookies=form_cookies(visit))


def _labelled(configured: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    """What is set, by the labels of its form; of what is secret only that it is there."""
    labels = {field.name: field.label for field in SOURCE_FIELDS.get(configured[TYPE], ())}
    shown = [(labels.get(name, name), value) for name, value in fields_of(configured).items() if value]
    return [*shown, ("Secret", "kept, never shown")] if configured.get(SEALED) else shown
