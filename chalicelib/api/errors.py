"""One table from exception to answer, in the shape of contract rest-api.md §6.1."""

from typing import Any

import orjson

from chalicelib.api.answers import JSON, Answer
from chalicelib.core.errors import ContractError


def failure(status: int, name: str, message: str, action: str, target: str) -> dict[str, Any]:
    """The body of an error answer (§6.1)."""
    return {
        "action": action,
        "status": "failed",
        "status_code": status,
        "target": target,
        "exception_cls": name,
        "exception_msg": message,
    }


def error_answer(error: ContractError, action: str, target: str) -> Answer:
    """The answer to an error that callers are meant to meet."""
    return Answer(failure(error.status, error.name, str(error), action, target), error.status)


def defect_answer(error: Exception, action: str, target: str) -> Answer:
    """The answer to a defect of ours: its class and nothing of its text, which is in the log."""
    text = "Something went wrong on our side. Nothing more is known to be stored; try again in a moment."
    return Answer(failure(500, type(error).__name__, text, action, target), 500)


def _bare(status: int, name: str, message: str, action: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": JSON, "Access-Control-Allow-Origin": "*", **headers},
        "cookies": [],
        "body": orjson.dumps(failure(status, name, message, action, target)).decode(),
        "isBase64Encoded": False,
    }


def not_found(method: str, path: str) -> dict[str, Any]:
    """The function-URL answer for a path that no route has."""
    return _bare(404, "NotFound", "404 Not Found: no such address; /api/docs lists the API's", method, path, {})


def method_not_allowed(method: str, path: str, allowed: list[str]) -> dict[str, Any]:
    """The function-URL answer for a method that the route lacks."""
    names = ", ".join(allowed)
    return _bare(405, "MethodNotAllowed", f"405 Method Not Allowed: use {names}", method, path, {"Allow": names})
