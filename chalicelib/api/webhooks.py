"""The delivery log, replays and signing secrets of a project's webhook, and the repair of its results.

Beyond PYBOSSA, which has the log on a page only (contract events.md §2). For owners, co-owners and administrators.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_query
from chalicelib.api.owning import check_keeps_project, kept_project_id
from chalicelib.core.errors import AttributeFault
from chalicelib.core.permissions import refuse
from chalicelib.core.queries import truth

MOST_ROWS = 100
USUAL_ROWS = 20


def log(call: Call) -> Answer:
    """`GET /api/webhook?project_id=…`: rows of the log with ids above `last_id`, in the order of text."""
    rows = call.services.webhooks.log(_kept_project(call), call.query.get("last_id", ""), _limit(call.query))
    return Answer(rows)


def replay_many(call: Call) -> Answer:
    """`POST /api/webhook?project_id=…&failed=true` (or `all=true`): up to a hundred messages above `last_id`."""
    project_id = _kept_project(call)
    failed, every = (truth(name, call.query.get(name, "")) for name in ("failed", "all"))
    if failed == every:
        raise AttributeFault("Say which messages to send again: failed=true or all=true.")
    replayed, last_id = call.services.webhooks.replay_many(project_id, call.query.get("last_id", ""), failed)
    return Answer({"replayed": replayed, "last_id": last_id})


def one(call: Call, identifier: str) -> Answer:
    """`GET /api/webhook/<id>`: one row of the log."""
    return Answer(_kept_row(call, identifier))


def replay(call: Call, identifier: str) -> Answer:
    """`POST /api/webhook/<id>`: send that message again, through the whole schedule; its row."""
    row = _kept_row(call, identifier)
    return Answer(call.services.webhooks.replay(row["project_id"], identifier))


def _kept_row(call: Call, identifier: str) -> dict[str, Any]:
    if call.caller.user is None:
        refuse(call.caller)
    row = call.services.webhooks.row(identifier)
    check_keeps_project(call, row["project_id"])
    return row


def secrets(call: Call) -> Answer:
    """`GET /api/webhook/secret?project_id=…`: newest first; receivers accept a signature by any of them."""
    return Answer({"secrets": call.services.webhook_secrets.current(_kept_project(call))})


def rotate(call: Call) -> Answer:
    """`POST /api/webhook/secret?project_id=…`: a new secret, valid beside the one before."""
    return Answer({"secrets": call.services.webhook_secrets.rotate(_kept_project(call))})


def retire(call: Call) -> Answer:
    """`DELETE /api/webhook/secret?project_id=…`: only the newest secret stays valid."""
    return Answer({"secrets": call.services.webhook_secrets.retire(_kept_project(call))})


def repair(call: Call, identifier: str) -> Answer:
    """`POST /api/project/<id>/repair`: make the results that lost stream records should have made, a page of tasks
    above `last_id` per call. `announce=true` tells the webhook also of results that it may never have been told of."""
    project_id = kept_project_id(call, identifier)
    announce_all = truth("announce", call.query.get("announce", ""))
    done = call.services.completions.repair(project_id, number_in_query(call.query, "last_id", 0), announce_all)
    return Answer({"looked": done.looked, "made": done.made, "last_id": done.last_id})


def _kept_project(call: Call) -> int:
    project_id = number_in_query(call.query, "project_id", None)
    check_keeps_project(call, project_id)
    return project_id


def _limit(query: Mapping[str, str]) -> int:
    return min(number_in_query(query, "limit", USUAL_ROWS), MOST_ROWS)
