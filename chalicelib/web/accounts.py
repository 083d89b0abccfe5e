"""An account's own pages (contract web.md §3)."""

from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.permissions import refuse
from chalicelib.core.projects import Project
from chalicelib.core.repositories import Changed
from chalicelib.core.users import User
from chalicelib.web import headless
from chalicelib.web.cards import Card, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import form, sent
from chalicelib.web.guards import form_cookies, signed_in
from chalicelib.web.listings import contributed, public_rows
from chalicelib.web.pages import Page, as_json, redirect
from chalicelib.web.people import private_user, public_user
from chalicelib.web.visits import Visit

MOST_LISTED = 200


def account_path(user: User) -> str:
    """The account's place on the site, with a slash at the end."""
    return f"/account/{quote(user.name, safe='')}/"


def profile(visit: Visit) -> Page | Response:
    """`/account/profile`: who is signed in."""
    if not visit.wants_json:
        return redirect(account_path(signed_in(visit)))
    if visit.account is None:
        return as_json(Page("", "", {}, {"next": "/account/signin", "status": "not_signed_in"}))
    return account(visit, visit.account.name)


def account(visit: Visit, name: str) -> Page:
    """`/account/<name>/`: one's own page, or what others may see."""
    user = visit.site.users.by_name(name)
    if user is None:
        raise NotFound(f"there is no account {name!r}")
    own = visit.account is not None and visit.account.id == user.id
    if not own:
        return _public_profile(visit, user)
    published, drafts = _split(_projects_of(visit, user))
    keys = {
        "template": "account/profile.html",
        "title": "Profile",
        "user": private_user(user),
        "projects_contrib": _contributed(visit, user),
        "projects_published": _public(visit, published),
        "projects_draft": _public(visit, drafts),
        "form": {"csrf": form(visit, (), {}).csrf},
        "can_update": True,
    }
    shown = {"user": user, "base": account_path(user), "published": published, "drafts": drafts}
    return Page("account.html", user.fullname, shown, keys, cookies=form_cookies(visit))


def _public_profile(visit: Visit, user: User) -> Page:
    listed = _projects_of(visit, user)
    shown = [(project, card) for project, card in listed if project.published or visit.caller.admin]
    about = public_user(user)
    keys = {
        "template": "/account/public_profile.html",
        "title": user.name,
        "user": about,
        "projects": _contributed(visit, user) if about else [],
        "projects_created": _public(visit, shown),
        "can_update": visit.caller.admin,
        "input_form": True,
    }
    variables = {"about": about, "name": user.name, "projects": shown}
    return Page("public_account.html", user.name, variables, keys)


def projects(visit: Visit, name: str) -> Page:
    """`/account/<name>/projects`: one's own."""
    user = own_account(visit, name, administrators=False)
    published, drafts = _split(_projects_of(visit, user))
    keys = {
        "template": "account/projects.html",
        "title": "Projects",
        "projects_published": _public(visit, published),
        "projects_draft": _public(visit, drafts),
    }
    shown = {"user": user, "base": account_path(user), "published": published, "drafts": drafts}
    return Page("account.html", "Your projects", shown, keys)


def own_account(visit: Visit, name: str, administrators: bool = True) -> User:
    """The account of that name, for its holder (and administrators). Raises Elsewhere, NotFound, Forbidden."""
    me = signed_in(visit)
    user = visit.site.users.by_name(name)
    if user is None:
        raise NotFound(f"there is no account {name!r}")
    if user.id != me.id and not (administrators and visit.caller.admin):
        refuse(visit.caller)
    return user


def reset_api_key(visit: Visit, name: str) -> Page | Response:
    """`/account/<name>/resetapikey`: the new key is shown on the answer, and never again."""
    user = own_account(visit, name)
    if visit.method != "POST":
        shown = form(visit, (), {})
        keys = {"form": {"csrf": shown.csrf}}
        variables = {"form": shown, "key": None, "base": account_path(user)}
        return Page("api_key.html", "API key", variables, keys, cookies=form_cookies(visit))
    sent(visit)
    try:
        key = visit.site.accounts.reset_api_key(user)
    except Changed as changed:
        raise Unavailable("The key was reset at the same moment; send it again.") from changed
    told: dict[str, Any] = {"next": account_path(user), "api_key": key}
    variables = {"form": form(visit, (), {}), "key": key, "base": account_path(user)}
    return Page("api_key.html", "API key", variables, told, flash=FLASHES["new-key"])


Shown = list[tuple[Project, Card]]


def _projects_of(visit: Visit, user: User) -> Shown:
    listed = visit.site.projects.before(user.id, None, MOST_LISTED)
    return [(project, card_of(visit, project)) for project in listed]


def _split(listed: Shown) -> tuple[Shown, Shown]:
    return [one for one in listed if one[0].published], [one for one in listed if not one[0].published]


def _contributed(visit: Visit, user: User) -> list[dict[str, Any]]:
    return public_rows(visit, contributed(visit, user)) if visit.wants_json else []


def _public(visit: Visit, listed: Shown) -> list[dict[str, Any]]:
    extra = visit.site.settings.project_info_public_fields
    return [headless.public_project(project, card, extra) for project, card in listed]
