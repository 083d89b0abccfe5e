"""Withdrawing an import's tasks or a volunteer's task runs, and watching it (docs/withdrawing.md). Beyond PYBOSSA.
For owners, co-owners and administrators."""

from typing import Any

from msgspec import to_builtins

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_path, number_in_query
from chalicelib.api.imports import found_import
from chalicelib.api.owning import kept_project_id
from chalicelib.core.errors import NotFound
from chalicelib.core.projects import Project
from chalicelib.core.queries import truth
from chalicelib.core.withdrawal_requests import of_import, of_volunteer
from chalicelib.core.withdrawals import UNTOLD, Withdrawal

MOST_ROWS, USUAL_ROWS = 100, 20
STAYING = "These tasks have task runs; with force=1 they are withdrawn too."


def withdraw_import(call: Call, identifier: str) -> Answer:
    """`DELETE /api/import/<id>[?force=1]`: have the tasks that an import made withdrawn; 202 with the record."""
    record = found_import(call, identifier)
    wanted = of_import(record, truth("force", call.query.get("force", "")))
    return _ask(call, call.services.projects.get(record.project_id or 0), wanted)


def withdraw_runs(call: Call, identifier: str) -> Answer:
    """`POST /api/project/<id or short_name>/withdrawal`: have one volunteer's runs withdrawn; 202 with the record."""
    services, project_id = call.services, kept_project_id(call, identifier)
    wanted = of_volunteer(call.document(), project_id, services.recognition, services.runs)
    return _ask(call, services.projects.get(project_id), wanted)


def listing(call: Call, identifier: str) -> Answer:
    """`GET /api/project/<id or short_name>/withdrawal`: from the newest down, below the id `before` if given."""
    project_id = kept_project_id(call, identifier)
    limit = min(number_in_query(call.query, "limit", USUAL_ROWS), MOST_ROWS)
    before = number_in_query(call.query, "before", None) if "before" in call.query else None
    found = call.services.withdrawals.before(project_id, before, limit) if limit else []
    return Answer([row(one) for one in found])


def one(call: Call, identifier: str, withdrawal: str) -> Answer:
    """`GET /api/project/<id or short_name>/withdrawal/<id>`."""
    project_id, withdrawal_id = kept_project_id(call, identifier), number_in_path(withdrawal)
    return _answer(call.services.withdrawals.get(project_id, withdrawal_id), withdrawal)


def cancel(call: Call, identifier: str, withdrawal: str) -> Answer:
    """`DELETE /api/project/<id or short_name>/withdrawal/<id>`: it ends soon; what is withdrawn stays so."""
    project_id, withdrawal_id = kept_project_id(call, identifier), number_in_path(withdrawal)
    return _answer(call.services.withdrawals.cancel(project_id, withdrawal_id), withdrawal)


def row(withdrawal: Withdrawal) -> dict[str, Any]:
    """As clients see it."""
    shown = {name: value for name, value in to_builtins(withdrawal).items() if name not in UNTOLD}
    reason = STAYING if withdrawal.left else None
    return {**shown, "withdrawn": withdrawal.withdrawn, "reason": reason}


def _ask(call: Call, project: Project | None, wanted: Withdrawal) -> Answer:
    if project is None:
        raise NotFound("the project is gone")
    return Answer(row(call.services.withdrawals.ask(project, call.author, wanted)), status=202)


def _answer(found: Withdrawal | None, identifier: str) -> Answer:
    if found is None:
        raise NotFound(f"there is no withdrawal {identifier}")
    return Answer(row(found))
