"""Storing what a volunteer answers, with or without a file (contract rest-api.md §11.2, §11.3)."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.external_users import bearer_problem
from chalicelib.api.incoming_files import Incoming, discard, done_with, file_info, incoming_file, store_file
from chalicelib.api.repeats import asked
from chalicelib.core.bodies import MOST_INT, check_values
from chalicelib.core.callers import Caller
from chalicelib.core.documents import check_size
from chalicelib.core.errors import DataFault, Forbidden, NotFound, Unauthorized, ValueFault
from chalicelib.core.permissions import refusal
from chalicelib.core.resources import TASKRUN
from chalicelib.core.stored_files import container_of
from chalicelib.core.submission import KEY_DIGITS, Content
from chalicelib.core.tasks import TaskRun
from chalicelib.core.volunteering import AnonymousNotAllowed

REFUSALS = (Forbidden, NotFound, Unauthorized, AnonymousNotAllowed)  # nothing is stored, for certain

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Posted:
    """A checked `POST /api/taskrun`. `uid` is the body's external_uid."""

    caller: Caller
    project_id: int
    task_id: int
    content: Content
    uid_in_query: str | None
    uid: str | None

    def through(self, ask: Callable[..., Outcome], content: Content | None = None) -> Outcome:
        """Ask `answer` or `earlier` of Volunteering."""
        sent = content or self.content
        return ask(self.caller, self.project_id, self.task_id, sent, self.uid_in_query, self.uid)


def store_run(call: Call, given: Mapping[str, Any]) -> TaskRun:
    """The stored run. Raises Forbidden or Unauthorized by the rules of §11; then no file is left either."""
    file = incoming_file(call, given, unnamed=f"{call.services.clock()}.png")
    posted = _posted(call, given)
    with _in_contract_words(call, posted.task_id):
        if file is None:
            return posted.through(call.services.volunteering.answer)
        return _stored_with(call, posted, file)


def folder_to_fill(call: Call, given: Mapping[str, Any]) -> str:
    """The folder for a file that is sent before its run, by whom could store the run now."""
    posted = _posted(call, given)
    with _in_contract_words(call, posted.task_id):
        posted.through(call.services.volunteering.earlier)
    return container_of(call.caller.user_id)


def _stored_with(call: Call, posted: Posted, file: Incoming) -> TaskRun:
    """Whoever may not answer is refused before the file is stored; who loses a race leaves none behind."""
    volunteering = call.services.volunteering
    earlier = posted.through(volunteering.earlier)
    if earlier is not None:
        return earlier
    run_id, container = volunteering.new_run_id(), container_of(call.caller.user_id)
    info, media_url = keep_file(call, file, posted.content.info, container, run_id)
    content = msgspec.structs.replace(posted.content, run_id=run_id, info=info, media_url=media_url)
    try:
        run = posted.through(volunteering.answer, content)
    except REFUSALS:
        discard(call, media_url)
        raise
    if run.id != run_id:
        discard(call, media_url)
    done_with(call, file)
    return run


def keep_file(call: Call, file: Incoming, info: Any, container: str, run_id: int) -> tuple[dict[str, Any], str]:
    """Store the file of the run that has, or will have, this id: its `info` and `media_url`. Raises ValueFault when
    `info` cannot tell of a file, DataFault."""
    if info is not None and not isinstance(info, dict):
        raise ValueFault("info must be a JSON object when a file comes with it.")
    told = file_info(info or {}, container, file)
    check_size(told)
    return told, store_file(call, file, container, TASKRUN.name, run_id)


@contextmanager
def _in_contract_words(call: Call, task_id: int) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise _wrong_task_or_project(call, task_id) from error
    except AnonymousNotAllowed as error:
        raise refusal(replace(call.caller, user=None)) from error
    except Unauthorized as error:
        raise Forbidden(_why_no_token(call, error)) from error


def _posted(call: Call, given: Mapping[str, Any]) -> Posted:
    task_id, project_id = _task_id(given), _project_id(call, given)
    values = check_values(TASKRUN, {key: given[key] for key in given if key not in ("project_id", "task_id")})
    uid_in_query = call.query.get("external_uid") or None
    return Posted(call.caller, project_id, task_id, _content(call, values), uid_in_query, given.get("external_uid"))


def _task_id(given: Mapping[str, Any]) -> int:
    """`task_id` may be text (§11.2); what is no id is no task."""
    try:
        value = check_values(TASKRUN, {"task_id": given.get("task_id")})["task_id"]
    except DataFault:
        value = None
    if value is None:
        raise Forbidden("Invalid task_id")
    return int(value)


def _project_id(call: Call, given: Mapping[str, Any]) -> int:
    """`project_id` must be a JSON integer: the text "1" is refused (§11.2)."""
    value = given.get("project_id")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < MOST_INT:
        raise _wrong_task_or_project(call, _task_id(given))
    return value


def _wrong_task_or_project(call: Call, task_id: int) -> Forbidden:
    return Forbidden("Invalid task_id" if call.services.tasks.get(task_id) is None else "Invalid project_id")


def _content(call: Call, values: Mapping[str, Any]) -> Content:
    content = Content(
        info=values.get("info"),
        timeout=values.get("timeout"),
        calibration=values.get("calibration"),
        media_url=values.get("media_url"),
        idem=_idempotency(call),
    )
    check_size(content.info)
    return content


def _idempotency(call: Call) -> str | None:
    key = call.headers.get("idempotency-key")
    if not key:
        return None
    if len(key) > 255:
        raise ValueFault("Idempotency-Key must have at most 255 characters.")
    return f"{_digest(key.encode())}{_digest(asked(call))}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:KEY_DIGITS]


def _why_no_token(call: Call, error: Unauthorized) -> str:
    """The words of §3.3; a token of another project is a signature that does not fit."""
    text = "Signature verification failed" if str(error) == "Wrong project" else str(error)
    return bearer_problem(call.headers) or text
