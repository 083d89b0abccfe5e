"""Milliseconds that the handlers take: called in this process, with the embedded cloud in another one.

`python -m tests.benchmarks.scale.measure` writes `measured.json`, which `docs/scale.md` is made with.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes.emulator import Emulator
from tests.fakes.played_site import Site
from tests.fakes.stream import image, record

MEASURED = Path(__file__).with_name("measured.json")
STACK, REGION = "measured", "us-east-1"
TIMES = 80
PREFETCH = 5
BATCH = 100
MARGIN = SimpleNamespace(aws_request_id="1", invoked_function_arn="", get_remaining_time_in_millis=lambda: 60_000)


def main() -> None:
    with Emulator() as cloud:
        os.environ.update(
            AWS_ENDPOINT_URL=cloud.url,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION=REGION,
            NIMBOSSA_STACK=STACK,
            NIMBOSSA_SECRET_PARAMETER=f"/{STACK}/secret",
            NIMBOSSA_RATE_LIMIT="1000000",
        )
        found = _measure()
    machine = f"{os.cpu_count()} CPUs ({platform.machine()}), Python {platform.python_version()}"
    whole = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine, **found}
    MEASURED.write_text(json.dumps(whole, indent=1) + "\n")
    print(MEASURED.read_text())


def _measure() -> dict[str, float]:
    import boto3

    import app
    from chalicelib.store import tables
    from infra import accounts
    from infra.account import Account, ensure_secret

    ensure_secret(Account(boto3.Session(region_name=REGION), "000000000000"), STACK)
    tables.connect(STACK)
    for table in tables.TABLES:
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
    key = accounts.create_user("measurer", "m@example.org", admin=True, stack=STACK)
    site = Site(lambda event: app.app(event, MARGIN), key)
    project = site.ask("POST", "/api/project", {"name": "m", "short_name": "m", "description": "m"})["id"]
    site.ask("POST", "/api/task", [_task(project, place) for place in range(400)])
    site.ask("PUT", f"/api/project/{project}", {"info": {"task_presenter": "<p>"}})
    asked: list[Times] = []
    asked_many: list[Times] = []
    sent: list[Times] = []
    for place in range(TIMES):  # in turn, so that all meet the same machine
        _contribute(site, project, f"10.1.0.{place}", 1, asked, sent)
        _contribute(site, project, f"10.5.0.{place}", PREFETCH, asked_many, sent)
    (one, cpu_one), (run, cpu_run) = _typical(asked), _typical(sent)
    return {
        "newtask": one,
        "cpu_newtask": cpu_one,
        "taskrun": run,
        "cpu_taskrun": cpu_run,
        "newtask_of_5": _typical(asked_many)[0],
        "stream_record": _stream(app.sheet_changed, project),
    }


def _task(project: int, place: int) -> dict[str, Any]:
    return {"project_id": project, "info": {"picture": f"https://example.org/{place}.jpg"}, "n_answers": 30}


Times = tuple[float, float]  # milliseconds on the clock and of CPU


def _contribute(site: Site, project: int, address: str, limit: int, asked: list[Times], sent: list[Times]) -> None:
    """One volunteer asks once and answers what there is."""
    path = f"/api/project/{project}/newtask"
    took, tasks = _timed(lambda: site.ask("GET", path, address=address, limit=limit))
    asked.append(took)
    for task in tasks if isinstance(tasks, list) else [tasks]:
        run = {"project_id": project, "task_id": task["id"], "info": {"answer": "yes", "certain": True}}
        sent.append(_timed(lambda run=run: site.ask("POST", "/api/taskrun", run, address=address))[0])


def _stream(handler: Callable[[Any, Any], Any], project: int) -> float:
    """For a record of a full batch, each of which completes a task of one answer."""
    took = []
    for batch in range(5):
        tasks = range(10**6 + batch * BATCH, 10**6 + (batch + 1) * BATCH)
        records = [record(image(task, [], 1, 0, project), image(task, [task], 1, 0, project)) for task in tasks]
        took.append(_timed(lambda records=records: handler({"Records": records}, MARGIN))[0])
    return round(_typical(took)[0] / BATCH, 2)


def _typical(took: list[Times]) -> Times:
    """What the fastest tenth took at most: the machine is shared, and waiting for it is no work of the function."""
    clock, cpu = (sorted(column) for column in zip(*took, strict=True))
    return round(clock[len(took) // 10], 1), round(cpu[len(took) // 10], 1)


def _timed(work: Callable[[], Any]) -> tuple[Times, Any]:
    began, began_cpu = time.perf_counter(), time.process_time()
    made = work()
    return ((time.perf_counter() - began) * 1000, (time.process_time() - began_cpu) * 1000), made


if __name__ == "__main__":
    main()
