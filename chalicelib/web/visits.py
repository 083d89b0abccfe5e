"""A request for a page, as the pages see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.core.callers import Caller
from chalicelib.core.recognition import PRESENTER
from chalicelib.core.services import Services


@dataclass(frozen=True)
class Visit:
    """One request: who asks is looked up only when a page wants to know."""

    site: Services
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    address: str

    @cached_property
    def caller(self) -> Caller:
        """Whoever sends the request; for a frame's document it may be the presenter's token that says so."""
        if "frame" in self.query and "token" in self.query:
            return self.site.recognition.caller(
                {"authorization": f"{PRESENTER} {self.query['token']}"}, {}, self.address
            )
        return self.site.recognition.caller(self.headers, self.query, self.address)

    @property
    def cookies(self) -> str:
        return self.headers.get("cookie", "")

    @property
    def wants_json(self) -> bool:
        """Headless mode, contract web.md §1.1."""
        media_type = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return media_type == "application/json" or self.query.get("response_format") == "json"

    @property
    def destination(self) -> str:
        """Where the browser is going to show the answer ("document", "iframe", …); empty when it does not say."""
        return self.headers.get("sec-fetch-dest", "")

    @property
    def is_secure(self) -> bool:
        return self.headers.get("x-forwarded-proto", "http") == "https"

    def has_cookie(self, name: str) -> bool:
        return any(part.strip().partition("=")[0] == name for part in self.cookies.split(";"))


def visit(site: Services, request: Any) -> Visit:
    """From Chalice's current request."""
    query = request.query_params or {}
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    address = request.context.get("identity", {}).get("sourceIp", "")
    return Visit(site, request.context.get("path", "/"), dict(query), headers, address)
