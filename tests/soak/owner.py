"""The owner of the projects, who changes their mind while volunteers work: redundancy, priority, scheduler, tasks,
runs, files; and reads. Each change is repeated until it is known what became of it."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local import aws
from tests.soak.baton import Baton
from tests.soak.calling import Caller
from tests.soak.history import UNKNOWN, Line, Recorder

SCHEDULERS = ("default", "breadth_first", "locked", "incremental")
CHANGES_PER_SECOND = 2.0
ROWS = 20  # of a file
SUPPLY_SECONDS = 2.5  # from one look at what is open to the next: a file takes a while to become tasks
READ = ("task", "taskrun", "result", "projectstats")


@dataclass(frozen=True)
class Holding:
    """One project, as its owner sees it. `stock`: how many tasks to have open. `moves`: its scheduler changes."""

    project_id: int
    short_name: str
    info: dict[str, Any]
    stock: int
    moves: bool = False


@dataclass(frozen=True)
class Estate:
    """What the owner has, and the keys to it."""

    api_key: str
    bucket: str
    cloud: str  # address of the embedded cloud
    holdings: list[Holding]
    pace: float = CHANGES_PER_SECOND
    move_seconds: float = 45.0  # between changes of a scheduler


@dataclass
class Owner:
    """Changes things at random. `seed` decides what."""

    estate: Estate
    urls: list[str]
    recorder: Recorder
    baton: Baton
    seed: int
    name: str = "owner"
    _rng: random.Random = field(init=False)
    _caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed} {self.name}")
        self._caller = Caller(self.name, self.urls, self.recorder, self.baton.turn)

    def change_things(self) -> None:
        """One change after another, until all settle."""
        shares = {self._redundancy: 10, self._priority: 4, self._delete_run: 6, self._delete_task: 2, self._add_task: 2}
        changes = [change for change, share in {**shares, self._withdraw: 1}.items() for _ in range(share)]
        self._in_turn(lambda: self._rng.choice(changes)(self._rng.choice(self.estate.holdings)), 1 / self.estate.pace)

    def change_schedulers(self) -> None:
        moving = [holding for holding in self.estate.holdings if holding.moves]
        if moving:
            self._in_turn(lambda: self._scheduler(self._rng.choice(moving)), self.estate.move_seconds)

    def read_things(self) -> None:
        self._in_turn(lambda: self._read(self._rng.choice(self.estate.holdings)), 1.0)

    def import_files(self) -> None:
        """Keep the volunteers in work."""
        self._in_turn(lambda: self._import(self._rng.choice(self.estate.holdings)), SUPPLY_SECONDS)

    def _in_turn(self, act: Callable[[], Any], seconds: float) -> None:
        while not self.baton.is_settling:
            act()
            self.baton.pause(self._rng.uniform(0, 2 * seconds))
        self._caller.close()

    def _known(self, what: str, request: dict[str, Any], method: str, path: str, **given: Any) -> tuple[Line, Any]:
        """Ask until there is an answer; each try is a line."""
        key = {"api_key": self.estate.api_key}
        return self._caller.until_known(lambda: self.baton.is_over, what, request, method, path, **given, **key)

    def _some(self, resource: str, holding: Holding, **query: Any) -> dict[str, Any] | None:
        """One of the newest, at random."""
        asked = {"project": holding.project_id, "resource": resource}
        order = {"project_id": holding.project_id, "limit": 50, "orderby": "id", "desc": "true"}
        _, found = self._known("read", asked, "GET", f"/api/{resource}", short=_count, **order, **query)
        return self._rng.choice(found) if found else None

    def _read(self, holding: Holding) -> None:
        resource = self._rng.choice(READ)
        asked = {"project": holding.project_id, "resource": resource}
        self._known("read", asked, "GET", f"/api/{resource}", short=_count, project_id=holding.project_id)

    def _redundancy(self, holding: Holding) -> None:
        """Now and then of a task that is completed: that opens it again."""
        state = self._rng.choice(["ongoing", "ongoing", "completed"])
        task = self._some("task", holding, state=state)
        if task is not None:
            wanted = max(1, task["n_answers"] + self._rng.choice([-2, -1, 1, 2]))
            self._put_task(task["id"], {"n_answers": min(wanted, 6)}, "redundancy")

    def _priority(self, holding: Holding) -> None:
        task = self._some("task", holding, state="ongoing")
        if task is not None:
            self._put_task(task["id"], {"priority_0": round(self._rng.random(), 2)}, "priority")

    def _put_task(self, task_id: int, change: dict[str, Any], what: str) -> None:
        self._known(what, {"task": task_id, **change}, "PUT", f"/api/task/{task_id}", body=change, short=_nothing)

    def _scheduler(self, holding: Holding) -> None:
        sched = self._rng.choice(SCHEDULERS)
        body = {"info": {**holding.info, "sched": sched}}
        asked = {"project": holding.project_id, "sched": sched}
        self._known("scheduler", asked, "PUT", f"/api/project/{holding.project_id}", body=body, short=_nothing)

    def _delete_run(self, holding: Holding) -> None:
        """Of a task that still takes answers: those of a result cannot be deleted."""
        task = self._some("task", holding, state="ongoing")
        run = self._some("taskrun", holding, task_id=task["id"]) if task else None
        if run is not None:
            asked = {"run": run["id"], "task": run["task_id"]}
            self._known("delete run", asked, "DELETE", f"/api/taskrun/{run['id']}", short=_nothing)

    def _withdraw(self, holding: Holding) -> None:
        """All that one of the volunteers has answered."""
        run = self._some("taskrun", holding)
        if run is not None:
            path, named = f"/api/project/{holding.project_id}/withdrawal", {"taskrun_id": run["id"]}
            asked = {"project": holding.project_id, "by": run["info"]["by"], "run": run["id"]}
            self._known("withdraw", asked, "POST", path, body=named, short=lambda told: told["id"])

    def _delete_task(self, holding: Holding) -> None:
        task = self._some("task", holding, state=self._rng.choice(["ongoing", "ongoing", "completed"]))
        if task is not None:
            asked = {"task": task["id"], "row": task["info"]["row"]}
            self._known("delete task", asked, "DELETE", f"/api/task/{task['id']}", short=_nothing)

    def _add_task(self, holding: Holding) -> None:
        """The key makes it one task, however often the request is sent."""
        wanted, key = self._rng.randint(1, 3), self._token()
        body = {"project_id": holding.project_id, "n_answers": wanted, "info": {"row": key}}
        asked = {"project": holding.project_id, "rows": [key], "n_answers": wanted}
        headers = {"Idempotency-Key": key}
        self._known("add task", asked, "POST", "/api/task", body=body, headers=headers, short=lambda task: task["id"])

    def _import(self, holding: Holding) -> None:
        """A file into the bucket when work runs short; often the same file again, at once or under another name."""
        _, found = self._known(
            "read",
            {"project": holding.project_id, "resource": "open tasks"},
            "GET",
            "/api/task",
            short=_count,
            project_id=holding.project_id,
            state="ongoing",
            limit=100,
        )
        if found is None or len(found) >= min(holding.stock, 100):
            return
        rows, wanted = [self._token() for _ in range(ROWS)], self._rng.randint(1, 4)
        content = "\n".join(["row,n_answers", *(f"{row},{wanted}" for row in rows)])
        name = self._token()
        for copy in range(self._rng.choice([1, 2, 2, 3])):
            key = f"imports/{holding.short_name}/{name}{'-again' if copy == 2 else ''}.csv"
            self._upload(holding, key, content, rows, wanted)

    def _upload(self, holding: Holding, key: str, content: str, rows: list[str], wanted: int) -> None:
        """The bucket answers or is down; then the file is not sent again, for another file follows anyway."""
        from botocore.exceptions import BotoCoreError, ClientError

        began, outcome = time.monotonic(), "ok"
        with self.baton.turn():
            try:
                s3 = aws.client("s3", self.estate.cloud)
                s3.put_object(Bucket=self.estate.bucket, Key=key, Body=content.encode())
            except (BotoCoreError, ClientError):
                outcome = UNKNOWN
        request = {"project": holding.project_id, "key": key, "rows": rows, "n_answers": wanted}
        self.recorder.write(Line(self.name, "import", began, time.monotonic(), request, outcome))

    def _token(self) -> str:
        return "r" + uuid.UUID(int=self._rng.getrandbits(128)).hex  # a letter first: the column is text


def _count(answer: Any) -> Any:
    return len(answer) if isinstance(answer, list) else None


def _nothing(_: Any) -> None:
    return None


def at_work(estate: Estate, urls: list[str], folder: Path, baton: Baton, seed: int) -> None:
    """The owner's process: each activity in a thread."""
    recorder = Recorder(folder / "owner.jsonl")
    threads = []
    for activity in ("change_things", "change_schedulers", "read_things", "import_files"):
        owner = Owner(estate, urls, recorder, baton, seed, f"owner {activity.replace('_', ' ')}")
        threads.append(threading.Thread(target=getattr(owner, activity), name=owner.name))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
