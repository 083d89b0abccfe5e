"""A project's settings, for its owners (contract web.md §2.2)."""

import uuid
from typing import Any

from chalice.app import Response

from chalicelib.core.bodies import check_values
from chalicelib.core.documents import check_size
from chalicelib.core.errors import ContractError, DataFault, IntegrityFault, ValueFault
from chalicelib.core.projects import Project
from chalicelib.core.resources import PROJECT
from chalicelib.core.short_names import check_short_name
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, secret, sent, text, ticked
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.project_passwords import is_protected, with_password
from chalicelib.web.visits import Visit

TEXTS = ("name", "short_name", "description", "long_description", "webhook")
TICKS = ("allow_anonymous_contributors", "zip_download")


def _fields(visit: Visit) -> tuple[Field, ...]:
    categories = [(one.id, one.name) for one in visit.site.categories.all()]
    return (
        Field("name", "Name", longest=255),
        Field("short_name", "Short name", hint="The project's address ends with it.", longest=255),
        Field("description", "Short description", hint="At most 255 characters.", longest=255),
        Field("long_description", "Long description", "area", hint="Markdown.", required=False),
        Field("category_id", "Category", "select", options=categories),
        Field("allow_anonymous_contributors", "Volunteers need no account", "checkbox", required=False),
        Field("zip_download", "Everybody may download the data", "checkbox", required=False),
        Field("protect", "Ask visitors for a password", "checkbox", required=False),
        Field("password", "Password for visitors", "password", hint="Empty: keep the one there is.", required=False),
        Field("webhook", "Webhook", "url", hint="Told of every completed task.", required=False),
    )


def settings(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/settings`: what there is to set."""
    project = kept_project(visit, short_name)
    its, shown = card_of(visit, project), form(visit, (), {})
    title = f"Project: {project.name} · Settings"
    keys = headless.project_keys("/projects/settings.html", title, project, its, visit)
    variables = {"form": shown, "project": project, "base": base_path(project), "card": its}
    return Page("project_settings.html", f"Settings of {project.name}", variables, keys, cookies=form_cookies(visit))


def update(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/update`: what is said of it, who may take part, its password and webhook."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _page(visit, project, _values(project))
    given = sent(visit)
    if (visit.query.get("btn") or given.get("btn")) == "Upload":
        raise DataFault("Pictures are not taken here yet: set info.thumbnail_url by the API.")
    if str(given.get("id", project.id)) != str(project.id):
        given = {}  # the form is another project's: its fields are not this one's
    wanted, errors = _wanted(visit, project, given) if given else ({}, {})
    if errors:
        return _page(visit, project, {**_values(project), **wanted}, errors)
    columns = _columns(project, wanted)
    try:
        changed = store_changes(visit, project, **columns)
    except IntegrityFault as taken:
        return _page(visit, project, {**_values(project), **wanted}, _taken(project, columns, str(taken)))
    return go(visit, base_path(changed), "project-saved")


def _wanted(visit: Visit, project: Project, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values that the form sets, and what is wrong with them, by field."""
    wanted: dict[str, Any] = {name: text(given, name) for name in TEXTS if name in given}
    wanted |= {name: ticked(visit, given, name, getattr(project, name)) for name in TICKS}
    wanted["protect"] = ticked(visit, given, "protect", is_protected(project))
    wanted["password"] = secret(given, "password")
    if given.get("category_id") not in (None, ""):
        wanted["category_id"] = given["category_id"]
    errors: dict[str, list[str]] = {}
    for name in wanted.keys() - {"protect", "password"}:
        try:
            wanted[name] = _value(visit, name, wanted[name])
        except ContractError as error:
            errors[name] = [str(error)]
    return wanted, errors


def _value(visit: Visit, name: str, value: Any) -> Any:
    """Raises DataFault, IntegrityFault, ValueFault."""
    if name == "webhook":
        value = value or None
    if name == "short_name":
        check_short_name(value)
    if name == "webhook" and value and not value.startswith(("https://", "http://")):
        raise ValueFault("Invalid URL.")
    checked = check_values(PROJECT, {name: value})[name]
    if name == "category_id" and visit.site.categories.get(checked) is None:
        raise IntegrityFault("Not a valid choice")
    return checked


def _columns(project: Project, wanted: dict[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in wanted.items() if name not in ("protect", "password")}
    protect, password = wanted.get("protect", is_protected(project)), wanted.get("password", "")
    columns["info"] = with_password(project.info, protect, password)
    about = columns.get("long_description", project.long_description)
    check_size({"long_description": about, "info": columns["info"]})
    return columns


def _taken(old: Project, wanted: dict[str, Any], text: str) -> dict[str, list[str]]:
    """Which of the two names it was is not known when both are new."""
    return {
        name: [text] for name in ("name", "short_name") if wanted.get(name, getattr(old, name)) != getattr(old, name)
    }


def _values(project: Project) -> dict[str, Any]:
    columns = {name: getattr(project, name) for name in (*TEXTS, *TICKS, "category_id")}
    return {**columns, "protect": is_protected(project)}


def _page(visit: Visit, project: Project, values: dict[str, Any], errors: dict[str, list[str]] | None = None) -> Page:
    its, shown = card_of(visit, project), form(visit, _fields(visit), values, errors)
    title = f"Project: {project.name} · Update"
    keys = {
        **headless.project_keys("/projects/update.html", title, project, its, visit),
        "form": {"id": project.id, **shown.as_json()},
        "upload_form": {"csrf": shown.csrf, "errors": {}},
    }
    told = FLASHES["correct-errors"] if errors else None
    variables = {"form": shown, "project": project, "base": base_path(project)}
    heading = f"Update {project.name}"
    return Page("project_update.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)


def reset_secret_key(visit: Visit, short_name: str) -> Response:
    """`/project/<short_name>/resetsecretkey`: tokens of the project's own users that were made with the old key are
    refused from now on."""
    project = kept_project(visit, short_name)
    sent(visit)
    store_changes(visit, project, secret_key=str(uuid.uuid4()))
    return go(visit, base_path(project) + "update", "new-secret")
