"""Projects behind a password (contract web.md §2.4). The REST API does not ask for it, as in the reference."""

from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.core.errors import NotFound, Unauthorized
from chalicelib.core.passwords import hashed_password, is_password
from chalicelib.core.projects import Project
from chalicelib.core.throttle import PER_ACCOUNT
from chalicelib.web.cards import base_path
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, secret, sent
from chalicelib.web.guards import form_cookies, own_address, secure
from chalicelib.web.pages import Page, redirect
from chalicelib.web.visits import Visit

HASH = "passwd_hash"
SECONDS = 1800
PASSWORD = (Field("password", "Password", "password"),)


def is_protected(project: Project) -> bool:
    return HASH in project.info


def with_password(info: dict[str, Any], protect: bool, password: str) -> dict[str, Any]:
    """A project's `info` with its protection as its form says: not protected, or a password of one character, clears
    it; protected without a new one keeps what was there (§2.2, update)."""
    kept = {key: value for key, value in info.items() if key != HASH}
    if protect and not password and HASH in info:
        return info
    return {**kept, HASH: hashed_password(password)} if protect and len(password) > 1 else kept


def cookie_name(project: Project) -> str:
    return quote(project.short_name, safe="") + "pswd"


def knows_password(visit: Visit, project: Project) -> bool:
    """Whether this visitor (account, or address, with the same `external_uid`) has given the password that is set now,
    within half an hour."""
    given = visit.cookie(cookie_name(project))
    if given is None:
        return False
    try:
        claims = visit.site.recognition.read_pass(given)
    except Unauthorized:
        return False
    return claims.get("pass") == _pass(visit, project)


def _pass(visit: Visit, project: Project) -> list[Any]:
    return [project.id, visit.caller.identity, visit.query.get("external_uid"), str(project.info.get(HASH))[-16:]]


def password(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/password`: asks for it, then leads on to `next`."""
    project = visit.site.projects.by_short_name(short_name)
    if project is None:
        raise NotFound(f"there is no project {short_name!r}")
    if visit.method != "POST":
        return _page(visit, project, wrong=False)
    given = secret(sent(visit), "password")
    guessed = f"project:{project.id}:{visit.caller.address}"
    visit.site.throttle.take(guessed, PER_ACCOUNT)
    if not is_password(given, project.info.get(HASH)):
        return _page(visit, project, wrong=True)
    visit.site.throttle.give_back(guessed)
    value = visit.site.recognition.new_pass({"pass": _pass(visit, project)}, SECONDS)
    cookie = f"{cookie_name(project)}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure(visit)}"
    onward = visit.query.get("next")
    return redirect(own_address(onward) if onward else base_path(project), cookies=(cookie,))


def _page(visit: Visit, project: Project, wrong: bool) -> Page:
    shown = {"form": form(visit, PASSWORD, {}), "next": own_address(visit.query.get("next"))}
    told = FLASHES["wrong-project-password"] if wrong else None
    return Page("project_password.html", project.name, shown, cookies=form_cookies(visit), flash=told)
