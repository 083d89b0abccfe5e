"""One table from exception to answer, in the shape of contract rest-api.md §6.1."""

from typing import Any

import orjson
from chalice.app import Response

from chalicelib.core.errors import ContractError

JSON = "application/json"


def failure(error: ContractError, action: str, target: str) -> dict[str, Any]:
    """The body of an error answer (§6.1)."""
    return {
        "action": action,
        "status": "failed",
        "status_code": error.status,
        "target": target,
        "exception_cls": error.name,
        "exception_msg": str(error),
    }


def as_response(error: ContractError, action: str, target: str) -> Response:
    body = orjson.dumps(failure(error, action, target)).decode()
    return Response(body, headers={"Content-Type": JSON}, status_code=error.status)


def _bare(status: int, name: str, message: str, action: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    body = {
        "action": action,
        "status": "failed",
        "status_code": status,
        "target": target,
        "exception_cls": name,
        "exception_msg": message,
    }
    return {
        "statusCode": status,
        "headers": {"Content-Type": JSON, "Access-Control-Allow-Origin": "*", **headers},
        "cookies": [],
        "body": orjson.dumps(body).decode(),
        "isBase64Encoded": False,
    }


def not_found(method: str, path: str) -> dict[str, Any]:
    """The function-URL answer for a path that no route has."""
    return _bare(404, "NotFound", "404 Not Found: no such address; /api/docs lists the API's", method, path, {})


def method_not_allowed(method: str, path: str, allowed: list[str]) -> dict[str, Any]:
    """The function-URL answer for a method that the route lacks."""
    names = ", ".join(allowed)
    return _bare(405, "MethodNotAllowed", f"405 Method Not Allowed: use {names}", method, path, {"Allow": names})
