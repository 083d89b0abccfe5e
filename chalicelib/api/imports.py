"""The import records: what was asked for, or dropped into the import bucket, and what became of it.

Beyond PYBOSSA, which tells of an import once, in a message (contract importers.md §2.3). For owners, co-owners and
administrators; records of files that belong to no project are for administrators.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_path, number_in_query
from chalicelib.api.owning import check_keeps_project
from chalicelib.core.errors import NotFound
from chalicelib.core.import_pace import pace_of
from chalicelib.core.imports import UNTOLD, Record, RowError
from chalicelib.core.permissions import may_administer, refuse

MOST_ROWS = 100
USUAL_ROWS = 20
ERRORS_LISTED = 10  # of each record in a list; the record itself shows all that are kept


def listing(call: Call) -> Answer:
    """`GET /api/import?project_id=…`: records with ids above `last_id`, ascending, with their first row errors.
    Administrators may leave `project_id` out and see all."""
    limit = min(number_in_query(call.query, "limit", USUAL_ROWS), MOST_ROWS)
    records = call.services.imports.after(_project_id(call), number_in_query(call.query, "last_id", 0), limit)
    now = call.services.clock()
    return Answer([row(record, _errors(call, record)[:ERRORS_LISTED], now) for record in records])


def one(call: Call, identifier: str) -> Answer:
    """`GET /api/import/<id>`: one record, with the first thousand row errors."""
    return Answer(shown(call, found_import(call, identifier)))


def shown(call: Call, record: Record) -> dict[str, Any]:
    """The record with all row errors that are kept."""
    return row(record, _errors(call, record), call.services.clock())


def found_import(call: Call, identifier: str) -> Record:
    """The import that a path names, for whoever keeps its project. Raises Unauthorized, Forbidden, NotFound."""
    if call.caller.user is None:
        refuse(call.caller)
    record = call.services.imports.get(number_in_path(identifier))
    if record is None:
        raise NotFound(f"there is no import {identifier}")
    _check_may_see(call, record.project_id)
    return record


def _project_id(call: Call) -> int | None:
    named = "project_id" in call.query or not may_administer(call.caller)
    if call.caller.user is None:
        refuse(call.caller)
    project_id = number_in_query(call.query, "project_id", None) if named else None
    _check_may_see(call, project_id)
    return project_id


def _check_may_see(call: Call, project_id: int | None) -> None:
    if project_id is not None:
        check_keeps_project(call, project_id)
    elif not may_administer(call.caller):
        refuse(call.caller)


def _errors(call: Call, record: Record) -> Sequence[RowError]:
    return call.services.imports.errors(record.id) if record.error_count else ()


def row(record: Record, errors: Sequence[RowError], now: float) -> dict[str, Any]:
    """`errors` are lines and reasons; a line of None means the whole file. `error_count` counts them all. `percent` is
    of what there is to read, `seconds_left` an estimate at `now` (epoch seconds)."""
    fields = to_builtins(record)
    shown = {name: value for name, value in fields.items() if name not in UNTOLD}
    done, left = pace_of(record, now)
    return {**shown, "percent": done, "seconds_left": left, "errors": to_builtins(errors)}
