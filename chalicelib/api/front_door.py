"""The door that HTTP comes in by: function-URL events become what Chalice expects, whatever thread they arrive on.

A function URL sends payload format 2.0 (AWS: "Invoking Lambda function URLs", request and response payloads); Chalice
reads the REST API's format 1.0. The REST API front door needs no translation, so 1.0 events pass through.
"""

import base64
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from chalice.app import Chalice

from chalicelib.api.compression import compress
from chalicelib.api.errors import method_not_allowed, not_found
from chalicelib.core.services import Services

Event = Mapping[str, Any]
Answer = dict[str, Any]

LOST_PAGE = "/404"
BINARY_TYPES = ["application/octet-stream", "image/*", "font/*", "audio/*", "video/*", "application/zip"]


class FrontDoor(Chalice):
    """A Chalice app that understands function URLs, answers 404 and 405 in the API's error shape, and keeps the
    current request per thread (Chalice keeps one per app, which only fits Lambda's one request at a time)."""

    def __init__(self, app_name: str, services: Services) -> None:
        self._of_this_thread = threading.local()
        super().__init__(app_name=app_name)
        self.services = services
        self.api.binary_types = BINARY_TYPES

    @property
    def current_request(self) -> Any:
        return getattr(self._of_this_thread, "request", None)

    @current_request.setter
    def current_request(self, request: Any) -> None:
        self._of_this_thread.request = request

    @property
    def lambda_context(self) -> Any:
        return getattr(self._of_this_thread, "context", None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        self._of_this_thread.context = context

    def __call__(self, event: Any, context: Any) -> Any:
        if event.get("version") != "2.0":
            return super().__call__(event, context)
        answer = self._answer(event, context)
        return _without_body(answer) if event["requestContext"]["http"]["method"] == "HEAD" else answer

    def _answer(self, event: Event, context: Any) -> Answer:
        request = event["requestContext"]["http"]
        path, method = unquote(request["path"]), request["method"]
        match = self._match(path) or self._lost_page(method, path)
        if match is None:
            return not_found(method, path)
        resource, captured = match
        verb = "GET" if method == "HEAD" else method
        if verb not in self.routes[resource]:
            heads = {"HEAD"} if "GET" in self.routes[resource] else set()
            return method_not_allowed(method, path, sorted(heads | self.routes[resource].keys()))
        answer: Answer = super().__call__(_as_rest_event(event, resource, captured, verb), context)
        return compress(_as_function_url_answer(answer), _accepted_encodings(event))

    def _lost_page(self, method: str, path: str) -> tuple[str, dict[str, str]] | None:
        """The page that says so to people whose address leads nowhere; the API answers in its own shape."""
        is_page = method in ("GET", "HEAD") and path.split("/")[1:2] != ["api"]
        return (LOST_PAGE, {}) if is_page and LOST_PAGE in self.routes else None

    def _match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route whose segments fit, literal ones before captured ones; None when there is none."""
        parts = path.split("/")
        best: tuple[int, str, dict[str, str]] | None = None
        for resource in self.routes:
            captured = _fit(resource.split("/"), parts)
            if captured is not None and (best is None or len(captured) < best[0]):
                best = (len(captured), resource, captured)
        return best and best[1:]


def _fit(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    captured = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{") and part:
            captured[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return captured


def _as_rest_event(event: Event, resource: str, captured: dict[str, str], verb: str) -> Answer:
    context = event["requestContext"]
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True, errors="replace"):
        query.setdefault(key, []).append(value)
    headers = dict(event.get("headers", {}))
    headers.setdefault("accept", "*/*")
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    return {
        "resource": resource,
        "path": context["http"]["path"],
        "multiValueQueryStringParameters": query or None,
        "headers": headers,
        "pathParameters": captured,
        "stageVariables": None,
        "body": event.get("body"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": verb,
            "identity": {"sourceIp": context["http"].get("sourceIp", "")},
            "domainName": context.get("domainName", ""),
            "requestId": context.get("requestId", ""),
            "path": context["http"]["path"],
        },
    }


def _accepted_encodings(event: Event) -> str:
    named = {name.lower(): value for name, value in event.get("headers", {}).items()}
    return str(named.get("accept-encoding", ""))


def _as_function_url_answer(answer: Answer) -> Answer:
    headers = {key: str(value) for key, value in answer.get("headers", {}).items()}
    cookies = [value for values in answer.get("multiValueHeaders", {}).values() for value in values]
    for name in [key for key in headers if key.lower() == "set-cookie"]:
        cookies.append(headers.pop(name))
    return {
        "statusCode": answer["statusCode"],
        "headers": headers,
        "cookies": cookies,
        "body": answer.get("body", ""),
        "isBase64Encoded": bool(answer.get("isBase64Encoded")),
    }


def _without_body(answer: Answer) -> Answer:
    """What HEAD gets: a body after it would be taken for the next answer of the connection."""
    headers = {**answer["headers"], "Content-Length": str(_body_length(answer))}
    return {**answer, "headers": headers, "body": "", "isBase64Encoded": False}


def _body_length(answer: Answer) -> int:
    body = answer["body"]
    return len(base64.b64decode(body)) if answer["isBase64Encoded"] else len(body.encode())
