"""`Idempotency-Key` on every POST: the same caller, path and key get the first answer again (core/repeats.py)."""

from collections.abc import Callable
from urllib.parse import urlencode

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.forms import is_form, without_boundary
from chalicelib.core.repeats import Kept


def answer_once(call: Call, answer: Callable[[], Answer]) -> Answer:
    """What `answer` gives, or gave to the first of these requests. Raises as `Once.begin`."""
    key = call.headers.get("idempotency-key")
    if call.method != "POST" or not key:
        return answer()
    found = call.services.once.begin(_scope(call), key, asked(call))
    if isinstance(found, Kept):
        return Answer(found.body, found.status)
    call.claim = found
    made = False
    try:
        first = answer()
        made = first.status < 300
    finally:
        if not made:
            call.services.once.release(found)
    call.services.once.finish(found, Kept(first.status, first.body))
    return first


def _scope(call: Call) -> str:
    """Whose key it is, and for what."""
    return f"{call.caller.identity} {call.caller.only_project or ''} {call.path}"


def asked(call: Call) -> bytes:
    """What is asked for: the same body with another query is another request."""
    query = sorted((name, value) for name, value in call.query.items() if name != "api_key")
    content_type = call.headers.get("content-type", "")
    body = without_boundary(call.body, content_type) if is_form(content_type) else call.body
    return body + (f"?{urlencode(query)}".encode() if query else b"")
