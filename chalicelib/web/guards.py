"""What stands before pages that change something: a session's cookie, the CSRF token, the sign-in page, and addresses
that cannot lead to another site (contract web.md §1.9, §1.11)."""

from urllib.parse import quote, urlsplit

from chalice.app import Response

from chalicelib.core.errors import BadRequest
from chalicelib.core.sessions import COOKIE, CSRF_REFUSED, SECONDS, Session
from chalicelib.core.users import User
from chalicelib.web import flashes
from chalicelib.web.pages import redirect
from chalicelib.web.visits import Visit

CSRF_HEADERS = ("x-csrftoken", "x-csrf-token")
CSRF_FIELD = "csrf_token"


class Elsewhere(Exception):
    """The visitor has to go to another page first."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def session_cookie(visit: Visit, session: Session) -> str:
    """The `Set-Cookie` of a session: kept from scripts and from other sites' requests."""
    value = visit.site.recognition.sessions.cookie(session)
    return f"{COOKIE}={value}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure(visit)}"


def ended_cookie(visit: Visit) -> str:
    return f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure(visit)}"


def secure(visit: Visit) -> str:
    return "; Secure" if visit.is_secure else ""


def csrf_token(visit: Visit) -> str:
    """A token for a form of this visitor's session."""
    return visit.site.recognition.sessions.csrf(visit.session)


def form_cookies(visit: Visit) -> tuple[str, ...]:
    """The cookie that a form's token is bound to, when the browser does not have it yet."""
    found = visit.site.recognition.sessions.read(visit.cookies)
    return () if found == visit.session else (session_cookie(visit, visit.session),)


def check_csrf(visit: Visit, field: object) -> None:
    """Raises BadRequest unless the request is one of our own pages' or was made with an API key, which no browser sends
    by itself. `field`: the form's token."""
    caller = visit.caller
    if caller.user is not None and caller.session is None:
        return
    if not _from_our_pages(visit):
        raise BadRequest("The request comes from another site.")
    given = next((visit.headers[name] for name in CSRF_HEADERS if name in visit.headers), field)
    sessions = visit.site.recognition.sessions
    if not isinstance(given, str) or not given:
        raise BadRequest(CSRF_REFUSED)
    sessions.check_csrf(visit.session, given)


def _from_our_pages(visit: Visit) -> bool:
    """A browser names the page that a request comes from; one that does not still needs the token."""
    own = {visit.host, urlsplit(visit.site.settings.base_url).netloc}
    origin, referer = visit.headers.get("origin"), visit.headers.get("referer")
    if origin is not None:
        return urlsplit(origin).netloc in own
    return referer is None or not visit.is_secure or urlsplit(referer).netloc in own


def signed_in(visit: Visit) -> User:
    """The account of the visitor. Raises Elsewhere: to the sign-in page, and back."""
    if visit.caller.user is None or visit.caller.only_project is not None:
        raise to_sign_in(visit.path, "sign-in-first")
    return visit.caller.user


def to_sign_in(back: str, flash: str) -> Elsewhere:
    return Elsewhere(redirect(f"/account/signin?next={quote(back, safe='')}", cookies=(flashes.cookie_of(flash),)))


def own_address(address: str | None) -> str:
    """Where to go on: `address` when it is a path of this site, else the front page. Browsers read a backslash as a
    slash and leave out tabs and line ends, so that "/\\t/evil.example" would be another site."""
    if not address or not address.startswith("/") or address.startswith("//") or len(address) > 2000:
        return "/"
    if "\\" in address or any(ord(character) <= 32 or ord(character) == 127 for character in address):
        return "/"
    return quote(address, safe="/?&=%#+:;,@!$'()*~-._[]")
