"""`ETag` and `If-None-Match` on the GET of one object: who has it already gets 304 and no body (RFC 9110, §13.1.2)."""

import hashlib

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


def tagged(call: Call, answer: Answer) -> Answer:
    """The answer with a weak tag of what the caller reads (compression changes the bytes), or 304."""
    tag = f'W/"{hashlib.blake2b(answer.text().encode(), digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, **PRIVATE}
    if _has(call.headers.get("if-none-match", ""), tag):
        return Answer(status=304, empty=True, headers=headers)
    return Answer(answer.body, answer.status, answer.media_type, headers)


def _has(asked: str, tag: str) -> bool:
    """Whether the header names the tag; weak comparison."""
    names = {one.strip().removeprefix("W/") for one in asked.split(",")}
    return "*" in names or tag.removeprefix("W/") in names
