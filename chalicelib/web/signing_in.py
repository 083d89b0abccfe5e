"""Registering, signing in and out (contract web.md §3)."""

from typing import Any

from chalice.app import Response

from chalicelib.core.accounts import Refused, Registration
from chalicelib.core.password_links import account_of
from chalicelib.core.sessions import COOKIE
from chalicelib.core.users import User
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, secret, sent, text
from chalicelib.web.guards import ended_cookie, form_cookies, own_address, session_cookie
from chalicelib.web.pages import Page, go
from chalicelib.web.visits import Visit

SIGN_IN = (
    Field("email", "E-mail address", "email", autocomplete="username"),
    Field("password", "Password", "password", autocomplete="current-password"),
)
REGISTER = (
    Field("fullname", "Full name", autocomplete="name", longest=35),
    Field("name", "User name", hint="Others see it. No spaces.", autocomplete="username", longest=35),
    Field("email_addr", "E-mail address", "email", hint="To sign in with; others do not see it.", autocomplete="email"),
    Field("password", "Password", "password", hint="At least 8 characters.", autocomplete="new-password"),
    Field("confirm", "Password, once more", "password", autocomplete="new-password"),
)
NEW_PASSWORD = (
    Field("new_password", "New password", "password", hint="At least 8 characters.", autocomplete="new-password"),
    Field("confirm", "New password, once more", "password", autocomplete="new-password"),
)
FORGOTTEN = (Field("email_addr", "E-mail address", "email", autocomplete="username"),)
NO_MAIL = "This server sends no mail. Please ask the people who run this site: they can give you a link to set one."


def signin(visit: Visit) -> Page | Response:
    """`/account/signin`: with e-mail address and password, then on to `next`."""
    if visit.account is not None:
        return go(visit, "/", "signed-in")
    if visit.method != "POST":
        return _signin_page(visit, {})
    given = sent(visit)
    email_addr, password = text(given, "email"), secret(given, "password")
    missing = {one.name: ["This field is required."] for one in SIGN_IN if not given.get(one.name)}
    if missing:
        return _signin_page(visit, given, missing, "correct-errors")
    try:
        user = visit.site.accounts.authenticate(email_addr, password, visit.caller.address)
    except LookupError:
        return _signin_page(visit, given, {}, "no-such-address")
    if user is None:
        return _signin_page(visit, given, {}, "wrong-password")
    return go(visit, own_address(visit.query.get("next")), "signed-in", _signed_in(visit, user))


def _signed_in(visit: Visit, user: User) -> tuple[str, ...]:
    """The cookie of a session that begins now, whatever one the browser had before."""
    return (session_cookie(visit, visit.site.accounts.sign_in(user)),)


def _signin_page(
    visit: Visit, given: dict[str, Any], errors: dict[str, list[str]] | None = None, flash: str | None = None
) -> Page:
    onward = own_address(visit.query.get("next"))
    shown = form(visit, SIGN_IN, {"email": given.get("email")}, errors)
    keys = {
        "template": "account/signin.html",
        "form": shown.as_json(),
        "auth": {"twitter": False, "facebook": False, "google": False},
        "next": onward,
    }
    told = FLASHES[flash] if flash else None
    variables = {"form": shown, "onward": onward}
    return Page("signin.html", "Sign in", variables, keys, cookies=form_cookies(visit), flash=told)


def signout(visit: Visit) -> Page | Response:
    """`/account/signout`: ends the session. A page of another site that leads here only gets as far as a button."""
    if visit.method == "POST":
        sent(visit)
    elif visit.headers.get("sec-fetch-site") == "cross-site":
        return Page("signout.html", "Sign out", {"form": form(visit, (), {})}, cookies=form_cookies(visit))
    session = visit.site.recognition.sessions.read(visit.cookies)
    if session is not None:
        visit.site.accounts.sign_out(session)
        if session.user_id is not None:
            visit.site.volunteering.signs_out(session.user_id)
    ended = (ended_cookie(visit),) if visit.has_cookie(COOKIE) else ()
    return go(visit, "/", "signed-out", ended)


def register(visit: Visit) -> Page | Response:
    """`/account/register`: a new account, signed in at once. Nothing is sent to the address."""
    if visit.account is not None:
        return go(visit, "/", "signed-in")
    if visit.method != "POST":
        return _register_page(visit, {})
    given = sent(visit)
    texts = {name: text(given, name) for name in ("fullname", "name", "email_addr")}
    wanted = Registration(**texts, password=secret(given, "password"), confirm=secret(given, "confirm"))
    try:
        user, key = visit.site.accounts.register(wanted, visit.caller.address)
    except Refused as refused:
        return _register_page(visit, texts, refused.errors)
    onward = own_address(visit.query.get("next"))
    return go(visit, onward, "registered", _signed_in(visit, user), api_key=key)


def _register_page(visit: Visit, given: dict[str, Any], errors: dict[str, list[str]] | None = None) -> Page:
    shown = form(visit, REGISTER, given, errors)
    keys = {"template": "account/register.html", "title": "Register", "form": {**shown.as_json(), "consent": False}}
    told = FLASHES["correct-errors"] if errors else None
    variables = {"form": shown, "onward": own_address(visit.query.get("next"))}
    return Page("register.html", "Create an account", variables, keys, cookies=form_cookies(visit), flash=told)


def forgot_password(visit: Visit) -> Page:
    """`/account/forgot-password`: says whom to ask, whether or not an account has the address."""
    if visit.method == "POST":
        sent(visit)
    shown = form(visit, FORGOTTEN, {})
    keys = {"template": "account/password_forgot.html", "form": shown.as_json(), "flash": NO_MAIL, "status": "info"}
    variables = {"code": None, "text": NO_MAIL, "links": [("Sign in", "/account/signin")]}
    return Page("message.html", "A new password", variables, keys, cookies=form_cookies(visit))


def reset_password(visit: Visit) -> Page | Response:
    """`/account/reset-password?key=`: sets the password of the account that the link was made for, and signs in. Raises
    Forbidden for a key that is not good."""
    site, key = visit.site, visit.query.get("key", "")
    user = account_of(site.recognition, site.users, key)
    if visit.method != "POST":
        return _reset_page(visit, user, key)
    given = sent(visit)
    try:
        site.accounts.change_password(user, secret(given, "new_password"), secret(given, "confirm"), None)
    except Refused as refused:
        return _reset_page(visit, user, key, refused.errors)
    return go(visit, "/", "password-saved", _signed_in(visit, site.users.get(user.id) or user))


def _reset_page(visit: Visit, user: User, key: str, errors: dict[str, list[str]] | None = None) -> Page:
    shown = form(visit, NEW_PASSWORD, {}, errors)
    keys = {"template": "account/password_reset.html", "form": shown.as_json()}
    told = FLASHES["correct-errors"] if errors else None
    variables = {"form": shown, "key": key, "name": user.name}
    return Page("password_reset.html", "Set your password", variables, keys, cookies=form_cookies(visit), flash=told)
