"""Who answers in the frame: an account, a browser told apart from others behind its address, or an address.

The page's own caller has a session or a key; the presenter gets a token instead, and the seats that a page takes must
be the same volunteer's as those that the frame asks for. So the page reads its own token back.
"""

from dataclasses import dataclass

from chalicelib.core.callers import Caller
from chalicelib.core.projects import Project
from chalicelib.core.recognition import BROWSER_COOKIE, BROWSER_SECONDS, PRESENTER
from chalicelib.web.visits import Visit


@dataclass(frozen=True)
class Volunteer:
    """The frame's token, whom the API takes its bearer for, and the cookies that make the browser known next time."""

    token: str
    caller: Caller
    cookies: tuple[str, ...] = ()

    @property
    def shared(self) -> bool:
        """Others behind the same address are the same volunteer, and hold the same leases."""
        return self.caller.user is None and self.caller.browser is None


def volunteer(visit: Visit, project: Project) -> Volunteer:
    """The visitor as a volunteer of this project."""
    recognition = visit.site.recognition
    browser, cookies = _browser(visit, project)
    token = recognition.presenter_token(project.card, visit.caller, browser, visit.site.settings.browsers_per_address)
    caller = recognition.caller({"authorization": f"{PRESENTER} {token}"}, {}, visit.address)
    return Volunteer(token, caller, cookies)


def _browser(visit: Visit, project: Project) -> tuple[str | None, tuple[str, ...]]:
    """The browser's id and the cookie to set; neither when the project does not tell browsers apart."""
    if visit.caller.user is not None or not project.rules.tell_browsers_apart:
        return None, ()
    known = visit.site.recognition.browser(visit.cookies)
    if known is not None:
        return known, ()
    browser, value = visit.site.recognition.new_browser()
    secure = "; Secure" if visit.is_secure else ""
    cookie = f"{BROWSER_COOKIE}={value}; Path=/; Max-Age={BROWSER_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    return browser, (cookie,)
