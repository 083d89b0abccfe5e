"""Withdrawals assembled for tests: the real stores, an import's and a volunteer's path of one project, and the queue in
memory."""

import itertools
import time
from collections.abc import Callable
from typing import Any

from chalicelib.core.audit import Author
from chalicelib.core.completions import Completions
from chalicelib.core.imports import Record
from chalicelib.core.queueing import queue_name
from chalicelib.core.recount import Recount
from chalicelib.core.statistics import Statistics, groups
from chalicelib.core.task_facts import change_of
from chalicelib.core.tasks import Task, TaskRun
from chalicelib.core.walks import SETTLE_SECONDS
from chalicelib.core.withdrawal_requests import of_import
from chalicelib.core.withdrawals import Withdrawal, Withdrawals
from chalicelib.core.withdrawing import Tools
from chalicelib.store.audit import AuditStore
from chalicelib.store.results import ResultStore
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tables import SheetItem
from chalicelib.store.withdrawals import WithdrawalStore
from chalicelib.webhooks.outbox import Outbox
from tests.fakes.heart import Heart, key_of
from tests.fakes.importing import Importing
from tests.fakes.stream import Tap, record
from tests.fakes.webhooks import MemoryDeliveries, MemoryHook

OWNER = Author(1, "owner", "api")
ENDLESS = 900.0


class Withdrawing:
    """A project with imported tasks, volunteers, a stream, and its withdrawals."""

    def __init__(self, slice_rows: int = 100, side_by_side: Callable[..., Any] = map) -> None:
        self.importing = Importing(slice_rows)
        self.heart = Heart()
        self.heart.project = self.importing.project.id
        self.heart.queue_name = queue_name(self.heart.project, "default")
        self.messages: list[tuple[int, int, int]] = []
        self.files: list[str] = []
        self.tap = Tap()
        self._numbers = itertools.count(1)
        self._side_by_side = side_by_side
        deliveries = MemoryDeliveries()
        self.outbox = Outbox(MemoryHook(self.heart.project), deliveries, lambda message: None, self.heart.clock)

    @property
    def withdrawals(self) -> Withdrawals:
        """As a fresh container has them."""
        tools = Tools(
            self.importing.imports,
            self.heart.tasks,
            self.heart.sheets,
            self.heart.answers,
            self,
            self._side_by_side,
            self.heart.clock,
        )
        records = WithdrawalStore(AuditStore(self.heart.identifiers.next))
        return Withdrawals(
            records, tools.work_of, self._send, self.heart.identifiers.next, self.heart.clock
        )

    def _send(self, *message: int) -> None:
        self.messages.append(message)  # type: ignore[arg-type]

    def remove(self, key: str) -> None:
        self.files.append(key)

    def imports(self, rows: int, n: int = 2, first: int = 0) -> Record:
        """The record of a file of so many rows, imported to its end."""
        lines = "\n".join(f"picture {number},{n}" for number in range(first, first + rows))
        name = f"t{next(self._numbers)}.csv"
        return self.importing.deliver(self.importing.upload(name, f"url,n_answers\n{lines}\n".encode()))

    def settled(self) -> None:
        """Let all handlers die of old age."""
        self.heart.clock.now = max(self.heart.clock.now, time.time()) + SETTLE_SECONDS + 1

    def ask_import(self, record: Record, force: bool = False) -> Withdrawal:
        return self.withdrawals.ask(self.importing.project, OWNER, of_import(record, force))

    def ask_volunteer(self, *names: str) -> Withdrawal:
        keys = tuple(key_of(name) for name in names)
        wanted = Withdrawal(0, 0, "", None, user_ip="10.1.2.3", contributors=keys)
        self.heart.clock.jump(0.01)  # ids of runs that were made in the same millisecond may be above
        return self.withdrawals.ask(self.importing.project, OWNER, wanted)

    def run(self, one: Withdrawal, seconds: float = ENDLESS) -> Withdrawal:
        """What one message does."""
        return self.withdrawals.run(one.project_id, one.id, lambda: seconds)

    def to_the_end(self, one: Withdrawal) -> Withdrawal:
        """As many handlers as it takes; what they wait for comes."""
        for _ in range(50):
            now = self.run(one)
            if now.over:
                return now
            self.importing.drain()
            self.settled()
        raise AssertionError("the withdrawal does not end")

    @property
    def tasks(self) -> list[Task]:
        return list(self.heart.tasks.after(self.heart.project, 0, 100_000))

    def answer_all(self, *names: str) -> list[TaskRun]:
        """Every task that each of them is given."""
        runs = []
        for name in names:
            while (run := self.heart.answer_next(name)) is not None:
                runs.append(run)
        return runs

    def watched(self, act: Callable[[], Any]) -> Any:
        """Do it, and have the stream tell of it."""
        with self.tap.on(*(task.sheet for task in self.tasks)):
            return act()

    def tell_of_new_tasks(self) -> None:
        """The stream's records of the tasks that there are."""
        raw = SheetItem._get_connection()
        for task in self.tasks:
            self.tap.records.append(record(None, raw.get_item(task.sheet, consistent_read=True)["Item"]))

    def follow(self) -> None:
        """Have the stream's records handled, each twice."""
        results = ResultStore()
        completions = Completions(
            results, self.outbox, self.heart.tasks, self.heart.sheets, self.heart.identifiers.next, self.heart.clock
        )
        images = [one["dynamodb"] for one in self.tap.records for _ in range(2)]
        pairs = [(one.get("OldImage"), one.get("NewImage")) for one in images]
        for old, new in pairs:
            completions.changed(old, new)
        changes = [change for old, new in pairs if (change := change_of(old, new)) is not None]
        for group in groups(changes):
            self.statistics.fold(group)
        self.tap.records.clear()

    @property
    def statistics(self) -> Statistics:
        return Statistics(StatisticStore(), lambda project: 1.0, time.monotonic)

    def recount(self) -> int:
        recount = Recount(self.heart.tasks, self.heart.sheets, self.heart.answers, ResultStore(), self.statistics)
        return recount.project(self.heart.project)
