"""Accounts as pages and their JSON show them (contract web.md §1.15)."""

from typing import Any

from chalicelib.core.users import User

PUBLIC_INFO = ("avatar", "container", "extra", "avatar_url")
PUBLIC = ("created", "name", "fullname", "locale")
PRIVATE = ("id", "name", "fullname", "created", "info", "admin", "locale", "email_addr", "restrict")
UNCOUNTED = ("n_answers", "registered_ago", "rank", "score")


def public_user(user: User | None) -> dict[str, Any] | None:
    """What everybody may know; None of an account that is gone or restricted. A name in full only of those who do not
    keep to themselves."""
    if user is None or user.restrict:
        return None
    hidden = {"fullname": None, "created": None} if user.privacy_mode else {}
    info = {key: user.info[key] for key in PUBLIC_INFO if key in user.info}
    return {name: getattr(user, name) for name in PUBLIC} | hidden | {"info": info} | dict.fromkeys(UNCOUNTED)


def private_user(user: User) -> dict[str, Any]:
    """One's own record. The API key is shown when it is made and never again, so here it is null; addresses are not
    confirmed by mail, so they count as valid (contract events.md §5, confirmation disabled)."""
    return {
        **{name: getattr(user, name) for name in PRIVATE},
        "api_key": None,
        "valid_email": True,
        "confirmation_email_sent": False,
        "total": None,
        **dict.fromkeys(UNCOUNTED),
    }
