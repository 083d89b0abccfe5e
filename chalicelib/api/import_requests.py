"""Asking for an import, and seeing what it would bring (contract importers.md §2; docs/importing.md)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.forms import Upload
from chalicelib.api.imports import shown
from chalicelib.api.owning import check_keeps_project, project_to_fill
from chalicelib.api.source_failures import told_to_clients
from chalicelib.api.tasks import task_row
from chalicelib.core.errors import DataFault, ValueFault
from chalicelib.core.import_gathering import BadParameters, NotOffered
from chalicelib.core.import_offers import UPLOAD, Asker, Offers, rows_of, wanted
from chalicelib.core.import_reading import Row
from chalicelib.core.tasks import NewTask, Task


def start(call: Call) -> Answer:
    """`POST /api/import`: from a source, or from a file that comes with the request. Small ones are over when this
    answers, others go on in the background."""
    project_id, fields, file = _asked(call)
    with _told(call.services.offers):
        record = wanted(call.services.offers, project_id, fields["type"], fields, _asker(call))
        if file is not None and record.type == UPLOAD:
            record = call.services.imports.keep(record, file.name, file.content)
        return Answer(shown(call, call.services.imports.start_here(record)))


def preview(call: Call) -> Answer:
    """`POST /api/import/preview`: the first five records as they would be stored; nothing is."""
    project_id, fields, file = _asked(call)
    with _told(call.services.offers):
        offers = call.services.offers.of_project(project_id)
        rows = rows_of(offers, fields["type"], fields, file.content if file else b"")
    return Answer([_previewed(project_id, one) for one in rows])


def _asked(call: Call) -> tuple[int, Mapping[str, Any], Upload | None]:
    """The project, which the caller keeps, and the fields; of a file its name is among them."""
    fields = call.form.fields if call.form is not None else call.document()
    file = call.form.file if call.form is not None else None
    project_id = project_to_fill(call, fields).id
    check_keeps_project(call, project_id)
    if not isinstance(fields.get("type", ""), str):
        raise ValueFault("type must be text: the name of a source.")
    usual = {"type": UPLOAD if file is not None else ""}
    return project_id, {**usual, **fields, "file": file.name if file is not None else ""}, file


def _asker(call: Call) -> Asker:
    user = call.caller.user
    return Asker(user.id if user is not None else None, once=call.claim.key if call.claim is not None else "")


@contextmanager
def _told(offers: Offers) -> Iterator[None]:
    """What is wrong with a request, in the API's errors."""
    try:
        with told_to_clients():
            yield
    except BadParameters as error:
        raise DataFault(str(error)) from error
    except NotOffered as error:
        known = ", ".join(one.name for one in offers.all() if not one.why_not)
        raise ValueFault(f"{error} type may be {known}.") from error


def _previewed(project_id: int, found: Row) -> dict[str, Any]:
    new: NewTask | None = found.new
    if new is None:
        return {"line": found.line, "task": None, "reason": found.reason}
    task = Task(0, project_id, "", new.info, new.quorum, new.calibration)
    fields = {name: value for name, value in task_row(task, new).items() if name not in ("id", "created")}
    return {"line": found.line, "task": fields, "reason": None}
