"""A request for a page, as the pages see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.api.calls import Call
from chalicelib.core.callers import Caller
from chalicelib.core.errors import BadRequest, ContractError
from chalicelib.core.recognition import PRESENTER
from chalicelib.core.services import Services
from chalicelib.core.sessions import Session
from chalicelib.core.users import User


@dataclass(frozen=True)
class Visit:
    """One request: who asks is looked up only when a page wants to know."""

    site: Services
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    address: str
    method: str = "GET"
    read_body: Callable[[], bytes] = bytes
    request: Any = None

    @cached_property
    def caller(self) -> Caller:
        """Whoever sends the request; for a frame's document it may be the presenter's token that says so."""
        if "frame" in self.query and "token" in self.query:
            return self.site.recognition.caller(
                {"authorization": f"{PRESENTER} {self.query['token']}"}, {}, self.address
            )
        return self.site.recognition.caller(self.headers, self.query, self.address)

    @cached_property
    def account(self) -> User | None:
        """Whose page header it is; never an error, for error pages have headers too."""
        try:
            return self.caller.user
        except ContractError:
            return None

    @cached_property
    def call(self) -> Call:
        """The same request as the API's endpoints see one, for what they do already."""
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}  # forms are read here
        made = Call(self.site, self.method, self.path, {}, headers, self.address, self.request, via="web")
        made.caller = self.caller
        return made

    @cached_property
    def session(self) -> Session:
        """The browser's session; a new one when it has none, or one that its account has signed out of."""
        sessions = self.site.recognition.sessions
        found = sessions.read(self.cookies)
        if found is None or (found.user_id is not None and not self._is_live(found)):
            return sessions.new()
        return found

    def _is_live(self, session: Session) -> bool:
        if self.caller.session == session.id:
            return True
        user = self.site.users.get(session.user_id) if session.user_id is not None else None
        return user is not None and self.site.recognition.sessions.is_live(session, user)

    @property
    def cookies(self) -> str:
        return self.headers.get("cookie", "")

    @property
    def wants_json(self) -> bool:
        """Headless mode, contract web.md §1.1."""
        media_type = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return media_type == "application/json" or self.query.get("response_format") == "json"

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def destination(self) -> str:
        """Where the browser is going to show the answer ("document", "iframe", …); empty when it does not say."""
        return self.headers.get("sec-fetch-dest", "")

    @property
    def is_secure(self) -> bool:
        return self.headers.get("x-forwarded-proto", "http") == "https"

    def has_cookie(self, name: str) -> bool:
        return self.cookie(name) is not None

    def cookie(self, name: str) -> str | None:
        """The value of a cookie, as it was sent."""
        pairs = (part.strip().partition("=") for part in self.cookies.split(";"))
        return next((value for given, _, value in pairs if given == name), None)


def visit(site: Services, request: Any) -> Visit:
    """From Chalice's current request."""
    query = request.query_params or {}
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    address = request.context.get("identity", {}).get("sourceIp", "")
    path = request.context.get("path", "/")
    return Visit(site, path, dict(query), headers, address, request.method, lambda: _body(request), request)


def _body(request: Any) -> bytes:
    try:
        return bytes(request.raw_body)
    except ValueError as error:  # the REST API's text form of a body that is not text
        raise BadRequest("The body cannot be read as UTF-8.") from error
