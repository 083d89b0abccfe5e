"""The volunteers' path of one project, assembled for tests: real stores by default, any of them replaceable."""

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.core.agreement import Agreement
from chalicelib.core.contributors import Contributor
from chalicelib.core.giving_back import GivingBack
from chalicelib.core.gold import set_gold
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.queueing import queue_name
from chalicelib.core.scheduling import Scheduling
from chalicelib.core.searching import Handout
from chalicelib.core.seats import Sheet, change_redundancy
from chalicelib.core.stores import Answers, Participations, Queue, Sheets
from chalicelib.core.submission import Content, Submission
from chalicelib.core.tasks import NewTask, Task, TaskRun
from chalicelib.core.withdrawals import Withdrawal
from chalicelib.core.withdrawing import Tools
from chalicelib.store.participations import ParticipationStore
from chalicelib.store.queue import QueueStore
from chalicelib.store.runs import RunStore
from chalicelib.store.sheets import SheetStore
from chalicelib.store.tables import SheetItem, TaskItem
from chalicelib.store.tasks import TaskStore, sheet_item, task_item

LEASE_SECONDS = 3600
LEASE_CAP = 20
_projects = itertools.count(1)
_blocks = itertools.count(100_000)  # far from the blocks that the product opens


class Clock:
    """The time that a test wants: starts at the real one, stands still, moves when told."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += seconds


class Heart:
    """Scheduling and submission of a fresh project over the given stores."""

    def __init__(
        self,
        sheets: Sheets | None = None,
        queue: Queue | None = None,
        participations: Participations | None = None,
        answers: Answers | None = None,
        tasks: Any = None,
        scheduler: str = "default",
        remember_seconds: float = 0.0,
        put: Callable[[int, str, Sequence[NewTask]], list[Task]] | None = None,
        worker: Callable[[], int] | None = None,
        agreement: Agreement | None = None,
        gold_rate: float = 0.0,
    ) -> None:
        self.project = next(_projects)
        self.queue_name = queue_name(self.project, scheduler)
        self.agreement = agreement
        self.gold_rate = gold_rate
        self.at_least = False
        self.clock = Clock()
        self.started = int(self.clock())
        self.sheets: Any = sheets or SheetStore()
        self.queue: Any = queue or QueueStore(remember_seconds)
        self.participations: Any = participations or ParticipationStore()
        self.answers: Any = answers or RunStore()
        self.tasks: Any = tasks or TaskStore(self.clock)
        self.identifiers = Identifiers(self.clock, worker or itertools.count(self.project).__next__)
        self._put = put or put_tasks

    @property
    def scheduling(self) -> Scheduling:
        return Scheduling(self.participations, self.sheets, self.queue, self.clock)

    @property
    def submission(self) -> Submission:
        return Submission(self.participations, self.sheets, self.tasks, self.answers, self.identifiers.next, self.clock)

    @property
    def giving_back(self) -> GivingBack:
        return GivingBack(self.participations, self.sheets, self.tasks, self.clock)

    def ask(self, who: str, limit: int = 1, offset: int = 0) -> list[Handout]:
        """`newtask` for a contributor."""
        return self.scheduling.next_tasks(
            self.project,
            self.queue_name,
            key_of(who),
            LEASE_SECONDS,
            LEASE_CAP,
            limit,
            offset,
            gold_rate=self.gold_rate,
            at_least=self.at_least,
        )

    def ask_ids(self, who: str, limit: int = 1, offset: int = 0) -> list[int]:
        return [handout.task.id for handout in self.ask(who, limit, offset)]

    def submit(self, who: str, task: Task, info: Any = None, idem: str | None = None) -> TaskRun:
        contributor = Contributor(key_of(who), user_ip="10.1.2.3")
        content = Content(info, idem=idem)
        return self.submission.submit(
            self.project, task.id, contributor, content, LEASE_SECONDS, self.agreement, self.at_least
        )

    def answer_next(self, who: str, info: Any = None) -> TaskRun | None:
        """Ask and answer; None when nothing is left."""
        handouts = self.ask(who)
        return self.submit(who, handouts[0].task, info) if handouts else None

    def answer(self, who: str, task: Task, info: Any = None) -> TaskRun:
        """Sit down on that task, as the page `/task/<id>` does, and answer."""
        self.scheduling.lease_task(self.queue_name, task, key_of(who), LEASE_SECONDS)
        return self.submit(who, task, info)

    def give_back(self, who: str, seconds: int = 0, tasks: Sequence[Task] | None = None) -> list[int]:
        """The tasks that a contributor gave back, all or those of the given ones."""
        wanted = None if tasks is None else [task.id for task in tasks]
        return self.giving_back.own(key_of(who), self.project, wanted, seconds).tasks

    def withdraw_runs_of(self, key: str, before: int) -> int:
        """Withdraw the runs of a contributor with smaller ids, at most a page of them; how many stay."""
        unused: Any = None  # imports and files
        tools = Tools(unused, self.tasks, self.sheets, self.answers, unused, map, self.clock)
        asked = Withdrawal(self.project, before, "", None, contributors=(key,))
        work = tools.work_of(asked)
        return work.withdraw(asked, work.page(asked, None).things)

    def sheet(self, task: Task) -> Sheet:
        found: dict[str, Sheet] = self.sheets.read([task.sheet], [], consistent=True)[0]
        return found[task.sheet]

    def set_redundancy(self, task: Task, n: int) -> bool:
        changed: bool = self.sheets.change_redundancy(change_redundancy(self.sheet(task), n))
        return changed

    def set_gold(self, task: Task, answer: Any) -> None:
        """Make it a gold task with that answer, or (None) one like the others."""
        set_gold(self.sheets, task, self.queue_name, answer)

    def listed(self) -> list[int]:
        """The open tasks, in queue order."""
        return [entry.task for page in self.queue.pages(self.queue_name) for entry in page]

    def add(self, count: int = 1, n: int = 1, priority: Callable[[int], float] = lambda _: 0.0) -> list[Task]:
        """Tasks put straight into the stores, much faster than by the API."""
        new = [NewTask({"question": place}, n, priority(place)) for place in range(count)]
        return self._put(self.project, self.queue_name, new)


def key_of(who: str) -> str:
    """A contributor's key: as long as the product's, 16 characters."""
    return who.ljust(16, "_")


def define_tasks(project: int, new: Sequence[NewTask], ids: Sequence[int] | None = None) -> list[Task]:
    """Tasks with those ids, or with fresh ones in blocks of their own; not stored."""
    store = TaskStore(time.time)
    given = ids or _fresh_ids(len(new))
    return [store.define(project, task_id, one, salted=True) for one, task_id in zip(new, given, strict=True)]


def _fresh_ids(count: int) -> list[int]:
    ids: list[int] = []
    while len(ids) < count:
        first = 1000 * next(_blocks)
        ids += range(first, first + min(1000, count - len(ids)))
    return ids


def put_tasks(project: int, queue: str, new: Sequence[NewTask], ids: Sequence[int] | None = None) -> list[Task]:
    tasks = define_tasks(project, new, ids)
    with SheetItem.batch_write() as batch:
        for task, one in zip(tasks, new, strict=True):
            batch.save(sheet_item(task, one, queue))
    with TaskItem.batch_write() as batch:
        for task in tasks:
            batch.save(task_item(task))
    return tasks
