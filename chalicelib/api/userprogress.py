"""`GET /api/project/<id or short name>/userprogress` (contract rest-api.md §9.14)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.owning import project_id_of


def userprogress(call: Call, identifier: str) -> Answer:
    """`{"done": …, "total": …}`; other parameters are ignored."""
    uid = call.query.get("external_uid") or None
    return Answer(call.services.volunteering.progress(call.caller, project_id_of(call, identifier), uid))
