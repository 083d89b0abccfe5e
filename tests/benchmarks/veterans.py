"""Projects of many open tasks, with volunteers who have much behind them: the ground on which `contributions` measures.

The tasks come by an import. What the volunteers have answered is written straight into the tables, as their histories
would have left it: first the half of the open tasks that stands at the head of the queue, then completed ones. A
project is ready when the stream has followed.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.moments import timestamp
from chalicelib.core.queueing import queue_name
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.runs import owner_of
from chalicelib.store.tables import ParticipationItem, RunItem, SheetItem, TaskItem
from chalicelib.store.tasks import sheet_item, task_item
from tests.fakes.heart import define_tasks
from tests.fakes.site import Site, Volunteer

ANSWERS = 40  # more than there are volunteers, so that open tasks stay open
LEVELS = (0, 100, 1_000, 10_000)  # runs that volunteers have made before
GROUP = 8  # volunteers who work at once, beside the one who works alone
CATCH_UP_SECONDS = 900.0


@dataclass(frozen=True)
class Veteran:
    """A volunteer and the key that the tables know them by."""

    volunteer: Volunteer
    key: str


@dataclass(frozen=True)
class Level:
    """Who has so many runs behind them in a project: one who works alone, and a group."""

    runs: int
    alone: Veteran
    group: Sequence[Veteran]

    @property
    def everybody(self) -> Sequence[Veteran]:
        return (self.alone, *self.group)


@dataclass(frozen=True)
class Ground:
    """A project with so many open tasks."""

    project: dict[str, Any]
    open_tasks: int
    levels: Sequence[Level]


def prepare(site: Site, services: Bootstrap, open_tasks: int, most_runs: int) -> Ground:
    """A new project with its tasks and veterans of up to `most_runs` runs; `services` reach the site's tables."""
    project = site.create_project(f"bench{open_tasks}-{time.time_ns()}")
    rows = [f"https://example.org/photo-{place}.jpg,{ANSWERS}" for place in range(open_tasks)]
    assert site.import_csv(project, "picture,n_answers", rows)["tasks_made"] == open_tasks
    levels = [_level(site, services, project, runs) for runs in LEVELS if runs <= most_runs]
    numbers = itertools.count(int(time.time() * 1000) << 11)  # ids far from those that the site gives
    head = _head(services, project["id"], open_tasks // 2)
    _answer_open(project["id"], head, levels, numbers)
    for level in levels:
        _answer_completed(project["id"], max(0, level.runs - len(head)), level, numbers)
    _catch_up(site, project["id"], sum(level.runs * len(level.everybody) for level in levels))
    return Ground(project, open_tasks, levels)


def _level(site: Site, services: Bootstrap, project: dict[str, Any], runs: int) -> Level:
    names = [f"{role}-{runs}" for role in ("alone", *(f"group{place}" for place in range(GROUP)))]
    alone, *group = (_veteran(site, services, project, name) for name in names)
    return Level(runs, alone, group)


def _veteran(site: Site, services: Bootstrap, project: dict[str, Any], name: str) -> Veteran:
    stranger = services.recognition.stranger("127.0.0.1")
    return Veteran(
        site.volunteer(project, name), services.recognition.contributor(stranger, project["id"], name).key
    )


def _head(services: Bootstrap, project_id: int, count: int) -> list[SheetItem]:
    """The sheets of the first tasks of the queue."""
    pages = services.queue.pages(queue_name(project_id, "default"))
    entries = list(itertools.islice(itertools.chain.from_iterable(pages), min(count, max(LEVELS))))
    found = {item.key: item for item in SheetItem.batch_get([entry.sheet for entry in entries], consistent_read=True)}
    return [found[entry.sheet] for entry in entries]


def _answer_open(project_id: int, head: Sequence[SheetItem], levels: Sequence[Level], numbers: Iterator[int]) -> None:
    """Those with runs have answered the tasks at the head of the queue, as many as they have runs."""
    runs: list[RunItem] = []
    for place, item in enumerate(head):
        seats = {one.key: -next(numbers) for level in levels if place < level.runs for one in level.everybody}
        item.seats.attribute_values.update(seats)
        item.ans, item.ver = len(seats), len(seats)
        runs += _runs(project_id, item.task, seats)
    _save([item for item in head if item.ans])
    _save(runs)
    fronts = {level.runs: head[min(level.runs, len(head)) - 1].qk for level in levels if level.runs}
    _save(
        [
            ParticipationItem(one.key, project_id, runs=level.runs, front=fronts[level.runs])
            for level in levels
            if level.runs
            for one in level.everybody
        ]
    )


def _answer_completed(project_id: int, count: int, level: Level, numbers: Iterator[int]) -> None:
    """All of a level have answered so many tasks more, which are completed by that."""
    n = len(level.everybody)
    new = [NewTask({"picture": f"https://example.org/done-{level.runs}-{place}.jpg"}, n) for place in range(count)]
    tasks = define_tasks(project_id, new)
    runs: list[RunItem] = []
    sheets: list[SheetItem] = []
    for task, one in zip(tasks, new, strict=True):
        seats = {who.key: -next(numbers) for who in level.everybody}
        sheets.append(_completed(task, one, seats))
        runs += _runs(project_id, task.id, seats)
    _save([task_item(task) for task in tasks])
    _save(sheets)
    _save(runs)


def _completed(task: Task, new: NewTask, seats: dict[str, int]) -> SheetItem:
    item = sheet_item(task, new, queue_name(task.project_id, "default"))
    item.seats.attribute_values.update(seats)
    item.ans, item.ver, item.open, item.ready = len(seats), len(seats), None, None
    return item


def _runs(project_id: int, task_id: int, seats: dict[str, int]) -> list[RunItem]:
    now = timestamp(time.time())
    common = {"project_id": project_id, "created": now, "finish_time": now, "info": '{"answer":"yes"}'}
    owners = {owner_of(project_id, key): -run for key, run in seats.items()}
    return [RunItem(owner, task_id, id=run, external_uid="veteran", **common) for owner, run in owners.items()]


def _save(items: Sequence[TaskItem | SheetItem | RunItem | ParticipationItem]) -> None:
    if items:
        with type(items[0]).batch_write() as batch:
            for item in items:
                batch.save(item)


def _catch_up(site: Site, project_id: int, runs: int) -> None:
    """Wait until the statistics count every run."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while (known := site.call("GET", f"/api/projectstats/{project_id}")["n_task_runs"]) != runs:
        assert time.monotonic() < deadline, f"the statistics know {known} of {runs} runs"
        time.sleep(1)
