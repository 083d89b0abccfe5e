"""`/account/<name>/update`: the profile and the password, two forms on one page told apart by `btn` (contract web.md
§3)."""

from typing import Any

from chalice.app import Response

from chalicelib.core.accounts import LOCALES, Refused, changed_profile
from chalicelib.core.errors import DataFault, IntegrityFault, Unavailable
from chalicelib.core.repositories import Changed
from chalicelib.core.users import User
from chalicelib.web.accounts import account_path, own_account
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, Form, form, secret, sent, text, ticked
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.visits import Visit

PROFILE = (
    Field("fullname", "Full name", autocomplete="name", longest=35),
    Field("name", "User name", hint="The address of your page follows it.", autocomplete="username", longest=35),
    Field("email_addr", "E-mail address", "email", autocomplete="email"),
    Field("locale", "Language", "select", options=[(locale, "English") for locale in LOCALES]),
    Field("privacy_mode", "Show others my user name only", "checkbox", required=False),
    Field("subscribed", "Send me news of projects", "checkbox", required=False),
)
RESTRICT = Field("restrict", "Hide this account (restricted)", "checkbox", required=False)
PASSWORD = (
    Field("current_password", "Current password", "password", autocomplete="current-password"),
    Field("new_password", "New password", "password", hint="At least 8 characters.", autocomplete="new-password"),
    Field("confirm", "New password, once more", "password", autocomplete="new-password"),
)
TEXTS = ("fullname", "name", "email_addr", "locale")
TICKS = ("privacy_mode", "subscribed")


def update(visit: Visit, name: str) -> Page | Response:
    """`/account/<name>/update`. Raises DataFault (415) for a `btn` that this server does not have."""
    user = own_account(visit, name)
    if visit.method != "POST":
        return _page(visit, user)
    given = sent(visit)
    button = str(given.get("btn") or visit.query.get("btn") or "").lower()
    if button == "profile":
        return _profile(visit, user, given)
    if button == "password":
        return _password(visit, user, given)
    raise DataFault("btn must be Profile or Password; pictures (Upload) and External are not taken yet.")


def _profile(visit: Visit, user: User, given: dict[str, Any]) -> Page | Response:
    wanted: dict[str, Any] = {name: text(given, name) for name in TEXTS if name in given}
    ticks = (*TICKS, "restrict") if visit.caller.admin else TICKS
    wanted |= {name: ticked(visit, given, name, getattr(user, name)) for name in ticks}
    try:
        changed = changed_profile(user, wanted)
        email_changes = changed.email_addr.lower() != user.email_addr.lower()
        visit.site.accounts.check_free(
            changed.name if changed.name != user.name else None, changed.email_addr if email_changes else None
        )
        visit.site.users.change(user, changed)
    except Refused as refused:
        return _page(visit, user, profile=form(visit, _fields(visit), {**_values(user), **wanted}, refused.errors))
    except IntegrityFault as error:  # somebody took the name at the same moment
        errors = {"name": [str(error)]}
        return _page(visit, user, profile=form(visit, _fields(visit), {**_values(user), **wanted}, errors))
    except Changed as elsewhere:
        raise Unavailable("The account changed at the same moment; send it again.") from elsewhere
    return go(visit, account_path(changed) + "update", "saved")


def _password(visit: Visit, user: User, given: dict[str, Any]) -> Page | Response:
    """The session that asks goes on; every other one of the account ends. An administrator sets another's password
    without knowing it: there is no mail to recover one by."""
    current, new, confirm = (secret(given, field.name) for field in PASSWORD)
    own = visit.caller.user_id == user.id
    try:
        if own:
            visit.site.accounts.check_current(user, current)
        visit.site.accounts.change_password(user, new, confirm, visit.caller.session if own else None)
    except Refused as refused:
        return _page(visit, user, password=form(visit, PASSWORD, {}, refused.errors))
    return go(visit, account_path(user) + "update", "password-saved")


def _fields(visit: Visit) -> tuple[Field, ...]:
    return (*PROFILE, RESTRICT) if visit.caller.admin else PROFILE


def _values(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in (*TEXTS, *TICKS, "restrict")}


def _page(visit: Visit, user: User, profile: Form | None = None, password: Form | None = None) -> Page:
    wrong = profile or password
    profile = profile or form(visit, _fields(visit), _values(user))
    password = password or form(visit, PASSWORD, {})
    keys = {
        "template": "/account/update.html",
        "title": f"Update your profile: {user.fullname}",
        "form": {"id": user.id, **profile.as_json()},
        "upload_form": {"csrf": profile.csrf, "errors": {}},
        "password_form": password.as_json(),
        "show_passwd_form": True,
    }
    shown = {"profile": profile, "password": password, "base": account_path(user)}
    told = FLASHES["correct-errors"] if wrong else None
    return Page("account_update.html", "Your account", shown, keys, cookies=form_cookies(visit), flash=told)
