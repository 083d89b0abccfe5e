"""How long a page of 100 tasks takes, at any depth of a large project, on a running stack."""

import time
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.contributions import median
from tests.fakes.site import Refused, Site

REPEATS = 11
PAGE = 100


@dataclass(frozen=True)
class PageSpeed:
    """Median milliseconds of a page; None when the server refused to read so much. `reference` is PYBOSSA's figure."""

    what: str
    milliseconds: float | None
    reference: str


def measure(site: Site, project_id: int, first_task: int, tasks: int) -> list[PageSpeed]:
    """Pages of a project whose ids ascend without gaps from `first_task`, as those of one import do."""
    last = first_task + tasks - PAGE - 1
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("`last_id`, first page", {"last_id": 0}, "14–25"),
        ("`last_id`, in the middle", {"last_id": first_task + tasks // 2}, "14–25"),
        ("`last_id`, last page", {"last_id": last}, "14–25"),
        ("`offset=0`", {"offset": 0}, ""),
        ("`offset=1000`", {"offset": 1000}, ""),
        ("`offset=10000`", {"offset": 10_000}, ""),
        (f"`offset={tasks - PAGE}`", {"offset": tasks - PAGE}, "41"),
    ]
    return [PageSpeed(what, _median(site, project_id, query), reference) for what, query, reference in cases]


def _median(site: Site, project_id: int, query: dict[str, Any]) -> float | None:
    times = []
    for repeat in range(REPEATS):
        began = time.perf_counter()
        try:
            page = site.call("GET", "/api/task", project_id=project_id, limit=PAGE, all=1, **query)
        except Refused:
            return None
        times.append((time.perf_counter() - began) * 1000)
        assert len(page) == PAGE
        if times[-1] > 1000 and repeat:
            break
    return median(times)
