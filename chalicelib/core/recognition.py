"""From the headers of a request to its caller (contract rest-api.md §3.1–3.3), and from the caller to a contributor."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any, Protocol

from chalicelib.core.callers import Caller
from chalicelib.core.contributors import Contributor, contributor_key, pseudonym
from chalicelib.core.errors import Unauthorized
from chalicelib.core.keys import TOKEN_SECONDS, derive, sign, verify
from chalicelib.core.projects import Card
from chalicelib.core.sessions import Sessions
from chalicelib.core.users import User

PRESENTER = "Presenter"
BEARER = "bearer"
BROWSER_COOKIE = "nimbossa_browser"
BROWSER_SECONDS = 365 * 86400


class Users(Protocol):
    def get(self, user_id: int) -> User | None: ...
    def by_api_key(self, api_key: str) -> User | None: ...


class Admissions(Protocol):
    def admit(self, project_id: int, address_key: str, browser: str, most: int) -> bool:
        """Whether a browser counts as a volunteer of its own behind that address; at most `most` do."""

    def browsers(self, project_id: int, address_key: str) -> list[str]:
        """Those that do."""


class Recognition:
    """Knows callers and contributors. `clock` gives epoch seconds."""

    def __init__(self, users: Users, admissions: Admissions, secret: bytes, clock: Callable[[], float]) -> None:
        self._users = users
        self._admissions = admissions
        self._addresses = derive(secret, "addresses")
        self._contributors = derive(secret, "contributors")
        self._tokens = derive(secret, "presenter-tokens")
        self._passes = derive(secret, "passes")
        self._cookies = derive(secret, "browser-cookies")
        self.sessions = Sessions(secret, clock)
        self._clock = clock

    def caller(self, headers: Mapping[str, str], query: Mapping[str, str], source_ip: str) -> Caller:
        """The sender. A key that nobody has is not an error: the session decides (§3.1); a presenter's token that is
        not good is: Unauthorized."""
        address = pseudonym(self._addresses, source_ip)
        authorization = headers.get("authorization")
        scheme, _, rest = (authorization or "").partition(" ")
        if scheme == PRESENTER:
            return self._presenter(rest, address)
        cookies = headers.get("cookie", "")
        if scheme.lower() == BEARER:
            return replace(self._signed_in(cookies, address), bearer=rest)
        key = authorization if authorization is not None else query.get("api_key")
        user = self._users.by_api_key(key) if key else None
        return Caller(address, user=user) if user is not None else self._signed_in(cookies, address)

    def stranger(self, source_ip: str) -> Caller:
        """Somebody of whom only the network address is known."""
        return Caller(pseudonym(self._addresses, source_ip))

    def _signed_in(self, cookies: str, address: str) -> Caller:
        """Whoever the session cookie stands for, as long as the account has not signed out of it."""
        session = self.sessions.read(cookies)
        if session is None or session.user_id is None:
            return Caller(address)
        user = self._users.get(session.user_id)
        if user is None or not self.sessions.is_live(session, user):
            return Caller(address)
        return Caller(address, user=user, session=session.id)

    def _presenter(self, token: str, address: str) -> Caller:
        claims = verify(token, self._tokens, self._clock())
        user = self._users.get(claims["user"]) if claims.get("user") else None
        if claims.get("user") and user is None:
            raise Unauthorized("The account of this token is gone; sign in again.")
        return Caller(address, user=user, browser=claims.get("browser"), only_project=claims["project"])

    def presenter_token(self, card: Card, caller: Caller, browser: str | None, most_browsers: int) -> str:
        """A token that is good for one project's newtask, taskrun, userprogress and reads, for twelve hours."""
        claims = {"project": card.id, "exp": int(self._clock()) + TOKEN_SECONDS}
        if caller.user is not None:
            claims["user"] = caller.user.id
        elif browser is not None and self._told_apart(card, caller, browser, most_browsers):
            return sign({**claims, "browser": browser}, self._tokens)
        return sign(claims, self._tokens)

    def _told_apart(self, card: Card, caller: Caller, browser: str, most: int) -> bool:
        if not card.rules.tell_browsers_apart:
            return False
        address_key = contributor_key(self._contributors, f"ip:{caller.address}")
        return self._admissions.admit(card.id, address_key, browser, most)

    def browser(self, cookie_header: str) -> str | None:
        """The browser's id, when its cookie is one that this site signed."""
        try:
            morsel = SimpleCookie(cookie_header).get(BROWSER_COOKIE)
            return str(verify(morsel.value, self._cookies, self._clock())["browser"]) if morsel else None
        except (CookieError, Unauthorized, KeyError):
            return None

    def new_browser(self) -> tuple[str, str]:
        """A new browser id and its cookie's value."""
        browser = secrets.token_urlsafe(12)
        return browser, sign({"browser": browser}, self._cookies)

    def new_pass(self, claims: dict[str, Any], seconds: int) -> str:
        """A signed note that a visitor carries for so long."""
        return sign({**claims, "exp": int(self._clock()) + seconds}, self._passes)

    def read_pass(self, value: str) -> dict[str, Any]:
        """What the note says; raises Unauthorized for one that is not ours or too old."""
        return verify(value, self._passes, self._clock())

    def contributor(self, caller: Caller, project_id: int, external_uid: str | None = None) -> Contributor:
        """Who contributes to the project: an external user (already checked), an account, a browser or an address."""
        if external_uid is not None:
            return Contributor(self.external_key(project_id, external_uid), external_uid=external_uid)
        key = contributor_key(self._contributors, caller.identity)
        if caller.user is not None:
            return Contributor(key, user_id=caller.user.id)
        return Contributor(key, user_ip=caller.address)

    def account_key(self, user_id: int) -> str:
        """The key that an account contributes under, in every project."""
        return contributor_key(self._contributors, f"user:{user_id}")

    def external_key(self, project_id: int, uid: str) -> str:
        """The key that one of the project's own users contributes under."""
        return contributor_key(self._contributors, f"external:{project_id}:{uid}")

    def keys_behind(self, project_id: int, address: str) -> list[str]:
        """The keys of all who contributed without an account from an address, as runs show it: its own, and those of
        the browsers that were told apart behind it."""
        own = contributor_key(self._contributors, f"ip:{address}")
        browsers = self._admissions.browsers(project_id, own)
        return [own, *(contributor_key(self._contributors, f"browser:{browser}") for browser in sorted(browsers))]

    def external_claims(self, token: str, card: Card) -> None:
        """Check a token of the project's own users (§3.3); raises Unauthorized."""
        claims = verify(token, card.secret_key.encode(), self._clock())
        if claims.get("project_id") != card.id or claims.get("short_name") != card.short_name:
            raise Unauthorized("Wrong project")

    def external_token(self, card: Card) -> str:
        """What `/api/auth/project/<short_name>/token` gives: exactly these claims, no expiry (§3.3)."""
        return sign({"short_name": card.short_name, "project_id": card.id}, card.secret_key.encode())
