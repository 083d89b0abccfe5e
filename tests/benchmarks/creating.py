"""How fast tasks are made by the API: one by one, by one client or eight, and 500 to a request."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.contributions import median
from tests.fakes.site import Connection, Site

TASKS = 1000
BULK = 500
ROUNDS = 3  # each way in turn, so that all meet the same load


@dataclass(frozen=True)
class CreationSpeed:
    """Median seconds for 1,000 tasks."""

    one_client: float
    eight_clients: float
    bulk: float

    @property
    def ratio(self) -> float:
        return self.one_client / self.bulk


def measure(site: Site) -> CreationSpeed:
    project = site.create_project(f"creating-{time.time_ns()}")["id"]
    ways: tuple[Callable[[], None], ...] = (
        lambda: _singly(site, project, TASKS),
        lambda: _by_eight(site, project),
        lambda: _in_bulk(site, project),
    )
    rounds = [[_seconds(way) for way in ways] for _ in range(ROUNDS)]
    return CreationSpeed(*(median([times[place] for times in rounds]) for place in range(len(ways))))


def _seconds(way: Callable[[], None]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def _task(project: int, place: int) -> dict[str, Any]:
    return {"project_id": project, "info": {"url": f"https://example.org/{time.time_ns()}/{place}.jpg"}}


def _singly(site: Site, project: int, count: int) -> None:
    connection = Connection(site.stack.url, {"Authorization": site.stack.admin_api_key})
    for place in range(count):
        connection.call("POST", "/api/task", _task(project, place))
    connection.close()


def _by_eight(site: Site, project: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _singly(site, project, TASKS // 8), range(8)))


def _in_bulk(site: Site, project: int) -> None:
    for start in range(0, TASKS, BULK):
        many = [_task(project, start + place) for place in range(BULK)]
        assert len(site.call("POST", "/api/task", many)["tasks"]) == BULK
