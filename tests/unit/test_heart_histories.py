"""Any history of volunteers, an owner, imports, a stream, crashes and a clock, one step after the other, on stores in
memory: what is promised holds after each step, and at the end over the whole of it (reliability.md R1–R7, R10).

`tests/reliability/test_histories_interleaved.py` puts the steps of several clients between each other. To add a rule:
write it here as a method, through `self.journal` if a client is told something; what holds over whole histories goes
into `tests/histories/verdict.py`. `NIMBOSSA_HISTORIES=100` tries a hundred times as many.
"""

import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_priority, set_queue
from chalicelib.core.seats import Sheet
from chalicelib.core.seats import place as placing_of
from chalicelib.core.tasks import NewTask, Task
from tests.fakes.heart import LEASE_SECONDS, key_of
from tests.fakes.memory_batches import MemoryBatch
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance, times
from tests.histories.clients import Project
from tests.histories.closing import deliver, finish, look
from tests.histories.delivery import SHARDS, Handler, Killed, Reader, Shard
from tests.histories.ground import MemoryGround
from tests.histories.journal import Journal, Step
from tests.histories.verdict import violations
from tests.reliability.faults import Crash

VOLUNTEERS = st.sampled_from(["ann", "bob", "cid", "dot"])
TASKS = st.integers(0, 5)
SCHEDULERS = st.sampled_from(["default", "breadth_first", "depth_first_all"])


class Breakable:
    """Passes everything on; when told to, dies before or after the next call of one method."""

    def __init__(self, real: Any, method: str) -> None:
        self._real = real
        self._method = method
        self.dies: str | None = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return real if name != self._method else lambda *given: self._call(real, given)

    def _call(self, real: Any, given: tuple[Any, ...]) -> Any:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise Crash
        outcome = real(*given)
        if dies == "after":
            raise Crash
        return outcome


class Histories(RuleBasedStateMachine):
    @initialize(
        scheduler=SCHEDULERS,
        redundancies=st.lists(st.integers(1, 3), min_size=1, max_size=6),
        priorities=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6),
    )
    def begin(self, scheduler: str, redundancies: list[int], priorities: list[float]) -> None:
        self.ticks = itertools.count()
        self.journal = Journal(lambda: next(self.ticks))
        self.ground = MemoryGround(scheduler, lambda: next(self.ticks))
        self.heart = self.ground.heart
        self.project = Project(self.heart, scheduler, [])
        self.rows: set[int] = set()
        self.tasks: list[Task] = []
        for place, n in enumerate(redundancies):
            self.tasks += self.heart.add(1, n, lambda _, place=place: priorities[place])  # type: ignore[misc]
        self.breakable = {
            "move": Breakable(self.heart.sheets, "move"),
            "remember": Breakable(self.heart.participations, "remember"),
            "record": Breakable(self.heart.answers, "record"),
        }
        self.heart.sheets = self.breakable["move"]
        self.heart.participations = self.breakable["remember"]
        self.heart.answers = self.breakable["record"]
        self._read_the_stream()

    def _read_the_stream(self) -> None:
        """By two functions at once, in containers whose writes break."""
        chance, shards = Chance("machine"), [Shard(self.ground, number) for number in range(SHARDS)]
        self.breakages = [Breakage(chance.of(place), 0.1, died=Killed) for place in range(2)]
        self.handlers = [Handler(self.ground, breakage) for breakage in self.breakages]
        self.readers = [
            Reader(shard, handler, chance.of(place, "reader"))
            for place, (handler, shard) in enumerate(itertools.product(self.handlers, shards))
        ]

    def _sheets(self) -> list[Sheet]:
        return list(self.ground.sheets().values())

    def _complete(self) -> list[Sheet]:
        """Without those whose import has stored the sheet and not yet the task, which nobody can be given."""
        return [sheet for sheet in self._sheets() if sheet.task in self.ground.memory.tasks]

    def _task(self, place: int) -> Task:
        return self.tasks[place % len(self.tasks)]

    def _last(self) -> Step:
        return self.journal.steps[-1]

    @rule(who=VOLUNTEERS, limit=st.integers(1, 3), offset=st.integers(0, 2))
    def ask(self, who: str, limit: int, offset: int) -> None:
        try:
            found = self.heart.ask(who, limit, offset)
        except Crash:
            return
        assert len(found) == len({handout.task.id for handout in found}) <= limit
        for handout in found:
            assert (self.heart.sheet(handout.task).leased_until(key_of(who)) or 0) > self.heart.clock()

    @rule(who=VOLUNTEERS)
    def ask_while_nobody_holds_a_lease(self, who: str) -> None:
        """R10: then it is a task of the first place in the queue that the volunteer may do, or nothing is left."""
        if any(held > self.heart.clock() for sheet in self._sheets() for held in sheet.seats.values()):
            return
        queue = self.heart.queue_name
        sheets = [one for one in self._complete() if self._wants(one) and one.seats.get(key_of(who), 0) >= 0]
        still_elsewhere = [one for one in self._sheets() if one.queue != queue]
        try:
            found = self.heart.ask_ids(who)
        except Crash:
            return
        if still_elsewhere:  # while the scheduler changes, the order is not exact; that there is something is
            assert len(found) == min(1, len(sheets))
        else:
            assert found == [sheet.task for sheet in sorted(sheets, key=lambda one: one.qk)[:1]]

    def _wants(self, sheet: Sheet) -> bool:
        """Whether it takes answers by the rules of the project's scheduler; one that stands under former rules, which
        closed it, waits for the walk over all tasks."""
        return not sheet.closed and placing_of(sheet, self.heart.queue_name).open is not None

    @rule(who=VOLUNTEERS, place=TASKS, key=st.sampled_from([None, "one", "two"]))
    def submit(self, who: str, place: int, key: str | None) -> None:
        """R1 and R3: accepted with a live seat while answers are wanted, and never twice; who says that it is the same
        request again gets the same run."""
        task = self._task(place)
        before = self.heart.sheet(task)
        until = before.leased_until(key_of(who))
        may = until is not None and until > self.heart.clock() and not before.closed
        repeats = self._is_repeat(who, task, key)
        with self.journal.step(who, "submit", who=key_of(who), task=task.id, key=key) as told:
            told["run"] = self.heart.submit(who, task, idem=key and f"{key:_<16}").id
        if self._last().outcome == "refused":
            assert not may
            assert not repeats
        if self._last().outcome == "ok":
            assert may or repeats
            assert self.heart.sheet(task).ans == before.ans + may <= max(before.ceiling, before.ans)

    def _is_repeat(self, who: str, task: Task, key: str | None) -> bool:
        runs = self.heart.answers.of_task(self.heart.sheet(task))
        return any(run.contributor == key_of(who) and run.idem == (key and f"{key:_<16}") for run in runs if run.idem)

    @rule(seconds=st.sampled_from([1, LEASE_SECONDS // 2, LEASE_SECONDS + 1, -30]))
    def jump(self, seconds: int) -> None:
        self.heart.clock.jump(seconds)

    @rule(which=TASKS, n=st.integers(1, 4))
    def change_redundancy(self, which: int, n: int) -> None:
        assert self.heart.set_redundancy(self._task(which), n)

    @rule(place=TASKS, priority=st.sampled_from([0.0, 0.5, 1.0]))
    def change_priority(self, place: int, priority: float) -> None:
        set_priority(self.heart.sheets, self._task(place).sheet, priority)

    @rule(scheduler=SCHEDULERS)
    def change_scheduler(self, scheduler: str) -> None:
        self.project.scheduler = scheduler
        self.heart.queue_name = queue_name(self.heart.project, scheduler)

    @rule(which=TASKS)
    def walk_over_a_task(self, which: int) -> None:
        set_queue(self.heart.sheets, self._task(which).sheet, self.heart.queue_name)

    @rule(place=TASKS, in_result=st.booleans())
    def withdraw(self, place: int, in_result: bool) -> None:
        """A run that a result may rest on, as a draft is cleared; or one that none does, as a run is deleted."""
        sheet = self.heart.sheet(self._task(place))
        for run in self.heart.answers.of_task(sheet)[:1] if in_result or not sheet.completed else []:
            with self.journal.step("owner", "withdraw", task=sheet.task, run=run.id) as told:
                self.heart.answers.withdraw(sheet, run)
                told["done"] = True

    @precondition(lambda self: len(self.tasks) > 1)
    @rule(place=TASKS)
    def delete_task(self, place: int) -> None:
        task = self._task(place)
        with self.journal.step("owner", "delete", task=task.id) as told:
            assert self.heart.tasks.delete(task, self.heart.sheet(task))
            told["done"] = True
        self.tasks.remove(task)

    @rule(first=st.integers(0, 4), count=st.integers(1, 3), writes=st.integers(0, 8))
    def import_rows(self, first: int, count: int, writes: int) -> None:
        """Files overlap, and come again; the handler dies before its `writes`-th write."""
        rows, left = range(first, first + count), iter(range(writes))

        def fault() -> None:
            if next(left, None) is None:
                raise Crash

        self.rows.update(rows)
        with suppress(Crash):
            self._import(rows, fault)

    def _import(self, rows: Iterable[int], fault: Callable[[], None]) -> None:
        batch = MemoryBatch(self.ground.memory, self.heart.project, self.heart.queue_name, fault)
        batch.create(NewTask({"row": row}, 1 + row % 2) for row in rows)

    @precondition(lambda self: hasattr(self, "readers"))
    @rule(which=st.integers(0, 3))
    def deliver_a_batch(self, which: int) -> None:
        """Of any size, again, in parts, beside another handler: see delivery.py."""
        self.readers[which].read()

    @precondition(lambda self: hasattr(self, "breakable"))
    @rule(which=st.sampled_from(["move", "remember", "record"]), when=st.sampled_from(["before", "after"]))
    def break_next(self, which: str, when: str) -> None:
        self.breakable[which].dies = when

    @precondition(lambda self: hasattr(self, "heart"))
    @invariant()
    def a_sheet_tells_the_truth_about_its_runs_and_its_listing(self) -> None:
        for sheet in self._sheets():
            runs = self.heart.answers.of_task(sheet)
            assert sheet.run_ids == [run.id for run in runs]
            assert sheet.ans == len(runs) == len({run.contributor for run in runs})
            assert (sheet.open is None) == sheet.closed == (sheet.ready is None)
            assert sheet.open in (None, sheet.queue)
            if sheet.ready is not None:
                taken = [held for held in sheet.seats.values() if held < 0 or held >= sheet.ready]
                assert sheet.ready == 0 or len(taken) >= sheet.ceiling  # no seat is free before it

    def teardown(self) -> None:
        """R2: once everybody has gone away, other volunteers who keep asking complete every task."""
        if not hasattr(self, "heart"):
            return
        for one in self.breakable.values():
            one.dies = None
        for breakage in self.breakages:
            breakage.rate = 0.0
        self._import(self.rows, lambda: None)
        finish(self.ground, self.project, self.journal)
        deliver(self.readers)
        sent = [str(message["delivery"]) for handler in self.handlers for message in handler.sent]
        found = violations(look(self.ground, self.journal, sent))
        assert not found, "\n".join(map(str, found))
        assert sorted(self._imported()) == sorted(self.rows)

    def _imported(self) -> list[int]:
        """R7: each row once, however often and from however many files it came."""
        return [task.info["row"] for task in self.ground.memory.tasks.values() if "row" in task.info]


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=times(120), stateful_step_count=40, deadline=None)
