"""Sessions of the pages: a signed cookie, the account's list of its live sessions, and CSRF tokens (contract web.md
§1.11, §1.12; reliability.md, security list).

The cookie is made anew at each sign-in, so that one which was planted before is worth nothing after. An account's
sessions are listed with it, so that signing out ends a session wherever its cookie has been copied to.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from chalicelib.core.errors import BadRequest, Unauthorized
from chalicelib.core.keys import derive, sign, verify
from chalicelib.core.users import User

COOKIE = "nimbossa_session"
SECONDS = 14 * 86400
CSRF_SECONDS = 3600
MOST_SESSIONS = 20  # live ones of an account; the oldest end
CSRF_REFUSED = "The CSRF token is missing, wrong or older than an hour; get the form again and send its token."
ENDS = re.compile(r"(\d{1,12})\.")


@dataclass(frozen=True)
class Session:
    """One browser's session. `id` begins with the second it ends in; without `user_id`, nobody has signed in."""

    id: str
    user_id: int | None = None

    @property
    def ends(self) -> int:
        return ends_of(self.id)


def ends_of(session_id: str) -> int:
    """The second (epoch) in which a session ends; 0 for what is no session's id."""
    found = ENDS.match(session_id)
    return int(found[1]) if found else 0


def surplus(sessions: frozenset[str], now: float) -> frozenset[str]:
    """Those of an account's sessions that make room for one more: ended ones, and the oldest of too many."""
    live = sorted((one for one in sessions if ends_of(one) > now), key=ends_of)
    return sessions - set(live[-(MOST_SESSIONS - 1) :])


class Sessions:
    """Makes and reads session cookies and CSRF tokens. `clock` gives epoch seconds."""

    def __init__(self, secret: bytes, clock: Callable[[], float]) -> None:
        self._cookies = derive(secret, "sessions")
        self._csrf = derive(secret, "csrf")
        self._clock = clock

    def new(self, user_id: int | None = None) -> Session:
        """A session that nobody else can know of."""
        return Session(f"{int(self._clock()) + SECONDS}.{secrets.token_urlsafe(16)}", user_id)

    def cookie(self, session: Session) -> str:
        """The cookie's value."""
        claims = {"session": session.id, "exp": session.ends}
        return sign(claims if session.user_id is None else {**claims, "user": session.user_id}, self._cookies)

    def read(self, cookie_header: str) -> Session | None:
        """The session whose cookie came with a request; None without one that this site signed and that lasts.
        Whether the account still lists it is for `is_live` to say."""
        if COOKIE not in cookie_header:
            return None
        try:
            morsel = SimpleCookie(cookie_header).get(COOKIE)
            claims = verify(morsel.value, self._cookies, self._clock()) if morsel else {}
            return Session(str(claims["session"]), claims.get("user"))
        except (CookieError, Unauthorized, KeyError):
            return None

    def is_live(self, session: Session, user: User) -> bool:
        """Whether the account has not signed out of it."""
        return session.id in user.sessions and session.ends > self._clock()

    def csrf(self, session: Session) -> str:
        """A token for the session's forms, good for an hour."""
        return sign({"csrf": session.id, "exp": int(self._clock()) + CSRF_SECONDS}, self._csrf)

    def check_csrf(self, session: Session | None, token: str) -> None:
        """Raises BadRequest unless the token is the session's and fresh."""
        try:
            claims = verify(token, self._csrf, self._clock())
        except Unauthorized as error:
            raise BadRequest(CSRF_REFUSED) from error
        if session is None or claims.get("csrf") != session.id:
            raise BadRequest(CSRF_REFUSED)
