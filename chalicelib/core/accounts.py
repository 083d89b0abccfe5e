"""Accounts that people make for themselves: what may be registered and changed, and signing in (contract web.md §1.14,
§3)."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.core.errors import IntegrityFault
from chalicelib.core.keys import new_api_key
from chalicelib.core.moments import timestamp
from chalicelib.core.passwords import MOST_BYTES, hashed_password, is_password
from chalicelib.core.repositories import Users
from chalicelib.core.sessions import Session, Sessions
from chalicelib.core.throttle import PER_ACCOUNT, PER_NETWORK, Throttle
from chalicelib.core.users import User

NAME = re.compile(r"[^\s$#&\\/|]+")
ADDRESS = re.compile(r"[^@\s<>\",;:\\()]+@[^@\s<>\",;:\\()]+\.[^@\s<>\",;:\\()]+")
# The first segments of the site's own paths under /account/, which a name would hide.
RESERVED = frozenset(
    {
        *("page", "signin", "signout", "confirm-email", "register", "newsletter"),
        *("profile", "reset-password", "forgot-password", "save_metadata"),
    }
)
SHORTEST, LONGEST = 3, 35
LONGEST_ADDRESS = 254
SHORTEST_PASSWORD = 8
LOCALES = ("en",)

Errors = dict[str, list[str]]


class Refused(Exception):
    """What a form says cannot be done; `errors` holds texts by field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


class Registration(msgspec.Struct, frozen=True):
    """What somebody gives who makes an account."""

    fullname: str
    name: str
    email_addr: str
    password: str
    confirm: str


class Accounts:
    """Registers, signs in and out, changes passwords. `clock` gives epoch seconds."""

    def __init__(self, users: Users, sessions: Sessions, throttle: Throttle, clock: Callable[[], float]) -> None:
        self._users = users
        self._sessions = sessions
        self._throttle = throttle
        self._clock = clock

    def register(self, given: Registration, address: str) -> tuple[User, str]:
        """The new account and its API key, which nobody can see again. Raises Refused, TooManyRequests."""
        self._throttle.take(f"register:{address}", PER_NETWORK)
        errors = identity_errors(given.fullname, given.name, given.email_addr)
        errors |= password_errors(given.password, given.confirm, "password")
        if errors:
            raise Refused(errors)
        self.check_free(given.name, given.email_addr)
        key, now = new_api_key(), timestamp(self._clock())
        user = User(self._users.next_id(), now, given.name, given.fullname, given.email_addr)
        try:
            self._users.create(user, key, hashed_password(given.password))
        except IntegrityFault as error:  # somebody took it at the same moment
            raise Refused({"name": [str(error)]}) from error
        return user, key

    def check_free(self, name: str | None, email_addr: str | None) -> None:
        """Raises Refused when another account has the name or address; None: not asked."""
        errors: Errors = {}
        if name is not None and self._users.by_name(name) is not None:
            errors["name"] = ["The user name is already taken"]
        if email_addr is not None and self._users.by_email(email_addr) is not None:
            errors["email_addr"] = ["Email is already taken"]
        if errors:
            raise Refused(errors)

    def authenticate(self, email_addr: str, password: str, address: str) -> User | None:
        """Whose password it is, None when it is wrong. Raises LookupError for an address that no account has,
        TooManyRequests."""
        guessed, network = f"account:{email_addr.lower()}", f"network:{address}"
        self._throttle.take(network, PER_NETWORK)
        self._throttle.take(guessed, PER_ACCOUNT)
        user = self._users.by_email(email_addr)
        if user is None:
            raise LookupError(email_addr)
        if not is_password(password, self._users.password_of(user.id)):
            return None
        self._throttle.give_back(network)
        self._throttle.give_back(guessed)
        return user

    def sign_in(self, user: User) -> Session:
        """A new session of the account, whatever session the browser had."""
        session = self._sessions.new(user.id)
        self._users.open_session(user, session.id, self._clock())
        return session

    def sign_out(self, session: Session) -> None:
        """Ends the session, wherever its cookie has been copied to."""
        if session.user_id is not None:
            self._users.close_session(session.user_id, session.id)

    def change_password(self, user: User, new: str, confirm: str, session: str | None) -> None:
        """Ends every session but that of id `session`. Raises Refused."""
        errors = password_errors(new, confirm, "new_password")
        if errors:
            raise Refused(errors)
        self._users.set_password(user.id, hashed_password(new), session)

    def check_current(self, user: User, current: str) -> None:
        """Whoever changes the password has to know it, unless there is none yet. Raises Refused, TooManyRequests."""
        stored, guessed = self._users.password_of(user.id), f"account:{user.email_addr.lower()}"
        if stored is None:
            return
        self._throttle.take(guessed, PER_ACCOUNT)
        if not is_password(current, stored):
            raise Refused({"current_password": ["Your current password doesn't match"]})
        self._throttle.give_back(guessed)

    def reset_api_key(self, user: User) -> str:
        """The new key, shown now and never again."""
        key = new_api_key()
        self._users.reset_api_key(user, key)
        return key


def identity_errors(fullname: str, name: str, email_addr: str) -> Errors:
    """What is wrong with a full name, a user name and an e-mail address (contract §3, register)."""
    errors: Errors = {}
    for field, value in (("fullname", fullname), ("name", name)):
        if not SHORTEST <= len(value) <= LONGEST or not value.isprintable():
            errors[field] = [f"This must be between {SHORTEST} and {LONGEST} characters long"]
    if name in RESERVED:
        errors["name"] = ["This name is used by the system."]
    elif "name" not in errors and (not NAME.fullmatch(name) or name in {"..", "..."}):
        errors["name"] = ["$ # & \\ / | and space symbols are forbidden"]
    if not (SHORTEST <= len(email_addr) <= LONGEST_ADDRESS and email_addr.isprintable()):
        errors["email_addr"] = [f"Email must be between {SHORTEST} and {LONGEST_ADDRESS} characters long"]
    elif not ADDRESS.fullmatch(email_addr):
        errors["email_addr"] = ["Invalid email address."]
    return errors


def password_errors(password: str, confirm: str, field: str) -> Errors:
    """What is wrong with a new password, under the name of its field."""
    if len(password) < SHORTEST_PASSWORD:
        return {field: [f"Use at least {SHORTEST_PASSWORD} characters; a few words make a good one"]}
    if len(password.encode()) > MOST_BYTES:
        return {field: [f"At most {MOST_BYTES} bytes are taken"]}
    return {} if password == confirm else {field: ["Passwords must match"]}


def changed_profile(user: User, given: dict[str, Any]) -> User:
    """The account with what its profile form says. Raises Refused."""
    changed = msgspec.structs.replace(user, **given)
    errors = identity_errors(changed.fullname, changed.name, changed.email_addr)
    if changed.locale not in LOCALES:
        errors["locale"] = [f"This site speaks {', '.join(LOCALES)}"]
    if errors:
        raise Refused(errors)
    return changed
