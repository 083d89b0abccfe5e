"""The real stores on the emulator as ground, and clients on them as threads or as processes of their own.

As a program it is one client: `python -m tests.histories.real '<JSON of a Part>'` plays its steps, each noted in its
journal before it is begun; it may end at any request.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from chalicelib.core.deliveries import Delivery
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet
from chalicelib.core.tasks import NewTask, Task, TaskRun
from chalicelib.store import tables
from chalicelib.store.deliveries import DeliveryStore
from chalicelib.store.results import ResultStore
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tables import SheetItem
from chalicelib.store.task_batches import TaskBatches
from tests.fakes.heart import Heart
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance
from tests.histories.changes import Change
from tests.histories.clients import Client, Owner, Project, Volunteer, contributor
from tests.histories.journal import Journal
from tests.histories.wire import Weather

KILLED = 9  # how a process ends that died at a request
LEASE_SECONDS = 2
MOST = 100_000
FILES = (range(0, 4), range(2, 6))
ROWS = list(range(6))  # of both files, each once
BROKEN = 0.06
OPTIONS_HERE = ("agreement", "gold", "leaving")


def sheets_table() -> str:
    """The name of the table that the stream is of."""
    return SheetItem._get_connection().table_name


class RealGround:
    """One project on the real tables; `streams` is a client of the emulator's streams."""

    def __init__(self, heart: Heart, streams: Any) -> None:
        self.heart = heart
        self.results: Any = ResultStore()
        self.deliveries: Any = DeliveryStore()
        self.statistics: Any = StatisticStore()
        self._streams = streams
        self._keys: list[str] = []
        self._changes: list[Change] = []
        arn = streams.list_streams(TableName=sheets_table())["Streams"][0]["StreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "LATEST"}
        self._next = streams.get_shard_iterator(**place)["ShardIterator"]

    def changes(self) -> Sequence[Change]:
        """Also of tasks that are gone."""
        while True:
            page = self._streams.get_records(ShardIterator=self._next)
            self._next = page["NextShardIterator"]
            self._changes += [self._change(one["dynamodb"]) for one in page["Records"] if self._is_mine(one)]
            if not page["Records"]:
                return self._changes

    def _is_mine(self, record: Mapping[str, Any]) -> bool:
        return str(record["dynamodb"]["Keys"]["key"]["S"]).startswith(f"{self.heart.project}-")

    def _change(self, told: Mapping[str, Any]) -> Change:
        change = Change(told.get("OldImage"), told.get("NewImage"), float(len(self._changes)))
        if change.key not in self._keys:
            self._keys.append(change.key)
        return change

    def sheets(self) -> Mapping[int, Sheet]:
        self.changes()
        found: dict[str, Sheet] = self.heart.sheets.read(self._keys, [], consistent=True)[0]
        return {sheet.task: sheet for sheet in found.values()}

    def tasks(self) -> Sequence[Task]:
        found: Sequence[Task] = self.heart.tasks.after(self.heart.project, 0, MOST)
        return found

    def runs(self) -> Sequence[TaskRun]:
        found: Sequence[TaskRun] = self.heart.answers.after(self.heart.project, 0, MOST)
        return found

    def versions(self) -> Sequence[Result]:
        pages = (self.results.after(self.heart.project, 0, MOST, superseded) for superseded in (False, True))
        return [result for page in pages for result in page]

    def messages(self) -> Sequence[Delivery]:
        found: Sequence[Delivery] = self.deliveries.after(self.heart.project, "", MOST)
        return found


class Part(msgspec.Struct, frozen=True):
    """What one client of a history is told. `skew` is how far its clock is off, in seconds; `first` how many steps were
    begun before by a process that died; `worker` makes its run ids its own."""

    name: str
    seed: int
    steps: int
    project: int
    tasks: list[int]
    scheduler_in: str
    journal: str
    skew: float = 0.0
    first: int = 0
    worker: int = 0
    stack: str = ""
    region: str = ""


class SharedProject(Project):
    """The scheduler that is set lies in a file, for all processes; each learns by itself which options are on. All come
    and go but `at_least`: only in memory it is known in whose step a seat was taken."""

    def __init__(self, heart: Heart, tasks: list[Any], path: Path) -> None:
        self._path = path
        super().__init__(heart, path.read_text(), tasks, OPTIONS_HERE)

    @property
    def scheduler(self) -> str:
        return self._path.read_text() or "default"

    @scheduler.setter
    def scheduler(self, scheduler: str) -> None:
        if self._path.read_text() != scheduler:
            fresh = self._path.with_suffix(f".{os.getpid()}")
            fresh.write_text(scheduler)
            fresh.replace(self._path)


class Importer:
    """The handler of one file's object event, which comes again and again. Files overlap."""

    def __init__(self, number: int, client: Client) -> None:
        self._file = number
        self._client = client

    def act(self) -> None:
        """One delivery of the event."""
        with self._client.step("import", file=self._file) as told:
            told["made"] = self.deliver()

    def deliver(self) -> int:
        """How many rows are tasks of this file."""
        self._client.learn()
        heart = self._client.heart
        batch = TaskBatches(heart.clock, workers=1).open(heart.project, heart.queue_name, self._file + 1)
        return sum(batch.create([(row, NewTask({"row": row}, 1)) for row in FILES[self._file]]))


def heart_of(part: Part) -> Heart:
    """The project's heart as one container has it."""
    heart = Heart()
    clock: Any = lambda: time.time() + part.skew  # noqa: E731
    heart.project, heart.clock = part.project, clock
    heart.identifiers = Identifiers(clock, lambda: part.worker)
    return heart


def play(part: Part, weather: Weather) -> None:
    """All steps of a client that are left."""
    heart, chance = heart_of(part), Chance("real", part.seed, part.name, part.first)
    weather.comes_from(chance.of("wire"))
    tasks = list(heart.sheets.read([], part.tasks, consistent=True)[1].values())
    project = SharedProject(heart, sorted(tasks, key=lambda task: task.id), Path(part.scheduler_in))
    kind, number = part.name.split()
    given = part.name, project, Breakage(chance, 0.0), chance, Journal(time.monotonic, Path(part.journal))
    client = Owner(*given) if kind == "owner" else Volunteer(contributor(int(number)), *given)
    client.lease_seconds = LEASE_SECONDS
    act = client.act if kind != "importer" else Importer(int(number), client).act
    for _ in range(part.first, part.steps):
        act()
        time.sleep(chance.expovariate(50.0))


def _end() -> NoReturn:
    os._exit(KILLED)


def main(told: str) -> None:
    part = msgspec.json.decode(told, type=Part)
    tables.connect(part.stack, part.region)
    weather = Weather(SheetItem._get_connection().connection.client, BROKEN, _end)
    with weather.around():
        play(part, weather)


if __name__ == "__main__":
    main(sys.argv[1])
