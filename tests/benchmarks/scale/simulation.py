"""Contributions at a rate, against DynamoDB's documented limits: a discrete-event simulation, seeded, pure Python.

What is modelled: keys that many contributions of a project share (the queue's index, the listing of runs by project,
the listing of results by project) and the seat sheets, each as a partition of its own with 1,000 write units a second
(AWS: "Best practices for designing and using partition keys effectively in DynamoDB"), without burst and without
splitting; an index that is full refuses the write of its table (AWS: "Understanding DynamoDB global secondary index
write throttling and back pressure"); containers that remember 40 entries of the head for two seconds; races lost on a
sheet; transactions that conflict; the retries and pauses of store/transport.py and store/contention.py; the stream's
shards, each handled by so many functions at a time.

What is not: Lambda's own scaling, cold starts, the network to the volunteer. Times of calls are assumptions, below.
"""

import heapq
import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from chalicelib.core.searching import FIRST_SPREAD, MOST_SKIPPED, WIDEST_SPREAD
from chalicelib.store import contention, transport
from chalicelib.store.queue import PAGE as WINDOW
from chalicelib.store.tables.base import RETRIES

WRITES_PER_SECOND = 1000.0
BUCKET = 100.0  # units that a partition may have in hand: a tenth of a second; AWS keeps up to 300 s, not counted on
CALL_SECONDS = (0.003, 0.002)  # a call: at least this, and in the mean so much more
COMMIT_SECONDS = 0.008  # that a transaction holds its items
REMEMBER_SECONDS = 2.0
THINK_SECONDS = 1.0  # a volunteer's, in the mean
TRANSPORT_ATTEMPTS = 1 + RETRIES
RECORD_SECONDS = 0.0005  # the stream's function: a record that means nothing
CONTAINERS = 0.1  # for a contribution a second
FOLD_RECORDS = 3  # tasks that share a leaf of the statistics
BATCH, BATCH_WINDOW = 100, 1.0
SHARDS = 4  # of a new table on demand (4,000 write units a second)

Process = Iterator[float]


class Partition:
    """A bucket of write units that fills at the partition's rate."""

    def __init__(self) -> None:
        self._left, self._at = BUCKET, 0.0
        self.used = 0.0
        self.refused = 0

    def has(self, now: float, units: float) -> bool:
        self._left = min(BUCKET, self._left + (now - self._at) * WRITES_PER_SECOND)
        self._at = now
        if self._left < units:
            self.refused += 1
            return False
        return True

    def spend(self, units: float) -> None:
        self._left -= units
        self.used += units


@dataclass
class Task:
    """A seat sheet: seats taken, answers, and until when a transaction holds it."""

    place: int
    partition: Partition
    taken: int = 0
    answers: int = 0
    held: float = 0.0


@dataclass
class Container:
    """What one remembers of the queue's head."""

    since: float = -1e9
    entries: list[Task] = field(default_factory=list)
    free: bool = True


@dataclass
class Outcome:
    """Of one run of the simulation. Times in seconds."""

    newtask: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    looked: int = 0  # sheets read to find a seat
    lost_races: int = 0
    conflicts: int = 0
    throttled: int = 0
    failed: int = 0  # requests that ended in an error
    waited: list[float] = field(default_factory=list)  # from the last answer to its result
    used: dict[str, float] = field(default_factory=dict)  # write units a second by partition


class Project:
    """One project's shared keys, its queue, and its containers."""

    def __init__(self, redundancy: int, containers: int) -> None:
        self.n = redundancy
        self.queue, self.runs, self.results = Partition(), Partition(), Partition()
        self.containers = [Container() for _ in range(containers)]
        self.tasks: list[Task] = []
        self._head = 0

    def window(self) -> list[Task]:
        """The first entries with a free seat, as the index tells them."""
        while self._head < len(self.tasks) and self.tasks[self._head].taken >= self.n:
            self._head += 1
        found, place = [], self._head
        while len(found) < WINDOW:
            if place == len(self.tasks):
                self.tasks.append(Task(place, Partition()))
            if self.tasks[place].taken < self.n:
                found.append(self.tasks[place])
            place += 1
        return found


@dataclass(frozen=True)
class Scene:
    """Contributions a second, shared evenly by the projects; answers that a task wants; imported tasks a second (into
    the first project); functions at a time for a shard of the stream; whether there is a webhook."""

    rate: float
    projects: int = 1
    n: int = 1
    imports: float = 0
    parallel: int = 10
    webhook: bool = False


class Simulation:
    """Call `run` once."""

    def __init__(self, scene: "Scene", seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._rate = scene.rate
        containers = max(4, round(scene.rate * CONTAINERS / scene.projects))
        self._projects = [Project(scene.n, containers) for _ in range(scene.projects)]
        self._imports = scene.imports
        self._calls = 3 if scene.webhook else 1  # result; its message's record and the queue
        self._shards = [Shard(scene.parallel) for _ in range(SHARDS)]
        self._events: list[tuple[float, int, Process]] = []
        self._order = 0
        self.now = 0.0
        self.outcome = Outcome()

    @property
    def tasks(self) -> list[Task]:
        return [task for project in self._projects for task in project.tasks]

    def run(self, seconds: float) -> Outcome:
        """Contributions begin for so long; all that begin are played to their end."""
        self._begin(0.0, self._arrivals(seconds))
        if self._imports:
            self._begin(0.0, self._importing(self._projects[0], seconds))
        while self._events:
            self.now, _, process = heapq.heappop(self._events)
            pause = next(process, None)
            if pause is not None:
                self._begin(self.now + pause, process)
        whole = max(seconds, 1e-9)
        first = self._projects[0]
        for name in ("queue", "runs", "results"):
            self.outcome.used[name] = getattr(first, name).used / whole
        self.outcome.throttled = sum(
            one.refused for project in self._projects for one in (project.queue, project.runs)
        ) + sum(task.partition.refused for task in self.tasks)
        return self.outcome

    def _begin(self, at: float, process: Process) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, process))

    def _arrivals(self, seconds: float) -> Process:
        while self.now < seconds:
            project = self._chance.choice(self._projects)
            self._begin(self.now, self._contribution(project))
            yield self._chance.expovariate(self._rate)

    def _importing(self, project: Project, seconds: float) -> Process:
        while self.now < seconds:
            if project.queue.has(self.now, 1):
                project.queue.spend(1)
            yield 1 / self._imports

    def _call(self) -> float:
        least, more = CALL_SECONDS
        return least + self._chance.expovariate(1 / more)

    def _contribution(self, project: Project) -> Process:
        began = self.now
        yield self._call()  # the participation
        task = yield from self._take(project)
        if task is None:
            self.outcome.failed += 1
            return
        yield self._call()  # the lease in the participation
        self.outcome.newtask.append(self.now - began)
        yield self._chance.expovariate(1 / THINK_SECONDS)
        began = self.now
        yield self._call()  # the sheet
        if not (yield from self._answer(project, task)):
            self.outcome.failed += 1
            return
        self.outcome.submit.append(self.now - began)

    def _take(self, project: Project) -> Generator[float, None, Task | None]:
        container, spread, refused = self._chance.choice(project.containers), 1, 0
        candidates = yield from self._head(project, container, fresh=False)
        while True:
            if not candidates or refused == MOST_SKIPPED:
                candidates, refused = (yield from self._head(project, container, fresh=True)), 0
            task = candidates.pop(self._chance.randrange(min(spread, len(candidates))))
            yield self._call()  # the sheet, and the task
            self.outcome.looked += 1
            if task.taken >= project.n:
                refused += 1
                _forget(container, task)
                continue
            taken = yield from self._seat(project, task, task.taken)
            if taken is None:
                return None
            if task.taken >= project.n:
                _forget(container, task)
            if taken:
                return task
            self.outcome.lost_races += 1
            candidates.insert(0, task)
            spread = min(WIDEST_SPREAD, max(FIRST_SPREAD, spread * 2))

    def _head(self, project: Project, container: Container, fresh: bool) -> Generator[float, None, list[Task]]:
        if fresh or self.now - container.since > REMEMBER_SECONDS:
            yield self._call()
            container.since, container.entries = self.now, project.window()
        return list(container.entries)

    def _seat(self, project: Project, task: Task, seen: int) -> Generator[float, None, bool | None]:
        """True: taken; False: a race was lost; None: an error."""

        def write() -> bool | None:
            if task.held > self.now:
                return None
            last = task.taken == project.n - 1
            if not task.partition.has(self.now, 1) or (last and not project.queue.has(self.now, 1)):
                return False
            task.partition.spend(1)
            # The condition: the size on the other side of the last seat, see heart.md §2.
            if task.taken >= project.n or (last and seen != task.taken):
                raise LostRace
            task.taken += 1
            if last:
                project.queue.spend(1)
            return True

        try:
            return (yield from self._persist(write)) or None
        except LostRace:
            yield self._call()
            return False

    def _answer(self, project: Project, task: Task) -> Generator[float, None, bool]:
        def write() -> bool | None:
            if task.held > self.now:
                return None
            last = task.answers == project.n - 1
            keys = [(task.partition, 2.0), (project.runs, 1.0), *([(project.queue, 1.0)] if last else [])]
            if not all(partition.has(self.now, units) for partition, units in keys):
                return None  # a transaction that is throttled is cancelled, and tried again as after a conflict
            for partition, units in keys:
                partition.spend(units)
            task.answers += 1
            task.held = self.now + COMMIT_SECONDS
            return True

        done = yield from self._persist(write)
        if done:
            shard = self._shards[task.place % SHARDS]
            self._begin(self.now, shard.record(self, project, completes=task.answers == project.n))
        return bool(done)

    def _persist(self, write: Callable[[], bool | None]) -> Generator[float, None, bool]:
        """A write's outcome: True, or False after an error. `write` says True, False (throttled), None (a conflict)."""
        deadline = self.now + contention.BUDGET_SECONDS
        throttled = 1
        for made in range(contention.ATTEMPTS):
            yield self._call()
            outcome = write()
            while outcome is False:
                if throttled == TRANSPORT_ATTEMPTS:
                    return False
                yield self._chance.uniform(0, transport.FIRST_PAUSE_SECONDS * 2**throttled)
                throttled += 1
                yield self._call()
                outcome = write()
            if outcome:
                return True
            self.outcome.conflicts += 1
            pause = self._chance.uniform(0, contention.FIRST_PAUSE_SECONDS * 2**made)
            if self.now + pause > deadline:
                return False
            yield pause
        return False


def _forget(container: Container, task: Task) -> None:
    if task in container.entries:
        container.entries.remove(task)


class LostRace(Exception):
    """Somebody else was quicker."""


class Shard:
    """A part of the stream; `parallel` functions handle its batches, one record after the other."""

    def __init__(self, parallel: int) -> None:
        self._free = [0.0] * parallel

    def record(self, simulation: Simulation, project: Project, completes: bool) -> Process:
        """Handled by the function that is free first; in the mean a record waits half the batch's window."""
        came = simulation.now
        work = RECORD_SECONDS * 2 + simulation._call() / FOLD_RECORDS  # the lease's record before it, its leaf
        work += sum(simulation._call() for _ in range(simulation._calls)) if completes else 0.0
        begin = max(heapq.heappop(self._free), came)
        heapq.heappush(self._free, begin + work)
        yield begin + work - came
        if completes:
            while not project.results.has(simulation.now, 1):
                yield 0.05
            project.results.spend(1)
            simulation.outcome.waited.append(simulation.now - came + BATCH_WINDOW / 2)
