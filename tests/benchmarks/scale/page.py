"""The page `docs/scale.md`: what is in it is counted, simulated with a seed, or read from `measured.json`."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from chalicelib.core import prices
from tests.benchmarks.scale import simulation, words
from tests.benchmarks.scale.dollars import BATCH, DOORS, LISTENER_SECONDS, MILLION, bill
from tests.benchmarks.scale.measure import MEASURED
from tests.benchmarks.scale.simulation import WRITES_PER_SECOND, Scene, Simulation
from tests.benchmarks.scale.steps import PREFETCH, Contributions, Counting, Step

PAGE = Path(__file__).parents[3] / "docs" / "scale.md"
SECONDS = 12.0
RECORD_HOUR, WIDE, PROJECTS = 300, 3000, 100
COUNTED = {1: 12, 3: 12, 30: 60}  # contributions that are counted, by redundancy
CEILINGS = {
    "newtask": (5, 3),
    "newtask, own lease alive": (4, 0),
    "taskrun": (2, 9),
    "taskrun, answer of 1 KB": (2, 11),
}
SCENES = (
    Scene(300),
    Scene(475),
    Scene(500),
    Scene(525),
    Scene(600),
    Scene(300, imports=350),
    Scene(300, imports=450),
    Scene(300, webhook=True, parallel=1),
    Scene(300, webhook=True),
    Scene(300, n=30),
    Scene(950, n=30),
    Scene(1050, n=30),
    Scene(3000, projects=100),
    Scene(3000, projects=100, n=30),
)


def page(counting: Counting) -> str:
    counted = {n: counting.contributions(n, count) for n, count in COUNTED.items()}
    ahead = {n: counting.contributions(n, max(count, PREFETCH * n), PREFETCH) for n, count in COUNTED.items()}
    webhook = counting.webhook()
    parts = [
        words.HEAD,
        words.UNITS,
        _units(counting, counted, webhook),
        words.KEYS,
        _keys(counted),
        words.FIRST,
        words.SIMULATION.format(
            rate=WRITES_PER_SECOND,
            bucket=simulation.BUCKET,
            least=simulation.CALL_SECONDS[0] * 1000,
            more=simulation.CALL_SECONDS[1] * 1000,
            commit=simulation.COMMIT_SECONDS * 1000,
            think=simulation.THINK_SECONDS,
            shards=simulation.SHARDS,
            seconds=SECONDS,
        ),
        _scenes(),
        words.SEEN,
        _dollars(counted, ahead, webhook),
        words.STORAGE,
        _storage(counting.stored_run()),
        words.IDLE,
        _prices(),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    marks = ["---", *["---:"] * (len(header) - 1)]
    lines = [header, marks, *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _units(counting: Counting, counted: dict[int, Contributions], webhook: Step) -> str:
    again, large, alone = counting.again(), counting.large_answer(), counting.alone()
    small, big = counting.imported("small"), counting.imported("4 KB")
    rows = []
    for n, one in counted.items():
        rows.append(_row(f"newtask, {_answers(n)}", one.newtask, CEILINGS["newtask"]))
        rows.append(_row(f"taskrun, {_answers(n)}", one.submit, CEILINGS["taskrun"]))
        ceiling = (None, 4) if n == 1 else (None, 3)
        rows.append(_row(f"stream (result and statistics), {_answers(n)}, many at a time", one.stream, ceiling))
    rows += [_row(step.name, step, CEILINGS[step.name]) for step in (again, large)]
    rows += [_row(alone.name, alone, (None, 1)), _row(small.name.replace("small", "700 bytes"), small, (None, 3))]
    rows += [_row(big.name, big, None), _row(webhook.name, webhook, None)]
    return table(("step", "read units", "write units", "ceiling"), rows)


def _row(name: str, step: Step, ceiling: tuple[float | None, float] | None) -> tuple[str, str, str, str]:
    if ceiling is None:
        told = ""
    else:
        read, write = ceiling
        told = f"{write} WU" if read is None else f"{read} RU + {write} WU"
        allowed = write + 0.05  # an import's ids and a sum's first mark are shared by very many
        assert step.writes <= allowed, (name, step.writes, ceiling)
        assert read is None or step.reads <= read, (name, step.reads, ceiling)
    return name, f"{step.reads:.2f}", f"{step.writes:.2f}", told


def _answers(n: int) -> str:
    return "1 answer" if n == 1 else f"{n} answers"


def _keys(counted: dict[int, Contributions]) -> str:
    hottest = {n: one.hottest() for n, one in counted.items()}
    places = sorted({place for one in hottest.values() for place in one if place in words.SHARED})
    rows = []
    for place in places:
        units = [hottest[n].get(place, 0.0) for n in counted]
        at_300 = [f"{RECORD_HOUR * one:,.0f}" for one in units]
        at_3000 = f"{WIDE / PROJECTS * max(units):,.0f}"
        rows.append((f"`{place}`: {words.SHARED[place]}", *at_300, at_3000, _full(max(units))))
    header = ("key", *(f"300/s, {_answers(n)}" for n in counted), "3,000/s, 100 projects, each", "full at")
    return table(header, rows)


def _full(units: float) -> str:
    return f"{WRITES_PER_SECOND / units:,.0f}/s" if units else ""


def _scenes() -> str:
    rows = []
    for scene in SCENES:
        seen = Simulation(scene).run(SECONDS)
        begun = len(seen.newtask) + seen.failed
        rows.append(
            (
                _told(scene),
                f"{_at(seen.newtask, 0.5)} / {_at(seen.newtask, 0.99)}",
                f"{_at(seen.submit, 0.5)} / {_at(seen.submit, 0.99)}",
                f"{seen.looked / max(1, len(seen.newtask)):.1f}",
                f"{seen.lost_races / max(1, len(seen.newtask)):.2f}",
                f"{seen.throttled / begun:.2f}",
                f"{100 * seen.failed / begun:.1f} %",
                f"{_at(seen.waited, 0.99) / 1000:.1f}",
            )
        )
    header = (
        "contributions",
        "newtask ms, median / p99",
        "taskrun ms, median / p99",
        "sheets looked at",
        "races lost",
        "throttled writes",
        "failed",
        "result after s, p99",
    )
    return table(header, rows)


def _told(scene: Scene) -> str:
    more = f" over {scene.projects} projects" if scene.projects > 1 else ""
    imports = f", {scene.imports:.0f} tasks/s imported" if scene.imports else ""
    webhook = ", webhook" if scene.webhook else ""
    parallel = "" if scene.parallel == 10 else f", {scene.parallel} function a shard"
    return f"{scene.rate:,.0f}/s{more}, {_answers(scene.n)}{imports}{webhook}{parallel}"


def _at(seconds: list[float], share: float) -> int:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]) if ordered else 0


def _dollars(counted: dict[int, Contributions], ahead: dict[int, Contributions], webhook: Step) -> str:
    measured = json.loads(MEASURED.read_text())
    rows = []
    for n in counted:
        for prefetch, counts in ((1, counted), (PREFETCH, ahead)):
            for message in (None, webhook):
                one = bill(counts[n], counted[1], prefetch, message, measured)
                name = f"{_answers(n)}, {'one task at a time' if prefetch == 1 else f'{prefetch} tasks at a time'}"
                parts = (f"{amount:.2f}" for amount in (one.reads, one.writes, one.functions, one.messages))
                doors = (f"{one.behind(door):.2f}" for door in DOORS)
                rows.append((name + (", webhook" if message else ""), *parts, *doors))
    header = ("a task wants", "reads", "writes", "functions", "queue", *DOORS)
    told = words.DOLLARS.format(
        **measured, batch=BATCH, listener=LISTENER_SECONDS * 1000, region=prices.REGION, prefetch=PREFETCH
    )
    return told.strip("\n") + "\n\n" + table(header, rows)


def _storage(run_bytes: int) -> str:
    gigabytes = MILLION * run_bytes / 1e9
    month = gigabytes * prices.TABLE_GB_MONTH.usd
    backed = gigabytes * prices.BACKUP_GB_MONTH.usd
    return (
        f"A run with an answer of 200 bytes takes {run_bytes} bytes, its two index entries and AWS's 100 bytes for\n"
        f"each of the three included: a million runs are {gigabytes:.2f} GB, {month:.2f} USD a month, and\n"
        f"{backed:.2f} more with point-in-time recovery. Tasks, sheets, results and statistics come on top."
    )


def _prices() -> str:
    rows = [(one.what, f"{one.usd:g}", f"{one.per:,}", one.source, one.seen) for one in prices.ALL]
    return "## Prices\n\n" + table(("", "USD", "for", "AWS's page", "compared"), rows)
