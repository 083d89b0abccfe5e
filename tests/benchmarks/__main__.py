"""`make bench`: measures on a local stack of its own and writes `docs/performance.md`."""

import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.bootstrap import Bootstrap
from infra.account import secret_parameter
from infra.accounts import point_at_local
from infra.package import build
from tests.benchmarks import cold_start, contributions, creating, imports, listing
from tests.benchmarks.contributions import Speed, median, percentile
from tests.fakes.site import Site
from tests.instance import LocalInstance

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "performance.md"
STACK = "nimbossa"
INTRODUCTION = """# Performance

Written by `make bench`; measure on your own machine before you rely on a figure. Everything runs on one machine: the
volunteers, the web server with the app, and the embedded cloud. On AWS the app runs in as many Lambdas as there are
requests, so only the cost of each step carries over (`tests/reliability/test_ceilings.py` holds it).
"""


def main() -> None:
    load = os.getloadavg()[0]
    print("Measuring the cold start …", flush=True)
    start = cold_start.measure()
    print("Measuring contributions and an import on a stack of its own …", flush=True)
    with tempfile.TemporaryDirectory() as folder, LocalInstance(Path(folder) / "data") as instance:
        site = Site(instance.wait())
        point_at_local(instance.data_dir)
        services = Bootstrap({"NIMBOSSA_STACK": STACK, "NIMBOSSA_SECRET_PARAMETER": secret_parameter(STACK)})
        speeds = contributions.measure(site, services)
        created = creating.measure(site)
        several = [imports.measure(site, rows) for rows in imports.sizes()]
        imported = several[1]
        first = site.call("GET", "/api/task", project_id=imported.project_id, limit=1, all=1)[0]["id"]
        pages = listing.measure(site, imported.project_id, first, imported.rows)
    sections = [
        INTRODUCTION,
        _machine(load),
        _contributions(speeds),
        _creation(created),
        _pages(pages, imported.rows),
        _imports(several),
        _cold_start(start),
        _package(),
    ]
    PAGE.write_text("\n".join(sections))
    print("\n".join(sections[1:]))


def _machine(load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} CPUs ({platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}; load average before the start {load:.1f}.\n"
    )


def _contributions(speeds: list[Speed]) -> str:
    return "\n".join(
        [
            "## Contributions over HTTP",
            "",
            f"Medians of {contributions.ROUNDS} rounds, in which all points take turns: milliseconds with one",
            "volunteer (and the 95th percentile), then with eight at once, and what these do in a second. Units are",
            "what one step takes, as AWS counts, with nothing remembered in the container. Up to half of the open",
            "tasks are among the runs before, at the queue's head; the others are on completed tasks.",
            "",
            "| open tasks | runs before | newtask | taskrun | newtask, 8 | taskrun, 8 | contributions/s, 8 "
            "| newtask, units | taskrun, units |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *map(_contribution, speeds),
            "",
            "PYBOSSA 4.0.2, on another machine of 2 cores: newtask 8–12 ms (30 with 10,000 runs before, 74 with a",
            "million runs in the table), taskrun 18–27 (51; 173), 25–60 contributions/s.",
            "",
            f"From {_point(speeds[0])} to {_point(speeds[-1])}: newtask {_growth(speeds, 'newtask')}, taskrun "
            f"{_growth(speeds, 'submit')} times as long; with eight {_growth(speeds, 'group_newtask')} and "
            f"{_growth(speeds, 'group_submit')}. To stay under: 1.5.",
            "",
        ]
    )


def _contribution(one: Speed) -> str:
    return (
        f"| {one.open_tasks:,} | {one.runs:,} | {_milliseconds(one.newtask)} | {_milliseconds(one.submit)} "
        f"| {median(one.group_newtask):.0f} | {median(one.group_submit):.0f} | {median(one.rates):.0f} "
        f"| {_units(one.newtask_units)} | {_units(one.submit_units)} |"
    )


def _point(one: Speed) -> str:
    return f"{one.open_tasks:,} open tasks and {one.runs:,} runs before"


def _growth(speeds: list[Speed], step: str) -> str:
    first, last = (median(getattr(one, step)) for one in (speeds[0], speeds[-1]))
    return f"{last / first:.2f}"


def _units(units: tuple[float, float]) -> str:
    return f"{units[0]:.1f} + {units[1]:.1f}"


def _milliseconds(values: list[float]) -> str:
    return f"{median(values):.1f} / {percentile(values, 0.95):.1f}"


def _creation(speed: creating.CreationSpeed) -> str:
    rows = (
        ("one by one, 1 client", speed.one_client, "14.2"),
        ("one by one, 8 clients", speed.eight_clients, "7.3"),
        ("500 to a request", speed.bulk, "not there"),
    )
    return "\n".join(
        [
            "## Making 1,000 tasks by the API",
            "",
            f"Medians of {creating.ROUNDS} rounds, in which the three take turns. PYBOSSA 4.0.2 ran with uwsgi 2×2 and",
            "PostgreSQL on another machine of 2 cores.",
            "",
            "| way | seconds | PYBOSSA, seconds |",
            "|---|---:|---:|",
            *(f"| {way} | {seconds:.1f} | {theirs} |" for way, seconds, theirs in rows),
            "",
            f"In bulk {speed.ratio:.0f} times as fast as one by one. To reach: 20.",
            "",
        ]
    )


def _pages(speeds: list[listing.PageSpeed], tasks: int) -> str:
    return "\n".join(
        [
            f"## A page of 100 tasks of {tasks:,}",
            "",
            "| page | median ms | PYBOSSA, ms |",
            "|---|---:|---:|",
            *(f"| {one.what} | {_page_time(one)} | {one.reference} |" for one in speeds),
            "",
            "`last_id` is flat; `offset` counts what it passes over, a thousand at a time.",
            "",
        ]
    )


def _page_time(speed: listing.PageSpeed) -> str:
    return "refused: use last_id" if speed.milliseconds is None else f"{speed.milliseconds:.0f}"


def _imports(speeds: list[imports.ImportSpeed]) -> str:
    return "\n".join(
        [
            "## Import",
            "",
            "CSV of image questions, all different, from the upload to the end of the record. The load is that of the",
            "machine, the import's own included (2 to 3). An imported task of up to 1 KB takes 3 write units, and",
            "what an import writes beside comes to 0.02 a task (`tests/reliability/test_import_in_flight.py`).",
            "",
            "| rows | MB | seconds | rows/s | load average |",
            "|---:|---:|---:|---:|---:|",
            *map(_import, speeds),
            "",
            "A million rows, and where the time goes: [import-speed.md](import-speed.md).",
            "",
        ]
    )


def _import(one: imports.ImportSpeed) -> str:
    return (
        f"| {one.rows:,} | {one.object_bytes / 1e6:.1f} | {one.seconds:.1f} | {one.rate:,.0f} | {one.load:.1f} |"
    )


def _cold_start(start: cold_start.ColdStart) -> str:
    return (
        "## Cold start\n\n"
        "CPU time in a fresh interpreter, median; the measure is a bare program with Chalice, PynamoDB and the first "
        "client.\n\n"
        "| program | ms | ratio |\n|---|---:|---:|\n"
        f"| bare | {start.bare * 1000:.0f} | 1.00 |\n"
        f"| `import app` | {start.imported * 1000:.0f} | {start.imported / start.bare:.2f} |\n"
        f"| `import app`, stores, first client | {start.ready * 1000:.0f} | {start.ready / start.bare:.2f} |\n"
        "\nTo stay under: 1.3.\n"
    )


def _package() -> str:
    out = REPOSITORY / ".build" / "package"
    build(out)
    size = (out / "deployment.zip").stat().st_size / 1e6
    return f"## Package\n\n`deployment.zip`: {size:.1f} MB. To stay under: 20 MB.\n"


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"Wrote {PAGE.relative_to(REPOSITORY)} in {time.monotonic() - began:.0f} s")
