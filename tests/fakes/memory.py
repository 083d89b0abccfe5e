"""The stores of the volunteers' path in memory: the same conditions, one lock, no I/O. `tests/reliability/
test_stores_agree.py` holds them to the real ones."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from chalicelib.core.queueing import Entry, queue_key, queue_of
from chalicelib.core.seats import FREE, Adopt, Answer, Move, Redundancy, Renew, Sheet, Take, TakeOver
from chalicelib.core.stores import AlreadyAnswered, Hints, Lease, Participation, SeatChanged
from chalicelib.core.tasks import NewTask, Task, TaskRun
from tests.fakes.heart import Heart, define_tasks


class Memory:
    """What the tables hold."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.sheets: dict[str, Sheet] = {}
        self.tasks: dict[int, Task] = {}
        self.participations: dict[tuple[str, int], Participation] = {}
        self.runs: dict[tuple[int, str, int], TaskRun] = {}

    def put(self, project: int, queue: str, new: Sequence[NewTask]) -> list[Task]:
        """Store tasks with their sheets."""
        tasks = define_tasks(project, new)
        for task, one in zip(tasks, new, strict=True):
            place = queue_key(queue, one.priority_0, task.id, 0)
            sheet = Sheet(task.sheet, task.id, project, one.n_answers, 0, 0, 0, one.priority_0, {}, place, queue, FREE)
            self.tasks[task.id], self.sheets[task.sheet] = task, sheet
        return tasks

    def change(self, sheet: Sheet, **changes: Any) -> None:
        self.sheets[sheet.key] = replace(sheet, ver=sheet.ver + 1, **changes)


class MemoryTasks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, task_id: int) -> Task | None:
        return self._memory.tasks.get(task_id)


class MemorySheets:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def key_of(self, task_id: int) -> str | None:
        return None  # so that what is done without is tested

    def read(
        self, keys: Sequence[str], tasks: Sequence[int], consistent: bool
    ) -> tuple[dict[str, Sheet], dict[int, Task]]:
        memory = self._memory
        with memory.lock:
            sheets = {key: memory.sheets[key] for key in keys if key in memory.sheets}
            return sheets, {task: memory.tasks[task] for task in tasks if task in memory.tasks}

    def move(self, sheet: Sheet, me: str, move: Move) -> bool:
        if isinstance(move, Adopt):
            return True
        with self._memory.lock:
            now = self._memory.sheets.get(sheet.key)
            if now is None or not _still_true(now, me, move):
                return False
            seats = {**now.seats, me: move.until}
            if isinstance(move, TakeOver):
                del seats[move.expired]
            self._memory.change(now, seats=seats, ready=now.ready if move.ready is None else move.ready)
            return True

    def change_redundancy(self, change: Redundancy) -> bool:
        seen = change.observed
        with self._memory.lock:
            now = self._memory.sheets[seen.key]
            if (now.n, now.ans, now.gen, len(now.seats)) != (seen.n, seen.ans, seen.gen, len(seen.seats)):
                return False
            listed = None if change.completed else queue_of(seen)
            ready = None if change.completed else change.ready or FREE
            self._memory.change(now, n=change.n, gen=change.gen, open=listed, ready=ready)
            return True

    def change_priority(self, sheet: Sheet, priority: float) -> None:
        with self._memory.lock:
            now = self._memory.sheets[sheet.key]
            place = queue_key(queue_of(sheet), priority, sheet.task, sheet.ans)
            self._memory.sheets[sheet.key] = replace(now, prio=priority, qk=place)


def _still_true(now: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
    size = len(now.seats)
    if now.n != move.n:
        return False
    if isinstance(move, Renew):
        return now.seats.get(me) == move.observed and size == move.size
    if now.ans >= move.n or me in now.seats:
        return False
    if isinstance(move, TakeOver):
        return now.seats.get(move.expired) == move.observed and size == move.size
    return size < move.n - 1 if move.ready is None else size == move.n - 1


class MemoryQueue:
    """A queue that never lags; it counts the pages that were read."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.pages_read = 0

    def head(self, queue: str, least: int = 0) -> Sequence[Entry]:
        return next(self.pages(queue, size=max(40, least)), [])

    def pages(
        self, queue: str, after: str | None = None, until: str | None = None, size: int = 0
    ) -> Iterator[Sequence[Entry]]:
        last = after or ""
        while True:
            with self._memory.lock:
                sheets = [sheet for sheet in self._memory.sheets.values() if sheet.open == queue and sheet.qk > last]
            ordered = sorted((sheet for sheet in sheets if not until or sheet.qk <= until), key=lambda one: one.qk)
            page = [Entry(queue, sheet.qk, sheet.key, sheet.ready or 0) for sheet in ordered[: size or 40]]
            self.pages_read += 1
            if not page:
                return
            yield page
            last = page[-1].qk

    def learned(self, entry: Entry, ready: int | None) -> None:
        pass


class MemoryParticipations:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, contributor: str, project_id: int) -> Participation:
        return self._memory.participations.get((contributor, project_id), Participation())

    def remember(
        self,
        contributor: str,
        project_id: int,
        old: Participation,
        leases: Mapping[int, Lease],
        now: float,
        hints: Hints | None = None,
    ) -> None:
        with self._memory.lock:
            stored = self.get(contributor, project_id)
            ended = {task for task, lease in old.leases.items() if lease.until <= now}
            kept = {task: lease for task, lease in stored.leases.items() if task not in ended}
            changed = replace(stored, leases={**kept, **leases})
            if hints is not None:
                changed = replace(changed, front=hints.front, sweep=hints.sweep, done=hints.done)
            self._memory.participations[contributor, project_id] = changed


class MemoryAnswers:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def record(self, sheet: Sheet, run: TaskRun, answer: Answer) -> None:
        memory, key = self._memory, (run.project_id, run.contributor, run.task_id)
        with memory.lock:
            if key in memory.runs:
                raise AlreadyAnswered
            now = memory.sheets.get(sheet.key)
            if now is None or not _seat_is_live(now, sheet, run, answer):
                raise SeatChanged
            memory.runs[key] = run
            seats = {**now.seats, run.contributor: -answer.run_id}
            listed = (None, None) if answer.last else (now.open, now.ready)
            memory.change(now, seats=seats, ans=now.ans + 1, qk=answer.qk or now.qk, open=listed[0], ready=listed[1])
            self._participate(run, 1, set() if answer.last else {run.task_id})

    def _participate(self, run: TaskRun, runs: int, done: set[int]) -> None:
        key = (run.contributor, run.project_id)
        old = self._memory.participations.get(key, Participation())
        leases = {task: lease for task, lease in old.leases.items() if task != run.task_id}
        self._memory.participations[key] = replace(old, leases=leases, runs=old.runs + runs, done=old.done | done)

    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None:
        return self._memory.runs.get((project_id, contributor, task_id))

    def of_task(self, sheet: Sheet) -> list[TaskRun]:
        runs = [run for run in self._memory.runs.values() if run.task_id == sheet.task]
        return sorted(runs, key=lambda run: run.id)

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        memory, key = self._memory, (run.project_id, run.contributor, run.task_id)
        with memory.lock:
            now = memory.sheets[sheet.key]
            same = (now.n, now.ans, now.seats.get(run.contributor)) == (sheet.n, sheet.ans, -run.id)
            if not same or key not in memory.runs:
                raise SeatChanged
            del memory.runs[key]
            seats = {other: held for other, held in now.seats.items() if other != run.contributor}
            memory.change(now, seats=seats, ans=now.ans - 1, **_listing(sheet))
            participation = memory.participations[run.contributor, run.project_id]
            changed = replace(participation, runs=participation.runs - 1, done=participation.done - {run.task_id})
            memory.participations[run.contributor, run.project_id] = changed


def _seat_is_live(now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
    if now.n != answer.n or now.seats.get(run.contributor) != answer.observed:
        return False
    if answer.last or answer.qk is not None:
        return now.ans == answer.ans and (answer.qk is None or now.prio == seen.prio)
    return now.ans < answer.n - 1


def _listing(sheet: Sheet) -> dict[str, Any]:
    if sheet.ans - 1 >= sheet.n:
        return {}
    if sheet.completed:
        return {"open": queue_of(sheet), "ready": FREE, "gen": sheet.gen + 1}
    return {"ready": FREE} if len(sheet.seats) <= sheet.n else {}


def memory_heart(scheduler: str = "default") -> Heart:
    """The volunteers' path of a fresh project, all in memory."""
    memory = Memory()
    return Heart(
        sheets=MemorySheets(memory),
        queue=MemoryQueue(memory),
        participations=MemoryParticipations(memory),
        answers=MemoryAnswers(memory),
        tasks=MemoryTasks(memory),
        scheduler=scheduler,
        put=memory.put,
        worker=itertools.repeat(1).__next__,
    )
