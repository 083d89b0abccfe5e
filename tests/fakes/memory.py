"""The stores of the volunteers' path in memory: the same conditions, one lock, no I/O. `tests/reliability/
test_stores_agree.py` holds them to the real ones."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from chalicelib.core.agreement import recounted
from chalicelib.core.queueing import Entry, queue_key
from chalicelib.core.results import Result
from chalicelib.core.seats import FREE, Adopt, Answer, Move, Placing, Redundancy, Renew, Sheet, Take, TakeOver
from chalicelib.core.stores import Accuracy, AlreadyAnswered, Hints, Lease, Participation, SeatChanged
from chalicelib.core.tasks import NewTask, Task, TaskRun
from tests.fakes.heart import Heart, define_tasks

PINNED = ("n", "ans", "qk", "open", "spared", "votes")  # by whatever takes a run back


class Memory:
    """What the tables hold."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.sheets: dict[str, Sheet] = {}
        self.tasks: dict[int, Task] = {}
        self.participations: dict[tuple[str, int], Participation] = {}
        self.runs: dict[tuple[int, str, int], TaskRun] = {}
        self.accuracies: dict[tuple[int, str], Accuracy] = {}
        self.results: dict[tuple[int, int], Result] = {}  # by task and generation
        self.removed: set[tuple[int, int]] = set()  # results of removed tasks: they do not come back

    def put(self, project: int, queue: str, new: Sequence[NewTask]) -> list[Task]:
        """Store tasks with their sheets."""
        tasks = define_tasks(project, new)
        for task, one in zip(tasks, new, strict=True):
            place = queue_key(queue, one.priority_0, task.id, 0)
            sheet = Sheet(task.sheet, task.id, project, one.n_answers, 0, 0, 0, one.priority_0, {}, place, queue, FREE)
            sheet = replace(sheet, src=one.source)
            self.tasks[task.id], self.sheets[task.sheet] = task, sheet
        return tasks

    def judge(self, run: TaskRun, count: int) -> None:
        """Add an answer to a gold task to its contributor's accuracy (1), or take it back (−1)."""
        if run.right is None:
            return
        key = (run.project_id, run.contributor)
        old = self.accuracies.get(key, Accuracy(run.contributor, run.user_id, 0, 0))
        right = old.right + count * run.right
        self.accuracies[key] = Accuracy(run.contributor, run.user_id, old.answered + count, right)

    def change(self, sheet: Sheet, **changes: Any) -> None:
        self.sheets[sheet.key] = replace(sheet, ver=sheet.ver + 1, **changes)

    def forget(self, run: TaskRun) -> None:
        """Take a run away, and what its contributor's participation and accuracy say of it."""
        key = run.contributor, run.project_id
        self.judge(self.runs[run.project_id, run.contributor, run.task_id], -1)
        del self.runs[run.project_id, run.contributor, run.task_id]
        old = self.participations[key]
        self.participations[key] = replace(old, runs=old.runs - 1, done=old.done - {run.task_id})


class MemoryTasks:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, task_id: int) -> Task | None:
        return self._memory.tasks.get(task_id)

    def after(self, project_id: int, last_id: int, limit: int) -> list[Task]:
        with self._memory.lock:
            found = [one for one in self._memory.tasks.values() if one.project_id == project_id and one.id > last_id]
        return sorted(found, key=lambda one: one.id)[:limit]

    def delete(self, task: Task, sheet: Sheet) -> bool:
        memory = self._memory
        with memory.lock:
            now = memory.sheets.get(sheet.key)
            if now is None or (now.task, now.ver) != (task.id, sheet.ver):
                return False
            del memory.sheets[sheet.key], memory.tasks[task.id]
            memory.results = {key: one for key, one in memory.results.items() if key[0] != task.id}
            for who in [who for who, held in now.seats.items() if held < 0]:
                memory.forget(memory.runs[task.project_id, who, task.id])
            return True


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
            if now is None or not self.allows(now, sheet, me, move):
                return False
            seats = {**now.seats, me: move.until}
            if isinstance(move, TakeOver):
                del seats[move.expired]
            self._memory.change(now, seats=seats, ready=now.ready if move.ready is None else move.ready)
            return True

    def allows(self, now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
        """The condition of a move."""
        return _still_true(now, seen, me, move)

    def same(self, now: Sheet, seen: Sheet) -> bool:
        """The condition of everything that follows from a sheet's counts."""
        return _counts(now) == _counts(seen)

    def change_redundancy(self, change: Redundancy) -> bool:
        seen = change.observed
        with self._memory.lock:
            now = self._memory.sheets.get(seen.key)
            if now is None or not self.same(now, seen):
                return False
            listed = None if change.closed else seen.queue
            place = queue_key(seen.queue, seen.prio, seen.task, seen.ans)
            self._memory.change(now, n=change.n, gen=change.gen, qk=place, open=listed, ready=change.ready, spared=0)
            return True

    def place(self, placing: Placing) -> bool:
        return self._place(placing)

    def _place(self, placing: Placing, **more: Any) -> bool:
        with self._memory.lock:
            now = self._memory.sheets.get(placing.observed.key)
            if now is None or not self.same(now, placing.observed):
                return False
            listed = {"qk": placing.qk, "open": placing.open, "ready": placing.ready}
            self._memory.change(now, **listed, **more)
            return True

    def set_gold(self, placing: Placing, answer: Any) -> bool:
        with self._memory.lock:
            task = self._memory.tasks.get(placing.observed.task)
            if task is None or not self._place(placing, marked=placing.observed.marked or answer is not None):
                return False
            self._memory.tasks[task.id] = replace(task, gold=answer)
            return True

    def change_priority(self, sheet: Sheet, priority: float) -> bool:
        with self._memory.lock:
            now = self._memory.sheets.get(sheet.key)
            if now is None or (now.qk, now.ans) != (sheet.qk, sheet.ans):
                return False
            place = queue_key(sheet.queue, priority, sheet.task, sheet.ans)
            self._memory.sheets[sheet.key] = replace(now, prio=priority, qk=place)
            return True


def _counts(sheet: Sheet) -> tuple[Any, ...]:
    return sheet.ver, sheet.qk, sheet.open


def _still_true(now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
    size, ceiling = len(now.seats), seen.ceiling
    if now.n != move.n or now.open != seen.open or (move.ready is not None and now.ver != seen.ver):
        return False
    if isinstance(move, Renew):
        return now.seats.get(me) == move.observed and size == move.size
    if now.ans >= ceiling or me in now.seats:
        return False
    if isinstance(move, TakeOver):
        return now.seats.get(move.expired) == move.observed and size == move.size
    if move.beyond is not None:
        return size == move.beyond
    return size < ceiling - 1 if move.ready is None else size == ceiling - 1


class MemoryQueue:
    """A queue that never lags; it counts the pages that were read."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.pages_read = 0

    def near(self, queue: str, least: int = 0, after: str | None = None) -> Sequence[Entry]:
        return next(self.pages(queue, after=after, size=max(40, least)), [])

    def pages(
        self,
        queue: str,
        after: str | None = None,
        until: str | None = None,
        size: int = 0,
        backwards: bool = False,
    ) -> Iterator[Sequence[Entry]]:
        last = after or ""
        while True:
            with self._memory.lock:
                listed = [one for one in self._memory.sheets.values() if one.open == queue]
            sheets = [one for one in listed if _beyond(one, last, backwards)]
            ordered = sorted((one for one in sheets if not until or one.qk <= until), key=_place, reverse=backwards)
            page = [Entry(queue, sheet.qk, sheet.key, sheet.ready or 0) for sheet in ordered[: size or 40]]
            self.pages_read += 1
            if not page:
                return
            yield page
            last = page[-1].qk

    def learned(self, entry: Entry, ready: int | None) -> None:
        pass


def _place(sheet: Sheet) -> str:
    return sheet.qk


def _beyond(sheet: Sheet, last: str, backwards: bool) -> bool:
    return not last or (sheet.qk < last if backwards else sheet.qk > last)


class MemoryParticipations:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def accuracies(self, project_id: int, last: str, limit: int) -> list[Accuracy]:
        keys = sorted(key for key in self._memory.accuracies if key[0] == project_id and key[1] > last)
        known = [self._memory.accuracies[key] for key in keys]
        return [one for one in known if one.answered][:limit]

    def get(self, contributor: str, project_id: int) -> Participation:
        return self._memory.participations.get((contributor, project_id), Participation())

    def with_leases(self, contributor: str) -> Mapping[int, Participation]:
        found = self._memory.participations.items()
        return {project_id: one for (who, project_id), one in found if who == contributor and one.leases}

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
            if now is None or not self.allows(now, sheet, run, answer):
                raise SeatChanged
            memory.runs[key] = run
            seats = {**now.seats, run.contributor: -answer.run_id}
            listed: dict[str, Any] = {"open": None, "ready": None} if answer.last else {}
            if answer.voting is not None:
                listed["votes"] = answer.voting.votes
            if answer.spared:
                listed |= {"n": now.ans + 1, "spared": answer.spared}
            gen = now.gen + 1 if answer.extra else now.gen
            memory.change(now, seats=seats, ans=now.ans + 1, gen=gen, qk=answer.qk or now.qk, **listed)
            self._participate(run, 1, set() if answer.last else {run.task_id})
            memory.judge(run, 1)

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        """The condition of an answer on its sheet."""
        return _seat_is_live(now, seen, run, answer)

    def _participate(self, run: TaskRun, runs: int, done: set[int]) -> None:
        key = (run.contributor, run.project_id)
        old = self._memory.participations.get(key, Participation())
        leases = {task: lease for task, lease in old.leases.items() if task != run.task_id}
        self._memory.participations[key] = replace(old, leases=leases, runs=old.runs + runs, done=old.done | done)

    def find(self, project_id: int, contributor: str, task_id: int) -> TaskRun | None:
        return self._memory.runs.get((project_id, contributor, task_id))

    def of_task(self, sheet: Sheet, consistent: bool = False) -> list[TaskRun]:
        runs = [run for run in self._memory.runs.values() if run.task_id == sheet.task]
        return sorted(runs, key=lambda run: run.id)

    def of_contributor(
        self, project_id: int, contributor: str, last_task: int, limit: int, consistent: bool = False
    ) -> list[TaskRun]:
        keys = sorted(key for key in self._memory.runs if key[:2] == (project_id, contributor) and key[2] > last_task)
        return [self._memory.runs[key] for key in keys[:limit]]

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        memory, key = self._memory, (run.project_id, run.contributor, run.task_id)
        with memory.lock:
            now = memory.sheets.get(sheet.key)
            if now is None:
                raise SeatChanged
            same = all(getattr(now, name) == getattr(sheet, name) for name in PINNED)
            stored = memory.runs.get(key)
            if not same or now.seats.get(run.contributor) != -run.id or stored is None or stored.vote != run.vote:
                raise SeatChanged
            memory.forget(run)
            seats = {other: held for other, held in now.seats.items() if other != run.contributor}
            votes = recounted(sheet.votes, run.vote, None)
            memory.change(now, seats=seats, ans=now.ans - 1, votes=votes, **_listing(sheet))

    def change_vote(self, sheet: Sheet, run: TaskRun, info: Any, media_url: str | None, vote: str | None) -> None:
        memory, key = self._memory, (run.project_id, run.contributor, run.task_id)
        with memory.lock:
            now, stored = memory.sheets[sheet.key], memory.runs.get(key)
            if stored is None or (stored.id, stored.vote) != (run.id, run.vote) or now.votes != sheet.votes:
                raise SeatChanged
            if now.completed or now.seats.get(run.contributor) != -run.id:
                raise SeatChanged
            memory.runs[key] = replace(stored, info=info, media_url=media_url, vote=vote)
            memory.sheets[sheet.key] = replace(now, votes=recounted(sheet.votes, run.vote, vote))


def _seat_is_live(now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
    live = now.seats.get(run.contributor) == answer.observed and now.n == answer.n and now.open == seen.open
    counted = live and answer.least <= now.ans <= answer.most
    if answer.voting is not None and now.votes != answer.voting.observed:
        return False
    return counted and (answer.qk is None or now.prio == seen.prio)


def _listing(sheet: Sheet) -> dict[str, Any]:
    changes: dict[str, Any] = {"gen": sheet.gen + 1} if sheet.completed else {}
    if sheet.ans > sheet.ceiling:
        return changes
    changes["qk"] = queue_key(sheet.queue, sheet.prio, sheet.task, sheet.ans - 1)
    if sheet.ans == sheet.n:
        changes |= {"n": sheet.n + sheet.spared, "spared": 0}
    if sheet.closed:
        return {**changes, "open": sheet.queue, "ready": FREE}
    return {**changes, "ready": FREE}


def memory_heart(scheduler: str = "default", memory: Memory | None = None) -> Heart:
    """The volunteers' path of a fresh project, all in memory."""
    memory = memory or Memory()
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
