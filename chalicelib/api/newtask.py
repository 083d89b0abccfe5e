"""`GET /api/project/<id>/newtask` (contract rest-api.md §10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.external_users import check_bearer, refused_token
from chalicelib.api.owning import project_id_of
from chalicelib.api.tasks import read_row, task_row
from chalicelib.core.errors import AttributeFault, Unauthorized, ValueFault
from chalicelib.core.listing import sort_key
from chalicelib.core.queries import MOST, truth
from chalicelib.core.queueing import BREADTH, Entry, kind_of
from chalicelib.core.repositories import Sheets
from chalicelib.core.resources import TASK
from chalicelib.core.schedulers import Page
from chalicelib.core.searching import Handout
from chalicelib.core.volunteering import AnonymousNotAllowed

BY_ID = ("id", "created")  # fields that ascend with creation
NOT_ALLOWED = {**dict.fromkeys(TASK.by_name), "info": {"error": "This project does not allow anonymous contributors"}}
READ_WINDOW = 100  # proposals that are put in an order which needs more than the queue tells: as one request reads


def newtask(call: Call, identifier: str) -> Answer:
    """`{}`, one task, or a list of tasks that the caller now holds leases of."""
    page, rule = read_page(call.query, call.services.sheets)
    uid = call.query.get("external_uid") or None
    if uid is not None:
        refused = check_bearer(call.headers)
        if refused is not None:
            return refused
    try:
        found = call.services.volunteering.newtask(call.caller, project_id_of(call, identifier), uid, page)
    except AnonymousNotAllowed:
        return Answer(NOT_ALLOWED)
    except Unauthorized as error:
        if uid is None:
            raise
        return refused_token(error)
    return Answer(_as_asked([read_row(call, one.task, one.sheet) for one in _in_order(found, rule)]))


def _as_asked(rows: Sequence[dict[str, Any]]) -> Any:
    """None is `{}`, one is an object, more are a list (§10.2)."""
    return {} if not rows else rows[0] if len(rows) == 1 else rows


class Rule:
    """An explicit `orderby` and `desc`."""

    def __init__(self, name: str, descending: bool, sheets: Sheets) -> None:
        self._name = name
        self._descending = descending
        self._sheets = sheets
        self.backwards = descending if name in BY_ID else name == "priority_0" and not descending

    def arrange(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Proposals in this order. Ids and priorities are in the queue's keys; other fields are read. The number of
        answers goes before every order under breadth_first (§10.5)."""
        found = sorted(entries, key=_id_of)
        return sorted(self._ordered(found), key=_answers_of)

    def _ordered(self, found: Sequence[Entry]) -> Sequence[Entry]:
        if self._name in BY_ID:
            return found[::-1] if self._descending else found
        if self._name == "priority_0":
            return sorted(found, key=_below_of, reverse=not self._descending)
        return [*self._by_reading(found[:READ_WINDOW]), *found[READ_WINDOW:]]

    def _by_reading(self, found: Sequence[Entry]) -> Sequence[Entry]:
        sheets, tasks = self._sheets.read([one.sheet for one in found], [one.task for one in found], consistent=False)
        there = [one for one in found if one.sheet in sheets and one.task in tasks]
        rows = {one.task: task_row(tasks[one.task], sheets[one.sheet]) for one in there}
        return sorted(there, key=lambda one: sort_key(self._name, rows[one.task]), reverse=self._descending)

    def sorted(self, found: Sequence[Handout]) -> list[Handout]:
        """Handouts in this order; own leases among them came in the queue's."""
        by_id = sorted(found, key=lambda one: one.task.id)
        by_id.sort(key=lambda one: sort_key(self._name, task_row(one.task, one.sheet)), reverse=self._descending)
        return sorted(by_id, key=lambda one: one.sheet.ans if kind_of(one.sheet.qk) == BREADTH else 0)


def _in_order(found: Sequence[Handout], rule: Rule | None) -> Sequence[Handout]:
    return rule.sorted(found) if rule is not None else found


def _id_of(entry: Entry) -> int:
    return entry.task


def _below_of(entry: Entry) -> int:
    return entry.below


def _answers_of(entry: Entry) -> int:
    return entry.answers


def read_page(query: Mapping[str, str], sheets: Sheets) -> tuple[Page, Rule | None]:
    """What the parameters of §10.1 ask for; everything else is ignored. Raises ValueFault, AttributeFault."""
    limit, offset = _number("limit", query, 1), _number("offset", query, 0)
    descending = truth("desc", query.get("desc", ""))
    name = query.get("orderby") or ("id" if descending else None)
    if name is None or (name == "priority_0" and descending):  # the queue's own order
        return Page(min(limit, MOST), offset), None
    if name not in TASK.by_name:
        raise AttributeFault(f"type object 'Task' has no attribute '{name[:80]}'")
    rule = Rule(name, descending, sheets)
    return Page(min(limit, MOST), offset, rule), rule


def _number(name: str, query: Mapping[str, str], default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueFault(f"{name} must be a whole number, 0 or more.")
    return int(text)
