"""The signed mark that tells volunteers behind one network address apart (design §3, anonymous identity)."""

from chalicelib.core.projects import Project
from chalicelib.web.visits import Visit

COOKIE = "nimbossa_browser"
A_YEAR = 365 * 24 * 3600


def recognised_browser(visit: Visit, project: Project) -> tuple[str | None, tuple[str, ...]]:
    """The browser's id and the cookies to set for it. A project may ask not to tell browsers apart: (None, ())."""
    if not project.rules.tell_browsers_apart:
        return None, ()
    known = visit.site.browsers.recognise(visit.cookies)
    if known is not None:
        return known, ()
    value = visit.site.browsers.new()
    secure = "; Secure" if visit.is_secure else ""
    cookie = f"{COOKIE}={value}; Path=/; Max-Age={A_YEAR}; HttpOnly; SameSite=Lax{secure}"
    return visit.site.browsers.recognise(f"{COOKIE}={value}"), (cookie,)
