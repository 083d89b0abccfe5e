"""One request to the API, as its endpoints see it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalicelib.api.forms import Form, is_form, parse_form
from chalicelib.core.audit import Author, author_of
from chalicelib.core.callers import Caller
from chalicelib.core.documents import parse_object
from chalicelib.core.errors import AttributeFault, NotFound, Unauthorized, ValueFault
from chalicelib.core.listing import Budget
from chalicelib.core.repeats import Claim
from chalicelib.core.services import Services

HOST = re.compile(r"[A-Za-z0-9.\-_]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
MOST_ID_DIGITS = 16


@dataclass
class Call:
    """A request. A query parameter given twice has its first value (§4.2); header names are in lower case."""

    services: Services
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    source_ip: str
    request: Any = field(repr=False)
    claim: Claim | None = None  # of a POST with an Idempotency-Key
    via: str = "api"  # or "web": the door that it came in by

    @cached_property
    def budget(self) -> Budget:
        """The time for a list's reading, from the first time it is asked for."""
        return Budget(self.services.clock)

    @cached_property
    def caller(self) -> Caller:
        """Who sends it; raises Unauthorized for a presenter's token that is not good."""
        return self.services.recognition.caller(self.headers, self.query, self.source_ip)

    @property
    def author(self) -> Author:
        """Whose change it is, for the audit log."""
        return author_of(self.caller, self.via)

    @property
    def counted(self) -> Caller:
        """Whose rate limit the request counts for: an address's when it comes with a token that is not good."""
        try:
            return self.caller
        except Unauthorized:
            return self.services.recognition.stranger(self.source_ip)

    @property
    def body(self) -> bytes:
        try:
            return bytes(self.request.raw_body)
        except ValueError as error:  # the REST API's text form of a body that is not text
            raise ValueFault("The body cannot be read as UTF-8.") from error

    @cached_property
    def form(self) -> Form | None:
        """The form of a multipart body; None for any other. Raises ValueFault, TooLarge."""
        content_type = self.headers.get("content-type", "")
        return parse_form(self.body, content_type) if is_form(content_type) else None

    def document(self) -> dict[str, Any]:
        """The JSON object in the body; raises ValueFault, TooLarge."""
        return parse_object(self.body)

    @cached_property
    def site(self) -> str:
        """The address of the site, without a slash at the end: as configured, else as the caller named it."""
        configured = self.services.settings.base_url
        if configured:
            return configured.rstrip("/")
        host = self.headers.get("host", "")
        if not HOST.fullmatch(host):
            host = self.request.context.get("domainName") or "localhost"
        scheme = "https" if self.headers.get("x-forwarded-proto", "http").split(",")[0].strip() == "https" else "http"
        return f"{scheme}://{host}"


def call_of(services: Services, request: Any) -> Call:
    """From Chalice's current request."""
    given = request.query_params
    query = {key: given.getlist(key)[0] for key in given} if given else {}
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    address = request.context.get("identity", {}).get("sourceIp", "")
    return Call(services, request.method, request.context.get("path", request.path), query, headers, address, request)


def number_in_path(text: str) -> int:
    """An id in the path; raises NotFound for anything that is no id (§1)."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_ID_DIGITS):
        raise NotFound(f"{text[:80]!r} is not an id; ids are whole numbers")
    return int(text)


def number_in_query(query: Mapping[str, str], name: str, default: int | None) -> int:
    """A whole number among the query's parameters; raises AttributeFault when it is missing and there is no default,
    ValueFault when it is none."""
    text = query.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise AttributeFault(f"{name} is missing in the query.")
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_ID_DIGITS):
        raise ValueFault(f"{name} must be a whole number, 0 or more.")
    return int(text)
