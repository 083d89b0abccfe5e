"""`/project/new` (contract web.md §2.2)."""

from typing import Any

from chalice.app import Response

from chalicelib.api.projects import ProjectEndpoint
from chalicelib.core.bodies import check_values
from chalicelib.core.errors import ContractError, IntegrityFault
from chalicelib.core.resources import PROJECT
from chalicelib.core.short_names import check_short_name
from chalicelib.web.cards import base_path
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text
from chalicelib.web.guards import form_cookies, signed_in
from chalicelib.web.pages import Page, go
from chalicelib.web.prose import as_text
from chalicelib.web.visits import Visit

LONGEST_DESCRIPTION = 255
FIELDS = (
    Field("name", "Name", longest=255),
    Field("short_name", "Short name", hint="The project's address ends with it: no spaces.", longest=255),
    Field("long_description", "Long description", "area", hint="What it is about, and what you ask for. Markdown."),
    Field(
        "description",
        "Short description",
        hint="At most 255 characters. Empty: the beginning of the long one.",
        required=False,
        longest=LONGEST_DESCRIPTION,
    ),
)
TAKEN = "A project with this {} exists already."


def new(visit: Visit) -> Page | Response:
    """Makes a draft of the visitor's in the first category. Raises Elsewhere for anonymous visitors."""
    signed_in(visit)
    if visit.method != "POST":
        return _page(visit, {})
    given = sent(visit)
    wanted = {one.name: text(given, one.name) for one in FIELDS}
    wanted["description"] = wanted["description"] or _beginning(as_text(wanted["long_description"]))
    errors = _wrong(visit, wanted)
    if errors:
        return _page(visit, wanted, errors)
    try:
        made = ProjectEndpoint().create(visit.call, wanted)
    except IntegrityFault:  # the short name was free a moment ago
        return _page(visit, wanted, {"name": [TAKEN.format("name")]})
    return go(visit, base_path(made) + "update", "project-created")


def _beginning(text: str) -> str:
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 1]}…"


def _wrong(visit: Visit, wanted: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong, by field."""
    errors = {name: found for name, value in wanted.items() if (found := _wrong_with(name, value))}
    if not wanted["long_description"]:
        errors.pop("description", None)  # it would have been its beginning
    if "short_name" not in errors and visit.site.projects.by_short_name(wanted["short_name"]) is not None:
        errors["short_name"] = [TAKEN.format("short name")]
    return errors


def _wrong_with(name: str, value: str) -> list[str]:
    if not value:
        return ["This field is required."]
    try:
        check_values(PROJECT, {name: value})
        if name == "short_name":
            check_short_name(value)
    except ContractError as error:
        return [str(error)]
    return []


def _page(visit: Visit, values: dict[str, Any], errors: dict[str, list[str]] | None = None) -> Page:
    shown = form(visit, FIELDS, values, errors)
    title = "Create a Project"
    keys = {"template": "projects/new.html", "title": title, "form": shown.as_json(), "errors": bool(errors)}
    told = FLASHES["correct-errors"] if errors else None
    return Page("new_project.html", title, {"form": shown}, keys, cookies=form_cookies(visit), flash=told)
