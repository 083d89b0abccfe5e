"""Task runs (contract rest-api.md §9.3, §11, §13)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from chalicelib.api.answering import folder_to_fill, keep_file, store_run
from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.incoming_files import Incoming, done_with, incoming_file
from chalicelib.api.scopes import descending, in_projects, project_ids
from chalicelib.core.bodies import check_values
from chalicelib.core.documents import check_size
from chalicelib.core.errors import BadRequest, Forbidden, NotFound, Unavailable
from chalicelib.core.filters import Row
from chalicelib.core.listing import Candidates
from chalicelib.core.permissions import may_change_run, refusal, refuse, sees_contributors, within_reach
from chalicelib.core.queries import MOST, Query
from chalicelib.core.resources import TASKRUN
from chalicelib.core.seats import Sheet, vote
from chalicelib.core.stored_files import container_of, remove_file
from chalicelib.core.stores import SeatChanged
from chalicelib.core.tasks import TaskRun

ID = re.compile(r"[0-9]{1,16}")
NO_FORM = "The file of a task run cannot be replaced by a form; PUT its info and media_url as JSON."
ATTEMPTS = 10
KEPT = ("project_id", "task_id", "user_id", "user_ip", "external_uid", "timeout", "calibration")  # by a PUT


def run_row(run: TaskRun) -> dict[str, Any]:
    """All fields of a run."""
    return {name: getattr(run, name) for name in TASKRUN.by_name}


class TaskRunEndpoint(Endpoint[TaskRun]):
    """`/api/taskrun`."""

    resource = TASKRUN

    def get(self, call: Call, item_id: int) -> TaskRun | None:
        return call.services.runs.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[TaskRun]:
        runs = call.services.runs
        few = _by_key(call, query)
        if few is not None:
            ids = project_ids(call, query)
            mine = [run for run in few if run.id > (query.last_id or 0) and (ids is None or run.project_id in ids)]
            return Candidates(iter([mine[::-1] if descending(query) else mine]))
        if query.number("user_id") is not None:
            return Candidates(_of_account(call, query, query.number("user_id") or 0), ordered=False)
        if descending(query):
            return in_projects(call, query, runs.before)
        return in_projects(call, query, lambda project, last, size: runs.after(project, last or 0, size))

    def may_read(self, call: Call, item: TaskRun) -> bool:
        return within_reach(call.caller, item.project_id)

    def row(self, item: TaskRun) -> dict[str, Any]:
        return run_row(item)

    def visible(self, call: Call, item: TaskRun) -> Row:
        """Identifiers of volunteers are for owners and for the volunteer (design §3)."""
        row = run_row(item)
        if item.user_ip is None and item.external_uid is None:
            return row
        card = call.services.projects.card(item.project_id)
        if card is not None and sees_contributors(call.caller, card, item):
            return row
        return {**row, "user_ip": None, "external_uid": None}

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        """Everybody may try; the rules of §11 decide."""

    def create(self, call: Call, given: dict[str, Any]) -> TaskRun:
        return store_run(call, given)

    def folder_to_fill(self, call: Call, given: dict[str, Any]) -> str:
        """The folder for a file that is sent before its run, by whom could store the run now."""
        return folder_to_fill(call, given)

    def body(self, call: Call) -> dict[str, Any]:
        """JSON, or a form, whose ids are text (§11.3)."""
        if call.form is None:
            return call.document()
        if call.method == "PUT":
            raise Forbidden(NO_FORM)
        fields = call.form.values()
        text = fields.get("project_id", "")
        return {**fields, "project_id": int(text)} if ID.fullmatch(text) else fields

    def check_update(self, call: Call, item: TaskRun) -> None:
        self._check_not_in_result(call, item, _sheet(call, item))
        if not may_change_run(call.caller, item):
            refuse(call.caller)

    def update(self, call: Call, item: TaskRun, given: dict[str, Any]) -> TaskRun:
        """Only the answer and its file can change (§17.1)."""
        values, row = check_values(TASKRUN, given), run_row(item)
        if any(name in values and values[name] != row[name] for name in KEPT):
            raise BadRequest("Reserved keys in payload: only info and media_url of a task run can be changed")
        file = incoming_file(call, values)
        changed = _with_file(call, msgspec.structs.replace(item, **values), file)
        check_size(changed.info)
        if not _store(call, item, changed):
            remove_file(call.services.uploads, TASKRUN.name, changed, item)
            raise NotFound(f"there is no taskrun {item.id}")
        remove_file(call.services.uploads, TASKRUN.name, item, changed)
        done_with(call, file)
        call.services.changes.note(item.project_id)
        return changed

    def check_delete(self, call: Call, item: TaskRun) -> None:
        self.check_update(call, item)

    def delete(self, call: Call, item: TaskRun) -> None:
        """With its file. Whoever answers at the same moment changes the sheet; then look again."""
        for _ in range(ATTEMPTS):
            sheet = _sheet(call, item)
            if sheet is None:
                raise NotFound(f"there is no taskrun {item.id}")
            self._check_not_in_result(call, item, sheet)
            try:
                call.services.runs.withdraw(sheet, item)
            except SeatChanged:
                item = _as_it_is(call, item)
                continue
            remove_file(call.services.uploads, TASKRUN.name, item)
            return
        raise Unavailable("Many volunteers answer this task just now; delete the run again in a moment.")

    def _check_not_in_result(self, call: Call, run: TaskRun, sheet: Sheet | None) -> None:
        """A run that a result rests on stays, whoever asks (§9.3). A complete task's result may be on its way."""
        held = sheet is not None and sheet.completed
        if not held and sheet is not None and sheet.gen > 0:
            result = call.services.results.of_task(run.task_id)
            held = result is not None and run.id in result.task_run_ids
        if held:
            raise refusal(call.caller)


def _store(call: Call, old: TaskRun, new: TaskRun) -> bool:
    """Store a changed answer; False when the run is gone. Its vote goes with it while the task is open."""
    runs, card = call.services.runs, call.services.projects.card(old.project_id)
    agreement = card.rules.agreement if card is not None else None
    for _ in range(ATTEMPTS):
        sheet = _sheet(call, old) if agreement is not None else None
        voting = vote(sheet, agreement, new.info) if sheet is not None and not sheet.completed else None
        if sheet is None or voting is None:
            return runs.change(old, new.info, new.media_url)
        try:
            runs.change_vote(sheet, old, new.info, new.media_url, voting.vote)
        except SeatChanged:
            old = _as_it_is(call, old)
            continue
        return True
    raise Unavailable("Many volunteers answer this task just now; change the run again in a moment.")


def _as_it_is(call: Call, run: TaskRun) -> TaskRun:
    """The run with the vote that it has by now. Raises NotFound."""
    now = call.services.runs.find(run.project_id, run.contributor, run.task_id)
    if now is None or now.id != run.id:
        raise NotFound(f"there is no taskrun {run.id}")
    return now


def _with_file(call: Call, run: TaskRun, file: Incoming | None) -> TaskRun:
    if file is None:
        return run
    info, media_url = keep_file(call, file, run.info, container_of(run.user_id), run.id)
    return msgspec.structs.replace(run, info=info, media_url=media_url)


def _by_key(call: Call, query: Query) -> list[TaskRun] | None:
    """The runs of one id or one task, ascending; None when the query names neither."""
    run_id, task_id = query.number("id"), query.number("task_id")
    if run_id is not None:
        run = call.services.runs.get(run_id)
        return [run] if run is not None else []
    if task_id is None:
        return None
    sheet = _sheet_of_task(call, task_id)
    return call.services.runs.of_task(sheet) if sheet is not None else []


def _of_account(call: Call, query: Query, user_id: int) -> Iterator[Sequence[TaskRun]]:
    """Pages of one account's runs, in the projects it has been active in that are in scope."""
    key, ids = call.services.recognition.account_key(user_id), project_ids(call, query)
    for project_id in call.services.participations.projects_of(key):
        last = 0
        while (ids is None or project_id in ids) and (
            page := call.services.runs.of_contributor(project_id, key, last, MOST)
        ):
            call.budget.read(len(page))
            yield [run for run in page if run.id > (query.last_id or 0)]
            last = page[-1].task_id


def _sheet_of_task(call: Call, task_id: int) -> Sheet | None:
    task = call.services.tasks.get(task_id)
    if task is None:
        return None
    sheets, _ = call.services.sheets.read([task.sheet], [], consistent=True)
    return sheets.get(task.sheet)


def _sheet(call: Call, run: TaskRun) -> Sheet | None:
    return _sheet_of_task(call, run.task_id)
