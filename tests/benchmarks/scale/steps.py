"""What each step of a contribution costs, counted on the real stores: units, and on which keys they land."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.completions import Completions
from chalicelib.core.queueing import queue_name
from chalicelib.core.statistics import SPANS, Statistics, groups
from chalicelib.core.task_facts import Change, change_of
from chalicelib.core.tasks import NewTask, Task
from chalicelib.core.units import item_bytes
from chalicelib.store.deliveries import DeliveryStore
from chalicelib.store.results import ResultStore
from chalicelib.store.sequences import task_ids
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tables import RunItem
from chalicelib.store.task_batches import TaskBatches
from tests.benchmarks.scale.keys import Key, KeyMeter
from tests.fakes.heart import Heart, key_of, put_tasks
from tests.fakes.stream import Record, Tap
from tests.fakes.webhooks import PostOffice, answer, result_of

ANSWER = "a" * 200
PREFETCH = 5
OVERHEAD = 100  # bytes of storage for an item or entry (AWS: DynamoDB pricing, data storage)
_tasks = itertools.count(80_000_000)
_projects = itertools.count(10_000)
TASK_BYTES = {"small": 700, "4 KB": 4000}


def _fresh_project() -> Heart:
    """Whatever ran before, its number has as many digits and its tasks lie alike in the statistics' leaves: what is
    stored is counted by the byte, and what is folded by the leaf."""
    heart = Heart(put=_put)
    heart.project = next(_projects)
    heart.queue_name = queue_name(heart.project, "default")
    return heart


def _put(project: int, queue: str, new: Sequence[NewTask]) -> list[Task]:
    first = SPANS[-1] * next(_projects)
    return put_tasks(project, queue, new, range(first, first + len(new)))


@dataclass
class Step:
    """Units of one step, in the mean of `times`; `keys` are those that it wrote to, units by key over all times."""

    name: str
    times: int = 1
    read: float = 0.0
    write: float = 0.0
    requests: int = 0
    written: Counter[Key] = field(default_factory=Counter)
    queried: Counter[Key] = field(default_factory=Counter)

    @property
    def reads(self) -> float:
        return self.read / self.times

    @property
    def writes(self) -> float:
        return self.write / self.times


@dataclass
class Contributions:
    """Contributions to one project whose tasks want `n` answers each."""

    n: int
    newtask: Step
    submit: Step
    stream: Step  # per contribution, records in one batch

    @property
    def reads(self) -> float:
        return self.newtask.reads + self.submit.reads + self.stream.reads

    @property
    def writes(self) -> float:
        return self.newtask.writes + self.submit.writes + self.stream.writes

    def hottest(self) -> dict[str, float]:
        """For each table and index: units written to its hottest key, per contribution."""
        total: Counter[Key] = Counter()
        for step in (self.newtask, self.submit, self.stream):
            total.update(step.written)
        by_place: dict[str, float] = {}
        for (place, _), units in total.items():
            by_place[place] = max(by_place.get(place, 0.0), units)
        return {place: units / self.newtask.times for place, units in sorted(by_place.items())}


class Counting:
    """Counts on the connected tables; each count in a project of its own."""

    def __init__(self, meter: KeyMeter) -> None:
        self._meter = meter

    def _count(self, step: Step, work: Callable[[], Any]) -> Any:
        self._meter.written, self._meter.read = Counter(), Counter()
        with self._meter as bill:
            made = work()
        step.read += bill.read
        step.write += bill.write
        step.requests += len(bill.requests)
        step.written.update(self._meter.written)
        step.queried.update(self._meter.read)
        return made

    def contributions(self, n: int, count: int, prefetch: int = 1) -> Contributions:
        """`count` contributions, each of a volunteer who asks for `prefetch` tasks and answers all of them."""
        heart = _fresh_project()
        heart.add(max(prefetch, -(-count // n)), n=n)
        asked, sent, tap = Step("newtask", count), Step("taskrun", count), Tap()
        for volunteer in range(count // prefetch):
            who = f"volunteer{volunteer}"
            handouts = self._count(asked, lambda who=who: heart.ask(who, prefetch))
            assert len(handouts) == prefetch
            for handout in handouts:
                with tap.on(handout.task.sheet):
                    self._count(sent, lambda who=who, task=handout.task: heart.submit(who, task, ANSWER))
        streamed = Step("stream", count)
        self._count(streamed, lambda: self._stream(heart, tap.records))
        return Contributions(n, asked, sent, streamed)

    def _stream(self, heart: Heart, records: list[Record]) -> None:
        completions = Completions(
            ResultStore(), _Unheard(), heart.tasks, heart.sheets, heart.identifiers.next, heart.clock
        )
        changes: dict[Change, None] = {}
        for one in records:
            images = one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage")
            completions.changed(*images)
            change = change_of(*images)
            if change is not None:
                changes[change] = None
        statistics = Statistics(StatisticStore(), lambda _: 0.0, heart.clock)
        for group in groups(changes):
            statistics.fold(group)

    def stored_run(self) -> int:
        """Bytes that a run of a volunteer with an address is billed for, index entries included."""
        heart = _fresh_project()
        heart.add()
        run = heart.answer_next("me", ANSWER)
        assert run is not None
        item = RunItem._get_connection().get_item(f"{heart.project}-{key_of('me')}", str(run.task_id))["Item"]
        item |= {"id": {"N": "130167939072001"}, "task_id": {"N": "100000001"}}  # numbers that end in zeros are shorter
        indexes = self._meter.schema(RunItem.Meta.table_name).indexes.values()
        return sum(item_bytes(one) + OVERHEAD for one in (item, *(index.entry(item) for index in indexes)))

    def again(self) -> Step:
        heart, step = _fresh_project(), Step("newtask, own lease alive")
        heart.add(2)
        heart.ask("me")
        self._count(step, lambda: heart.ask("me"))
        return step

    def large_answer(self) -> Step:
        heart, step = _fresh_project(), Step("taskrun, answer of 1 KB")
        (task,) = heart.add(n=3)
        heart.ask("me")
        self._count(step, lambda: heart.submit("me", task, "a" * 1022))
        return step

    def alone(self) -> Step:
        """A run that is folded by itself, as when few answers come."""
        heart, tap, step = _fresh_project(), Tap(), Step("statistics of a run that comes alone")
        (task,) = heart.add(n=30)
        self._stream(heart, [])
        for who in ("one", "two"):
            tap.records.clear()
            heart.ask(who)
            with tap.on(task.sheet):
                heart.submit(who, task, ANSWER)
            if who == "one":
                self._stream(heart, tap.records)
        self._count(step, lambda: self._stream(heart, tap.records))
        return step

    def imported(self, kind: str, rows: int = 100) -> Step:
        heart, step = _fresh_project(), Step(f"import, task of {kind}", rows)
        batch = TaskBatches(heart.clock, workers=1).open(heart.project, heart.queue_name, import_id=1)
        task_ids(heart.project, 1)  # opens the project's first block
        size = TASK_BYTES[kind]
        new = [(place, NewTask(f"{heart.project}.{place}".ljust(size), 3)) for place in range(rows)]
        self._count(step, lambda: batch.create(new))
        return step

    def webhook(self) -> Step:
        """A message announced and delivered at the first attempt."""
        step, heart = Step("webhook, announced and delivered"), _fresh_project()
        task = next(_tasks)
        office = PostOffice(lambda _: answer(200), heart.project, DeliveryStore())

        def send() -> None:
            office.outbox.announce(result_of(heart.project, task))
            office.receive()

        self._count(step, send)
        return step


class _Unheard:
    def announce(self, result: Any) -> None:
        """The project has no webhook."""
