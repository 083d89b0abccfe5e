"""What the site says at the end, read once nothing moves any more: all tasks, runs, results and statistics."""

import json
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from infra.local import aws
from tests.fakes.site import Site
from tests.instance import REPOSITORY
from tests.soak.settling import PATIENCE_SECONDS, await_messages

FILE = "evidence.json"
FIGURES_SECONDS = 6.0  # that statistics may be old (docs/statistics.md), and a little
DEAD_QUEUES = ("imports-dead", "walks-dead", "webhooks-dead", "stream-dead")


def gather(site: Site, projects: list[int], kinds: dict[str, list[int]]) -> dict[str, Any]:
    """The site's state. `kinds`: the projects "announced" by a webhook, those "unbounded" in their answers, those whose
    tasks end early by "agreeing" ones, and the "gold" tasks."""
    await_messages(site, kinds["announced"])
    found = {str(project): _project(site, project, kinds["gold"]) for project in projects}
    _rebuild(site)
    for project in projects:
        found[str(project)]["rebuilt"] = _statistics(site, project)
    return {
        "kinds": kinds,
        "projects": found,
        "dead": {name: _length(site, name) for name in DEAD_QUEUES},
    }


def store(evidence: dict[str, Any], folder: Path) -> None:
    (folder / FILE).write_text(json.dumps(evidence))


def load(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / FILE).read_text())
    return found


def _project(site: Site, project: int, gold: list[int]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = _read(site, project)
        if _has_settled(work_in(found, gold)) or time.monotonic() > deadline:
            return found
        time.sleep(1.0)


def _read(site: Site, project: int) -> dict[str, Any]:
    return {
        "tasks": site.all_of("task", project_id=project),
        "runs": site.all_of("taskrun", project_id=project),
        "results": site.all_of("result", project_id=project),
        "superseded": site.all_of("result", project_id=project, last_version="false"),
        "statistics": _statistics(site, project),
        "imports": site.all_of("import", project_id=project),
    }


def _statistics(site: Site, project: int) -> dict[str, Any]:
    shown: dict[str, Any] = site.call("GET", "/api/projectstats", project_id=project, full=1)[0]
    return shown


def _rebuild(site: Site) -> None:
    """`make rebuild-stats`."""
    cloud = aws.environment(site.stack.aws_endpoint)
    subprocess.run([sys.executable, "-m", "infra.recount", "--stack", aws.STACK], cwd=REPOSITORY, env=cloud, check=True)
    time.sleep(FIGURES_SECONDS)


def work_in(found: dict[str, Any], gold: Collection[int]) -> dict[str, Any]:
    """A project without its gold tasks and their runs, which are in no figure."""
    tasks = [task for task in found["tasks"] if task["id"] not in gold]
    return {**found, "tasks": tasks, "runs": [run for run in found["runs"] if run["task_id"] not in gold]}


def _has_settled(found: dict[str, Any]) -> bool:
    """Whether what follows the runs by the stream seems to be there: the checks say so or not."""
    completed = [task for task in found["tasks"] if task["state"] == "completed"]
    return (
        found["statistics"]["n_task_runs"] == len(found["runs"])
        and found["statistics"]["n_completed_tasks"] == len(completed) == len(found["results"])
        and all(record["finished"] for record in found["imports"])
    )


def _length(site: Site, name: str) -> int:
    sqs = aws.client("sqs", site.stack.aws_endpoint)
    url = sqs.get_queue_url(QueueName=f"{aws.STACK}-{name}")["QueueUrl"]
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(counted["Attributes"]["ApproximateNumberOfMessages"])
