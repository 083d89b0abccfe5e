"""`GET /api/disqus/sso` (contract rest-api.md §9.15)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.errors import MethodNotAllowed


def sso(call: Call) -> Answer:
    """Signing on to Disqus needs keys that this site has no setting for."""
    raise MethodNotAllowed("405 Method Not Allowed: Disqus keys are missing")
