"""A project's own users, who come with a JSON Web Token (contract rest-api.md §3.3)."""

import hmac
from collections.abc import Mapping

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.errors import Forbidden, NotFound, Unauthorized

SIGNATURE = "Signature verification failed"


def bearer_problem(headers: Mapping[str, str]) -> str | None:
    """What is wrong with the form of the Authorization header; None when it holds a token."""
    words = headers.get("authorization", "").split()
    if not words:
        return "Missing Authorization header"
    if words[0].lower() != "bearer":
        return "Authorization header must start with      Bearer"
    if len(words) == 1:
        return "Token not found"
    return None if len(words) == 2 else "Authorization header must be Bearer + token"


def check_bearer(headers: Mapping[str, str]) -> Answer | None:
    """The refusal of a header that holds no token, in newtask's own shape."""
    problem = bearer_problem(headers)
    return _refusal("invalid_header", problem) if problem else None


def refused_token(error: Unauthorized) -> Answer:
    """The refusal of a token that does not fit."""
    text = str(error)
    return _refusal("Wrong project", SIGNATURE) if text == "Wrong project" else _refusal("Decode error", text)


def _refusal(code: str, description: str) -> Answer:
    return Answer({"code": code, "description": description}, 401)


def token(call: Call, short_name: str) -> Answer:
    """`GET /api/auth/project/<short_name>/token`: the project's key gives a token for its users."""
    key = call.headers.get("authorization")
    if not key:
        raise Forbidden("Send the project's secret_key in the Authorization header.")
    project = call.services.projects.by_short_name(short_name)
    if project is None or not hmac.compare_digest(project.secret_key.encode(), key.encode()):
        raise NotFound("there is no such project with that secret_key")
    return Answer(call.services.recognition.external_token(project.card), media_type="text/html")
