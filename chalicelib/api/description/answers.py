"""What each operation can answer: its success, the errors that it names, and those that every route can meet."""

from typing import Any

from chalicelib.api.description.fields import TEXT, Schema, reference
from chalicelib.api.description.shapes import MEDIA_TYPES
from chalicelib.api.operations import Operation, Place, Who

WHY = {
    200: "Done.",
    202: "It is done in the background; the answer says where it stands.",
    204: "Deleted; there is no body.",
    302: "Sent on to the file.",
    304: "Still what `If-None-Match` names; there is no body.",
    308: "Sent on.",
    400: "A reserved key in the body.",
    401: "The caller must sign in or send a key, or what they sent is not good.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    405: "Never possible.",
    409: "The `Idempotency-Key` came with another body before.",
    413: "The body, or the answer, is too large.",
    415: "A value or a key that cannot be taken; `exception_cls` and `exception_msg` say which.",
    429: "Too many requests; `X-RateLimit-Reset` says when to go on.",
    500: "A defect of ours.",
    503: "Too much was going on; nothing was stored. Send it again in a moment.",
}
READABLE = "Access-Control-Allow-Origin"
COUNTED = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
NUMBER: Schema = {"type": "integer", "minimum": 0}
HEADERS: dict[str, Any] = {
    "X-RateLimit-Limit": {"description": "Requests per window.", "schema": NUMBER, "required": True},
    "X-RateLimit-Remaining": {"description": "Requests left in this window.", "schema": NUMBER, "required": True},
    "X-RateLimit-Reset": {"description": "Its end, in epoch seconds.", "schema": NUMBER, "required": True},
    "ETag": {"description": "Send it as If-None-Match.", "schema": TEXT, "required": True},
    "Location": {"description": "Where it is.", "schema": TEXT, "required": True},
    READABLE: {"description": "Scripts of any site may read.", "schema": TEXT, "required": True},
}
BEFORE_COUNTING = frozenset({401, 500, 503})  # may be answered before the request is counted


def statuses(place: Place, operation: Operation, method: str, path: str) -> list[int]:
    """Every status that the operation can answer with."""
    found = {500, 503, *operation.errors, *operation.refusals}
    found |= {401, 429} if place.limited else set()
    found |= {304} if operation.tagged else set()
    found |= {409, 413, 415} if method == "POST" else set()
    found |= {404} if "{" in path else set()
    found |= {operation.status} if operation.who is not Who.NOBODY else set()
    return sorted(found)


def responses(place: Place, operation: Operation, method: str, path: str) -> dict[str, Any]:
    """The Responses object."""
    return {str(status): _response(place, operation, status) for status in statuses(place, operation, method, path)}


def usual_errors() -> dict[str, Any]:
    """The answers that many operations share, by the names that `_response` points at."""
    return {
        _name(status, counted): {"description": why, "headers": _headers(counted, status), **_error(reference("Error"))}
        for status, why in WHY.items()
        if status >= 400
        for counted in (True, False)
    }


def _response(place: Place, operation: Operation, status: int) -> dict[str, Any]:
    if status in operation.refusals:
        error = {"anyOf": [reference("Error"), reference(operation.refusals[status])]}
        return {"description": WHY[status], "headers": _headers(place.limited, status), **_error(error)}
    if status >= 400:
        return {"$ref": f"#/components/responses/{_name(status, place.limited)}"}
    extra = ["ETag"] if operation.tagged else []
    extra += ["Location"] if status in (302, 308) else []
    found = {"description": WHY[status], "headers": _headers(place.limited, status, *extra)}
    has_body = operation.answer is not None and status == operation.status
    return {**found, "content": content(operation.answer or "")} if has_body else found


def _name(status: int, counted: bool) -> str:
    return f"{status}" if counted else f"{status}Uncounted"


def _headers(counted: bool, status: int, *extra: str) -> dict[str, Any]:
    names = [name for name in COUNTED if counted and status not in BEFORE_COUNTING]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (READABLE, *names, *extra)}


def _error(schema: Schema) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def content(shape: str) -> dict[str, Any]:
    """The media type and the schema of a named shape."""
    if shape in MEDIA_TYPES:
        return {MEDIA_TYPES[shape]: {"schema": TEXT}}
    listed = shape.startswith("[")
    one = reference(shape.strip("[]"))
    return {"application/json": {"schema": {"type": "array", "items": one} if listed else one}}
