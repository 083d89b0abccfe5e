"""The project that an object is in or a path names, and whether the caller keeps it."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.calls import MOST_ID_DIGITS, Call
from chalicelib.core.bodies import check_values
from chalicelib.core.errors import AttributeFault, DataFault, NotFound
from chalicelib.core.permissions import may_update_project, refuse
from chalicelib.core.projects import Card
from chalicelib.core.resources import HELPINGMATERIAL


def project_to_fill(call: Call, given: Mapping[str, Any]) -> Card:
    """The project that `given["project_id"]` names. One that does not exist or is not named is 401 for an anonymous
    caller, else 415 AttributeError (§6.2)."""
    wanted = _number(given.get("project_id"))
    card = call.services.projects.card(wanted) if wanted is not None and wanted > 0 else None
    if card is not None:
        return card
    if call.caller.user is None:
        refuse(call.caller)
    raise AttributeFault("project_id must be the id of a project.")


def _number(value: Any) -> int | None:
    try:
        checked = check_values(HELPINGMATERIAL, {"project_id": value})["project_id"]
    except DataFault:
        return None
    return checked if isinstance(checked, int) else None


def check_keeps_project(call: Call, project_id: int) -> None:
    """Raises the caller's kind of error unless they are owner, co-owner or administrator of the project."""
    card = call.services.projects.card(project_id)
    if card is None or not may_update_project(call.caller, card):
        refuse(call.caller)


def project_id_of(call: Call, project: str) -> int:
    """The project's id, from an id or a short name in the path; raises NotFound."""
    if project.isascii() and project.isdecimal() and len(project) <= MOST_ID_DIGITS:
        return int(project)
    found = call.services.projects.by_short_name(project)
    if found is None:
        raise NotFound(f"there is no project {project[:80]!r}")
    return found.id


def kept_project_id(call: Call, project: str) -> int:
    """The same of a project that the caller keeps; raises NotFound, or the caller's kind of error."""
    project_id = project_id_of(call, project)
    check_keeps_project(call, project_id)
    return project_id
