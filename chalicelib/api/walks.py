"""How far a change of all tasks of a project is: its scheduler's, or their redundancy's. Beyond PYBOSSA, which makes it
within one request."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.owning import kept_project_id
from chalicelib.core.errors import NotFound


def walk(call: Call, identifier: str) -> Answer:
    """`GET /api/project/<id or short_name>/walk`, for owners: state (waiting, running, settling, finished), tasks seen
    and changed, the redundancy that is brought if any."""
    project_id = kept_project_id(call, identifier)
    found = call.services.walks.of_project(project_id)
    if found is None:
        raise NotFound(f"no change of all tasks of project {project_id} was ever asked for")
    return Answer(
        {
            "project_id": found.project_id,
            "state": found.state,
            "tasks": call.services.tasks.count(project_id),
            "seen": found.seen,
            "changed": found.changed,
            "n_answers": found.n_answers,
            "asked": found.asked,
            "finished": found.finished,
        }
    )
