"""Waiting for what goes on by itself, until it is over or takes too long: then the checks say what is missing."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.site import Site
from tests.soak.owner import Holding

PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 1.0


def until(is_so: Callable[[], bool]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)


def await_tasks(site: Site, holdings: Sequence[Holding]) -> None:
    """Until nothing brings or opens tasks any more: imports and withdrawals are over. The message of one whose handler
    was killed comes again after half a minute; volunteers who had left before would never see its tasks."""
    until(lambda: all(_is_imported(site, one) and _is_withdrawn(site, one) for one in holdings))


def _is_imported(site: Site, holding: Holding) -> bool:
    """Each of its files has an import, and all of these are over."""
    records = site.all_of("import", project_id=holding.project_id)
    known = {record["source"]["key"] for record in records}
    return all(record["finished"] for record in records) and site.files(holding.short_name) <= known


def _is_withdrawn(site: Site, holding: Holding) -> bool:
    found = site.call("GET", f"/api/project/{holding.project_id}/withdrawal", limit=100)
    return all(one["state"] in ("finished", "cancelled") for one in found)


def await_messages(site: Site, announced: Sequence[int]) -> None:
    """Until each was sent at least once: one whose first attempt was interrupted is claimed for a while."""
    until(lambda: all(_was_heard(one) for project in announced for one in site.all_of("webhook", project_id=project)))


def _was_heard(message: dict[str, Any]) -> bool:
    return message["state"] != "waiting" or any(attempt["status"] is not None for attempt in message["attempts"])
