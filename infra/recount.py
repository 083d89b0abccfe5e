"""`make rebuild-stats`: counts the statistics of all projects, or of one, anew from their runs."""

import argparse
import os
import sys
from pathlib import Path

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.recount import Recount
from infra.accounts import point_at_local

PAGE = 100


def recount(stack: str, project_id: int | None = None) -> None:
    """Count and say what was found, one line for each project."""
    services = Bootstrap({"NIMBOSSA_STACK": stack})
    counting = Recount(services.tasks, services.sheets, services.runs, services.results, services.statistics)
    last = 0
    while ids := [project_id] if project_id is not None else services.projects.ids(None, last, PAGE):
        for one in ids:
            tasks, tally = counting.project(one), services.statistics.of_project(one)
            print(f"Project {one}: {tasks} tasks, {tally.completed} of them completed, {tally.runs} runs")
        if project_id is not None:
            return
        last = ids[-1]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make rebuild-stats", description=__doc__)
    parser.add_argument("--project", type=int, default=None)
    parser.add_argument("--stack", default=None, help="name of a stack on AWS; without it, the running local one")
    parser.add_argument("--data-dir", default=os.environ.get("DATA_DIR", ".local"), type=Path)
    given = parser.parse_args(arguments)
    try:
        if given.stack is None:
            point_at_local(given.data_dir)
        recount(given.stack or "nimbossa", given.project)
    except FileNotFoundError:
        print(f"No local stack runs in {given.data_dir}: start one with `make run`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
