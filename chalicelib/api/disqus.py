"""`GET /api/disqus/sso` (contract rest-api.md §9.15)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.errors import MethodNotAllowed


def sso(call: Call) -> Answer:
    """Who the caller is, signed for Disqus. A presenter does not learn its volunteer's address by it."""
    keys = call.services.disqus
    if keys is None:
        raise MethodNotAllowed("405 Method Not Allowed: Disqus keys are missing")
    user = call.caller.user if call.caller.only_project is None else None
    return Answer(keys.sign_on(user, call.services.clock()))
