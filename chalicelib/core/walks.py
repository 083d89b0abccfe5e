"""A walk over all tasks of a project, which brings each where a change of its scheduler or redundancy wants it.

A project has one walk, kept as a record with a checkpoint; asking again begins it anew with what is wanted then. Each
step brings one task and may be repeated, so a walk that stops goes on from its checkpoint, and two handlers that walk
the same project do the same. Volunteers need not wait for it: whoever meets a task in the former queue takes it along
(scheduling.py).

A handler that read the project before the change may still list new tasks in the former queue for as long as it runs.
So the end of a walk waits that long, and then looks into the former queues once more.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.errors import NotFound
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project
from chalicelib.core.queueing import Entry, other_queues, queue_name
from chalicelib.core.redundancy import set_n_answers, set_queue
from chalicelib.core.repositories import Sheets
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import Task

PAGE = 100
MARGIN_SECONDS = 20.0  # left of a handler's time when it hands over
SETTLE_SECONDS = 180  # longer than any function that lists tasks may run
SOON_SECONDS = 2  # so that the change itself, which comes after asking, is usually there


class Walk(Struct, frozen=True):
    """How far a project's walk is. Times are UTC text; `seen` counts tasks, `changed` those that were brought
    elsewhere; `settled` is when its end may be looked at (epoch seconds)."""

    project_id: int
    asked: str
    n_answers: int | None = None
    queue: str | None = None
    state: Literal["waiting", "running", "settling", "finished"] = "waiting"
    last_id: int = 0
    seen: int = 0
    changed: int = 0
    settled: float = 0.0
    finished: str | None = None
    version: int = 1


class Overtaken(Exception):
    """The record is no longer the one that was read; nothing was stored."""


class Records(Protocol):
    def get(self, project_id: int) -> Walk | None:
        """Read consistently."""

    def put(self, new: Walk) -> None:
        """Store the version after the stored one (1: the first). Raises Overtaken."""


class Projects(Protocol):
    def get(self, project_id: int) -> Project | None: ...


class Tasks(Protocol):
    def after(self, project_id: int, last_id: int, limit: int) -> list[Task]: ...


class Queue(Protocol):
    def pages(self, queue: str) -> Iterable[Sequence[Entry]]: ...


class Walks:
    """The walks of all projects. `go_on` asks for a walk to be continued after some seconds, by another handler;
    `side_by_side` is a map; `clock` gives epoch seconds."""

    def __init__(
        self,
        records: Records,
        projects: Projects,
        tasks: Tasks,
        sheets: Sheets,
        queue: Queue,
        go_on: Callable[[int, int], None],
        side_by_side: Callable[[Callable[[Sheet], bool], Sequence[Sheet]], Iterable[bool]],
        clock: Callable[[], float],
    ) -> None:
        self._records = records
        self._projects = projects
        self._tasks = tasks
        self._sheets = sheets
        self._queue = queue
        self._go_on = go_on
        self._side_by_side = side_by_side
        self._clock = clock

    def of_project(self, project_id: int) -> Walk | None:
        """The project's newest walk."""
        return self._records.get(project_id)

    def ask(self, project_id: int, n_answers: int | None = None) -> Walk:
        """Have the project's tasks brought to its queue, and each to `n_answers` if given; a redundancy that an
        unfinished walk is bringing stays wanted. Ask before the change is stored: a walk that finds nothing changed
        does no harm, a change without its walk would."""
        while True:
            old = self._records.get(project_id)
            pending = old.n_answers if old is not None and old.state != "finished" else None
            wanted = n_answers if n_answers is not None else pending
            version = old.version + 1 if old is not None else 1
            walk = Walk(project_id, timestamp(self._clock()), wanted, version=version)
            try:
                self._records.put(walk)
            except Overtaken:
                continue
            self._go_on(project_id, SOON_SECONDS)
            return walk

    def follow(self, old: Project, new: Project) -> None:
        """Ask for a walk if the change from `old` to `new`, which is about to be stored, moves tasks elsewhere."""
        if queue_name(old.id, old.rules.sched) != queue_name(new.id, new.rules.sched):
            self.ask(new.id)

    def run(self, project_id: int, seconds_left: Callable[[], float]) -> Walk | None:
        """Walk on from the checkpoint until the end, or until another handler has to go on. None when there is none."""
        walk = self._records.get(project_id)
        while walk is not None and walk.state != "finished":
            try:
                return self._walk(walk, seconds_left)
            except Overtaken:
                walk = self._records.get(project_id)
        return walk

    def _walk(self, walk: Walk, seconds_left: Callable[[], float]) -> Walk:
        project = self._projects.get(walk.project_id)
        if project is None:
            return self._checkpoint(walk, state="finished", finished=timestamp(self._clock()))
        queue = queue_name(project.id, project.rules.sched)
        if walk.queue != queue:
            walk = self._checkpoint(walk, queue=queue, state="running", last_id=0, seen=0, changed=0)
        if walk.state != "settling":
            walk = self._over_all_tasks(walk, queue, seconds_left)
        return self._settle(walk, queue) if walk.state == "settling" else walk

    def _over_all_tasks(self, walk: Walk, queue: str, seconds_left: Callable[[], float]) -> Walk:
        while tasks := self._tasks.after(walk.project_id, walk.last_id, PAGE):
            changed = self._bring([task.sheet for task in tasks], queue, walk.n_answers)
            done = {"seen": walk.seen + len(tasks), "changed": walk.changed + changed, "last_id": tasks[-1].id}
            walk = self._checkpoint(walk, **done)
            if seconds_left() < MARGIN_SECONDS:
                self._go_on(walk.project_id, 0)
                return walk
        return self._checkpoint(walk, state="settling", settled=self._clock() + SETTLE_SECONDS)

    def _settle(self, walk: Walk, queue: str) -> Walk:
        wait = walk.settled - self._clock()
        if wait > 0:
            self._go_on(walk.project_id, int(wait) + 1)
            return walk
        late = [[one.sheet for one in page] for other in other_queues(queue) for page in self._queue.pages(other)]
        changed = sum(self._bring(sheets, queue, None) for sheets in late)
        return self._checkpoint(
            walk, state="finished", changed=walk.changed + changed, finished=timestamp(self._clock())
        )

    def _bring(self, keys: Sequence[str], queue: str, n: int | None) -> int:
        """How many tasks were not yet as they should be."""
        sheets, _ = self._sheets.read(keys, [], consistent=True)
        wrong = [sheet for sheet in sheets.values() if _elsewhere(sheet, queue) or n not in (None, sheet.n)]
        return sum(self._side_by_side(lambda sheet: self._bring_one(sheet, queue, n), wrong))

    def _bring_one(self, sheet: Sheet, queue: str, n: int | None) -> bool:
        try:
            moved = set_queue(self._sheets, sheet.key, queue, sheet)
            return (n is not None and set_n_answers(self._sheets, sheet.key, n)) or moved
        except NotFound:  # deleted meanwhile
            return False

    def _checkpoint(self, walk: Walk, **changes: Any) -> Walk:
        new = replace(walk, version=walk.version + 1, **changes)
        self._records.put(new)
        return new


def _elsewhere(sheet: Sheet, queue: str) -> bool:
    return sheet.queue != queue and not sheet.gold
