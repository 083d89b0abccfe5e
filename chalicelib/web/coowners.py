"""Who owns a project together with its creator (contract web.md §2.2).

The contract's addresses that add and remove are opened by GET. A link on another site could do that with an owner's
browser, so only headless clients, whose header no other site can make a browser send, change something by GET; people
get a page with a button.
"""

from typing import Any

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.core.projects import Project
from chalicelib.core.users import User
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.people import public_user
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

SEARCH = (Field("user", "User name", hint="Exactly as it is written.", longest=35),)


def coowners(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/coowners`: who they are; a POST looks for somebody by the exact user name."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _page(visit, project, {}, None, None)
    given = sent(visit)
    found = visit.site.users.by_name(text(given, "user"))
    if found is None or found.restrict or found.id == visit.caller.user_id:
        return _page(visit, project, given, None, "coowner-unknown")
    return _page(visit, project, given, found, "coowner-found")


def _page(visit: Visit, project: Project, given: dict[str, Any], found: User | None, flash: str | None) -> Page:
    owners = [owner for owner in map(visit.site.users.get, project.owners_ids) if owner is not None]
    shown = form(visit, SEARCH, {"user": given.get("user")})
    extra = visit.site.settings.project_info_public_fields
    keys: dict[str, Any] = {
        "template": "/projects/coowners.html",
        "title": "Manage Co-owners",
        "project": headless.public_project(project, card_of(visit, project), extra),
        "coowners": [_owner(project, owner) for owner in owners],
        "form": shown.as_json(),
        "pro_features": headless.pro_features(visit),
    }
    if found is not None:
        keys["found"] = {**_owner(project, found), "is_coowner": found.id in project.owners_ids}
    variables = {"form": shown, "project": project, "owners": owners, "found": found, "base": base_path(project)}
    told = FLASHES[flash] if flash else None
    return Page("coowners.html", f"Owners of {project.name}", variables, keys, cookies=form_cookies(visit), flash=told)


def _owner(project: Project, user: User) -> dict[str, Any]:
    public = public_user(user) or {"name": user.name}
    return {**public, "is_creator": user.id == project.owner_id}


def add(visit: Visit, short_name: str, name: str) -> Page | Response:
    """`/project/<short_name>/add_coowner/<name>`."""
    project, user = kept_project(visit, short_name), _named(visit, name)
    if not _means_it(visit):
        return _confirm(visit, project, f"Make {user.name} an owner of {project.name}?", "Add")
    if user.id in project.owners_ids:
        return _back(visit, project, "coowner-before")
    store_changes(visit, project, owners_ids=[*project.owners_ids, user.id])
    return _back(visit, project, "coowner-added")


def remove(visit: Visit, short_name: str, name: str) -> Page | Response:
    """`/project/<short_name>/del_coowner/<name>`; the creator stays."""
    project, user = kept_project(visit, short_name), _named(visit, name)
    if not _means_it(visit):
        return _confirm(visit, project, f"Remove {user.name} from the owners of {project.name}?", "Remove")
    if user.id == project.owner_id:
        return _back(visit, project, "coowner-creator")
    if user.id not in project.owners_ids:
        return _back(visit, project, "coowner-not")
    store_changes(visit, project, owners_ids=[one for one in project.owners_ids if one != user.id])
    return _back(visit, project, "coowner-removed")


def _named(visit: Visit, name: str) -> User:
    user = visit.site.users.by_name(name)
    if user is None:
        raise NotFound(f"there is no account {name!r}")
    return user


def _means_it(visit: Visit) -> bool:
    """A form with its token; or a GET that no other site can have caused: by API key, or with a JSON content type."""
    if visit.method == "POST":
        sent(visit)
        return True
    return visit.caller.session is None or visit.headers.get("content-type", "").startswith("application/json")


def _confirm(visit: Visit, project: Project, question: str, button: str) -> Page:
    variables = {"form": form(visit, (), {}), "question": question, "button": button}
    keys = {"template": "/projects/coowners.html", "title": question, "form": form(visit, (), {}).as_json()}
    shown = {**variables, "base": base_path(project)}
    return Page("confirm.html", question, shown, keys, cookies=form_cookies(visit))


def _back(visit: Visit, project: Project, flash: str) -> Response:
    return go(visit, base_path(project) + "coowners", flash)
