"""Latency of newtask and taskrun, and contributions a second, over HTTP on a running stack."""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.site import Site, Volunteer

REPOSITORY = Path(__file__).parents[2]
OPEN_TASKS = (100, 1_000, 10_000)
ONE_CLIENT = 150  # contributions
EIGHT_CLIENTS = 60  # each
WARM_UP = 15


@dataclass(frozen=True)
class Speed:
    """Milliseconds of the two steps, and contributions a second."""

    open_tasks: int
    clients: int
    newtask: list[float]
    submit: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.submit) / self.seconds


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    return statistics.median(values)


def measure(site: Site, open_tasks: int) -> list[Speed]:
    """One project with so many open tasks, which stay open; first one client, then eight."""
    project = site.create_project(f"bench{open_tasks}-{time.time_ns()}")
    rows = [f"https://example.org/photo-{place}.jpg,30" for place in range(open_tasks)]
    site.import_csv(project, "picture,n_answers", rows)
    contribute(site.volunteer(project, "warm"), WARM_UP)
    one = site.volunteer(project, f"single-{time.time_ns()}")
    began = time.perf_counter()
    newtask, submit = contribute(one, min(ONE_CLIENT, open_tasks))
    speeds = [Speed(open_tasks, 1, newtask, submit, time.perf_counter() - began)]
    return [*speeds, at_once(site, project, open_tasks, 8)]


def contribute(volunteer: Volunteer, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each newtask and each submission."""
    newtask, submit = [], []
    for _ in range(count):
        start = time.perf_counter()
        task = volunteer.newtask()
        middle = time.perf_counter()
        volunteer.submit(task["id"], {"answer": "yes", "certain": True})
        end = time.perf_counter()
        newtask.append((middle - start) * 1000)
        submit.append((end - middle) * 1000)
    volunteer.close()
    return newtask, submit


def at_once(site: Site, project: dict[str, object], open_tasks: int, clients: int) -> Speed:
    """The clients are two processes, so that threads of this one do not wait for each other."""
    each = min(EIGHT_CLIENTS, open_tasks)
    command = [sys.executable, "-m", "tests.benchmarks.clients", site.stack.url, str(project["id"]), str(each)]
    groups = [
        [site.volunteer(project, f"group{half}-{place}-{time.time_ns()}") for place in range(clients // 2)]
        for half in range(2)
    ]
    arguments = [[f"{one.name}={one.token}" for one in group] for group in groups]
    running = [
        subprocess.Popen([*command, *names], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for names in arguments
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - began
    pairs = [tuple(map(float, line.split())) for output in outputs for line in output.splitlines()]
    return Speed(open_tasks, clients, [pair[0] for pair in pairs], [pair[1] for pair in pairs], seconds)
