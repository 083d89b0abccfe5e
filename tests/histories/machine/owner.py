"""Rules of an owner, who changes tasks and takes things back while they are answered, and whose files come."""

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_priority, set_queue
from tests.fakes.heart import key_of
from tests.histories.machine.stage import PRIORITIES, SCHEDULERS, TASKS, VOLUNTEERS, Stage
from tests.reliability.faults import Crash


class OwnerRules(Stage):
    """What an owner does to tasks and runs."""

    @rule(place=TASKS, n=st.integers(1, 4))
    def change_redundancy(self, place: int, n: int) -> None:
        assert self.heart.set_redundancy(self.task(place), n)

    @rule(place=TASKS, priority=PRIORITIES)
    def change_priority(self, place: int, priority: float) -> None:
        set_priority(self.heart.sheets, self.task(place).sheet, priority)

    @rule(scheduler=SCHEDULERS)
    def change_scheduler(self, scheduler: str) -> None:
        self.project.scheduler = scheduler
        self.heart.queue_name = queue_name(self.heart.project, scheduler)

    @rule(place=TASKS)
    def walk_over_a_task(self, place: int) -> None:
        set_queue(self.heart.sheets, self.task(place).sheet, self.heart.queue_name)

    @rule(place=TASKS, in_result=st.booleans())
    def withdraw(self, place: int, in_result: bool) -> None:
        """A run that a result may rest on, as a draft is cleared; or one that none does, as a run is deleted."""
        sheet = self.heart.sheet(self.task(place))
        for run in self.heart.answers.of_task(sheet)[:1] if in_result or not sheet.completed else []:
            with self.journal.step("owner", "withdraw", task=sheet.task, runs=[run.id]) as told:
                self.heart.answers.withdraw(sheet, run)
                told["done"] = True

    @rule(who=VOLUNTEERS)
    def withdraw_a_volunteer(self, who: str) -> None:
        """Whatever they answered before is gone, and what they hold stays theirs."""
        before = self._seats_of(who)
        runs = [-held for held in before.values() if held is not None and held < 0]
        end = max(runs, default=0) + 1
        with self.journal.step("owner", "withdraw", who=key_of(who), before=end) as told:
            assert self.heart.withdraw_runs_of(key_of(who), end) == 0
            told["done"] = True
        assert self.last.outcome == "ok"
        held = {task: seat if seat is None or -seat not in runs else None for task, seat in before.items()}
        assert self._seats_of(who) == held

    def _seats_of(self, who: str) -> dict[int, int | None]:
        return {sheet.task: sheet.seats.get(key_of(who)) for sheet in self.sheets()}

    @rule(place=TASKS)
    def take_back(self, place: int) -> None:
        """All leases of a task."""
        key = self.task(place).sheet
        with self.journal.step("owner", "take back", task=self.task(place).id):
            self.heart.giving_back.of_tasks([key])
        if self.last.outcome == "ok":
            assert not any(held > self.heart.clock() for held in self.heart.sheet(self.task(place)).seats.values())

    @precondition(lambda self: len(self.tasks) > 1)
    @rule(place=TASKS)
    def delete_task(self, place: int) -> None:
        task = self.task(place)
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
            self.import_again(rows, fault)
