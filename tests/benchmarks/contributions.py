"""Latency and units of newtask and taskrun, and contributions a second, over HTTP on a running stack: at any number of
open tasks, for newcomers and for volunteers who have much behind them (`veterans`)."""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.queueing import queue_name
from chalicelib.store.tables import SheetItem
from tests.benchmarks.veterans import Ground, Level, Veteran, prepare
from tests.fakes.heart import Heart
from tests.fakes.site import Site, Volunteer
from tests.meter.meter import Meter

REPOSITORY = Path(__file__).parents[2]
OPEN_TASKS = (100, 1_000, 10_000, 100_000)
MOST_RUNS = 10_000
ROUNDS = 3  # every point in turn, so that all meet the same load
EACH = 15  # contributions of one volunteer in a round
COUNTED = 5  # contributions whose units are counted
PROCESSES = 2


@dataclass
class Speed:
    """What was measured at one point: milliseconds of the two steps with one volunteer and with a group, the group's
    contributions a second by round, and the mean units of the steps as (read, write)."""

    open_tasks: int
    runs: int
    newtask: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    group_newtask: list[float] = field(default_factory=list)
    group_submit: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    newtask_units: tuple[float, float] = (0, 0)
    submit_units: tuple[float, float] = (0, 0)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    return statistics.median(values)


def measure(
    site: Site, services: Bootstrap, sizes: Sequence[int] = OPEN_TASKS, most_runs: int = MOST_RUNS
) -> list[Speed]:
    """All points; `services` reach the site's tables."""
    points: list[tuple[Ground, Level, Speed]] = []
    for size in sizes:
        print(f"Preparing {size:,} open tasks …", flush=True)
        ground = prepare(site, services, size, most_runs)
        points += [(ground, level, Speed(size, level.runs)) for level in ground.levels]
    for number, (ground, level, speed) in itertools.product(range(ROUNDS), points):
        print(f"Round {number + 1}: {speed.open_tasks:,} open tasks, {speed.runs:,} runs before", flush=True)
        _alone(level.alone.volunteer, speed)
        _at_once(site, ground.project, level.group, speed)
    for ground, level, speed in points:
        _count_units(ground.project["id"], level.alone, speed)
    return [speed for _, _, speed in points]


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


def _alone(volunteer: Volunteer, speed: Speed) -> None:
    newtask, submit = contribute(volunteer, EACH)
    speed.newtask += newtask
    speed.submit += submit


def _at_once(site: Site, project: dict[str, Any], group: Sequence[Veteran], speed: Speed) -> None:
    """The volunteers are in processes of their own, so that threads of this one do not wait for each other."""
    command = [sys.executable, "-m", "tests.benchmarks.clients", site.stack.url, str(project["id"]), str(EACH)]
    names = [f"{one.volunteer.name}={one.volunteer.token}" for one in group]
    running = [
        subprocess.Popen(
            [*command, *names[place::PROCESSES]],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for place in range(PROCESSES)
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
    assert len(pairs) == EACH * len(group)
    speed.group_newtask += [pair[0] for pair in pairs]
    speed.group_submit += [pair[1] for pair in pairs]
    speed.rates.append(len(pairs) / seconds)


def _count_units(project_id: int, who: Veteran, speed: Speed) -> None:
    """Through the same rules and stores in this process, with the meter in between."""
    heart = Heart()
    heart.project, heart.queue_name = project_id, queue_name(project_id, "default")
    connection = SheetItem._get_connection().connection
    aside = botocore.session.get_session().create_client("dynamodb")
    asked, answered = [], []
    for _ in range(COUNTED):
        with Meter(connection.client, aside) as bill:
            (handout,) = heart.ask(who.key)
        asked.append((bill.read, bill.write))
        with Meter(connection.client, aside) as bill:
            heart.submit(who.key, handout.task, {"answer": "yes", "certain": True})
        answered.append((bill.read, bill.write))
    speed.newtask_units, speed.submit_units = _mean(asked), _mean(answered)


def _mean(units: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return statistics.mean(read for read, _ in units), statistics.mean(write for _, write in units)
