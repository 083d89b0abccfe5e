"""How an endpoint's answer becomes an HTTP response (contract rest-api.md §5, §8)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from chalice.app import Response

from chalicelib.core.errors import TooLarge

JSON = "application/json"
METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
ASKABLE = frozenset({"content-type", "authorization", "idempotency-key"})
PREFLIGHT_SECONDS = 21600
MOST_BYTES = 4_500_000  # Lambda answers with at most 6 MB, in which every quotation mark counts twice


@dataclass(frozen=True)
class Answer:
    """`body` is a JSON value, or text when `media_type` is another one; `empty` sends none."""

    body: Any = None
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False

    def text(self) -> str:
        if self.empty:
            return ""
        return dumps(self.body) if self.media_type == JSON else str(self.body)


NO_CONTENT = Answer(status=204, empty=True)


def dumps(value: Any) -> str:
    """JSON in ASCII (§5): clients that guess the encoding of a body cannot guess wrong."""
    text = orjson.dumps(value)
    return text.decode() if text.isascii() else json.dumps(value, separators=(",", ":"))


def as_response(answer: Answer, extra: Mapping[str, str]) -> Response:
    """The response; raises TooLarge when Lambda could not send it."""
    text = answer.text()
    if len(text) > MOST_BYTES:
        raise TooLarge(f"The answer has {len(text)} bytes, more than can be sent; ask for fewer items with limit.")
    headers: dict[str, str | list[str]] = {"Content-Type": answer.media_type, **answer.headers, **extra}
    if "Vary" in answer.headers and "Vary" in extra:
        headers["Vary"] = f"{answer.headers['Vary']}, {extra['Vary']}"
    return Response(text, headers=headers, status_code=answer.status)


def cors_headers(headers: Mapping[str, str], preflight: bool) -> dict[str, str]:
    """The headers that let any site's scripts read the answer, without credentials (§8)."""
    origin = headers.get("origin")
    if origin is None or not origin.isprintable():
        return {"Access-Control-Allow-Origin": "*"}
    allowed = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    if not preflight or "access-control-request-method" not in headers:
        return allowed
    asked = [name.strip() for name in headers.get("access-control-request-headers", "").split(",")]
    names = ", ".join(name for name in asked if name.lower() in ASKABLE)
    return {
        **allowed,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        **({"Access-Control-Allow-Headers": names} if names else {}),
    }
