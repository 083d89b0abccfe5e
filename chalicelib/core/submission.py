"""`POST /api/taskrun`: a live seat becomes an answer, once (heart.md §2, submit; contract rest-api.md §11)."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from chalicelib.core.agreement import Agreement
from chalicelib.core.contributors import Contributor
from chalicelib.core.errors import Conflict, Forbidden, Unavailable
from chalicelib.core.gold import is_right
from chalicelib.core.moments import timestamp
from chalicelib.core.seats import Sheet, answer, vote
from chalicelib.core.stores import AlreadyAnswered, Answers, Participations, SeatChanged, Sheets
from chalicelib.core.tasks import Task, TaskRun

ASK_FIRST = "You must request a task first!"
ANSWERED = "You have answered this task already."
ATTEMPTS = 30  # an attempt is lost to another's success, and by default thirty volunteers have seats on a task
BUDGET_SECONDS = 8.0  # each attempt may in turn wait for other transactions
KEY_DIGITS = 16  # of a digest


class Content(msgspec.Struct, frozen=True):
    """What the contributor sends with a run (contract §11.2). `run_id`: made by `new_id` before, for a file's name."""

    info: Any = None
    timeout: int | None = None
    calibration: int | None = None
    media_url: str | None = None
    idem: str | None = None  # digest of the Idempotency-Key, then of the body that it came with
    run_id: int | None = None


class Tasks(Protocol):
    def get(self, task_id: int) -> Task | None:
        """The task, read consistently."""


class Submission:
    """Stores task runs. `next_id` makes run ids, `clock` gives epoch seconds."""

    def __init__(
        self,
        participations: Participations,
        sheets: Sheets,
        tasks: Tasks,
        answers: Answers,
        next_id: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._participations = participations
        self._sheets = sheets
        self._tasks = tasks
        self._answers = answers
        self._next_id = next_id
        self._clock = clock

    def submit(
        self,
        project_id: int,
        task_id: int,
        contributor: Contributor,
        content: Content,
        lease_seconds: int,
        agreement: Agreement | None = None,
        at_least: bool = False,
    ) -> TaskRun:
        """The stored run. Raises Forbidden in the contract's words (§11.2, steps 2, 3, 5, 8), Unavailable when the
        sheet was contended for too long. A repeat with the same Idempotency-Key gets the first run back (R3). With
        `at_least` a live seat is good for an answer also once the task is complete."""
        key = self._sheet_key(project_id, task_id, contributor.key)
        deadline, attempts = self._clock() + BUDGET_SECONDS, 0
        while attempts < ATTEMPTS and self._clock() <= deadline:
            attempts += 1
            sheet = self._read(key, task_id, project_id)
            if sheet.seats.get(contributor.key, 0) < 0:
                return self._repeated(project_id, task_id, contributor, content)
            observed = self._observed(sheet, contributor.key, at_least)
            voting = vote(sheet, agreement, content.info)
            run = self._run(sheet, contributor, content, observed - lease_seconds)
            run.vote = voting.vote if voting is not None else None
            run.right = self._judged(sheet, content.info, agreement) if sheet.gold else None
            try:
                self._answers.record(sheet, run, answer(sheet, run.id, observed, voting))
            except SeatChanged:
                continue
            except AlreadyAnswered:
                return self._repeated(project_id, task_id, contributor, content)
            return run
        raise Unavailable("Many volunteers answer this task at once; send the answer again in a moment.")

    def earlier(
        self, project_id: int, task_id: int, contributor: Contributor, content: Content, at_least: bool = False
    ) -> TaskRun | None:
        """For what has to be done before a run is stored: raises what `submit` would raise now. The run that a repeat
        would get back, None when it would store a new one."""
        sheet = self._read(self._sheet_key(project_id, task_id, contributor.key), task_id, project_id)
        if sheet.seats.get(contributor.key, 0) < 0:
            return self._repeated(project_id, task_id, contributor, content)
        self._observed(sheet, contributor.key, at_least)
        return None

    def new_id(self) -> int:
        """The id of a run to come."""
        return self._next_id()

    def _observed(self, sheet: Sheet, me: str, at_least: bool) -> int:
        """When the contributor's lease ends. Raises Forbidden when it has, or the task takes no more."""
        observed = sheet.leased_until(me)
        if observed is None or observed <= self._clock() or (sheet.closed and not at_least):
            raise Forbidden(ASK_FIRST)
        return observed

    def _sheet_key(self, project_id: int, task_id: int, me: str) -> str:
        """A container that read the sheet knows it; else the participation does, as a hint, or after a crash between
        seat and participation the task."""
        known = self._sheets.key_of(task_id)
        if known is not None:
            return known
        lease = self._participations.get(me, project_id).leases.get(task_id)
        return lease.sheet if lease is not None else self._task(project_id, task_id).sheet

    def _task(self, project_id: int, task_id: int) -> Task:
        task = self._tasks.get(task_id)
        if task is None:
            raise Forbidden("Invalid task_id")
        if task.project_id != project_id:
            raise Forbidden("Invalid project_id")
        return task

    def _read(self, key: str, task_id: int, project_id: int) -> Sheet:
        sheets, _ = self._sheets.read([key], [], consistent=True)
        sheet = sheets.get(key)
        if sheet is None or sheet.task != task_id or sheet.project != project_id:
            self._task(project_id, task_id)
            raise Forbidden(ASK_FIRST)
        return sheet

    def _judged(self, sheet: Sheet, info: Any, agreement: Agreement | None) -> bool | None:
        """Whether a gold task's answer is right; None when it has just ceased to be gold."""
        task = self._tasks.get(sheet.task)
        if task is None or task.gold is None:
            return None
        return is_right(task.gold, info, agreement.field if agreement is not None else None)

    def _run(self, sheet: Sheet, who: Contributor, content: Content, since: float) -> TaskRun:
        return TaskRun(
            id=content.run_id or self._next_id(),
            project_id=sheet.project,
            task_id=sheet.task,
            contributor=who.key,
            user_id=who.user_id,
            user_ip=who.user_ip,
            external_uid=who.external_uid,
            created=timestamp(since),
            finish_time=timestamp(self._clock()),
            info=content.info,
            timeout=content.timeout,
            calibration=content.calibration,
            media_url=content.media_url,
            idem=content.idem,
        )

    def _repeated(self, project_id: int, task_id: int, who: Contributor, content: Content) -> TaskRun:
        run = self._answers.find(project_id, who.key, task_id)
        if run is not None and _other_body(run, content):
            raise Conflict("This Idempotency-Key came with another body before; use a new key for a new request.")
        if run is None or not _is_of(run, content):
            raise Forbidden(ANSWERED)
        return run


def _other_body(run: TaskRun, content: Content) -> bool:
    if run.idem is None or content.idem is None or run.idem == content.idem:
        return False
    return run.idem[:KEY_DIGITS] == content.idem[:KEY_DIGITS]


def _is_of(run: TaskRun, content: Content) -> bool:
    """Whether the run was stored from this content, in an earlier request or by one whose answer got lost."""
    return run.id == content.run_id or (content.idem is not None and run.idem == content.idem)
