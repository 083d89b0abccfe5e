"""Links that let whoever has one set an account's password, once (contract web.md §3, reset-password). Administrators
make them: this server sends no mail."""

import hashlib

from chalicelib.core.errors import Forbidden, Unauthorized
from chalicelib.core.recognition import Recognition
from chalicelib.core.repositories import Users
from chalicelib.core.users import User

SECONDS = 86_400
PATH = "/account/reset-password?key="
REFUSED = "This link has been used, is older than a day, or was not made here. Ask for a new one."


def password_link(recognition: Recognition, users: Users, user: User) -> str:
    """The link's path on the site. It ends as soon as the account has another password than now."""
    claims = {"reset": user.id, "of": _mark(users, user.id)}
    return PATH + recognition.new_pass(claims, SECONDS)


def account_of(recognition: Recognition, users: Users, key: str) -> User:
    """Whose password the link's key sets. Raises Forbidden."""
    try:
        claims = recognition.read_pass(key)
    except Unauthorized as error:
        raise Forbidden(REFUSED) from error
    found = users.get(claims["reset"]) if isinstance(claims.get("reset"), int) else None
    if found is None or claims.get("of") != _mark(users, found.id):
        raise Forbidden(REFUSED)
    return found


def _mark(users: Users, user_id: int) -> str:
    """Differs for each password that the account has had: the stored hash is salted."""
    return hashlib.sha256((users.password_of(user_id) or "").encode()).hexdigest()[:32]
