"""Function-URL events made from WSGI requests, and answers made from what the function returns.

AWS: "Invoking Lambda function URLs", request and response payload format 2.0.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

Environ = Mapping[str, Any]
TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


class Answer(NamedTuple):
    """An HTTP answer as WSGI wants it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def as_event(environ: Environ, body: bytes) -> dict[str, Any]:
    """The event that a function URL would send for this request."""
    headers = _headers(environ)
    cookies = headers.pop("cookie", "")
    text = _as_text(body, headers.get("content-type", ""))
    query = environ.get("QUERY_STRING", "")
    # The target as it was sent, percent-encoded; WSGI's PATH_INFO is decoded.
    path = urlsplit(environ.get("REQUEST_URI") or "/").path or "/"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _context(environ, headers, path),
        "isBase64Encoded": text is None,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if query:
        event["queryStringParameters"] = _joined(query)
    if body:
        event["body"] = base64.b64encode(body).decode() if text is None else text
    return event


def _headers(environ: Environ) -> dict[str, str]:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    client = environ.get("REMOTE_ADDR", "")
    before = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{before}, {client}" if before else client
    headers["x-forwarded-proto"] = environ["wsgi.url_scheme"]
    return headers


def _context(environ: Environ, headers: Mapping[str, str], path: str) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": "anonymous",
        "apiId": "local",
        "domainName": headers.get("host", ""),
        "domainPrefix": "local",
        "http": {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": environ.get("REMOTE_ADDR", ""),
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": "$default",
        "stage": "$default",
        "time": formatdate(now, usegmt=True),
        "timeEpoch": int(now * 1000),
    }


def _as_text(body: bytes, content_type: str) -> str | None:
    """The body as text where a function URL sends it so; None where it sends Base64."""
    kind = content_type.partition(";")[0].strip().lower()
    if body and not (kind.startswith("text/") or kind in TEXT_TYPES):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _joined(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for key, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        values.setdefault(key, []).append(value)
    return {key: ",".join(several) for key, several in values.items()}


def as_answer(returned: Mapping[str, Any]) -> Answer:
    """The HTTP answer that a function URL would give for what the function returned."""
    code = int(returned["statusCode"])
    text = returned.get("body") or ""
    body = base64.b64decode(text) if returned.get("isBase64Encoded") else text.encode()
    headers = [(name, str(value)) for name, value in (returned.get("headers") or {}).items()]
    headers += [("Set-Cookie", cookie) for cookie in returned.get("cookies") or []]
    if not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(body))))
    return Answer(f"{code} {_phrase(code)}", headers, body)


def _phrase(code: int) -> str:
    return HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "Unknown"
