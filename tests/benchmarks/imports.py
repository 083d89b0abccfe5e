"""Rows a second of an import, from the upload of the object to the end of its record, on a running stack."""

import os
import time
from dataclasses import dataclass

from tests.fakes.site import Site

ROWS = (1_000, 100_000)
MILLION = 1_000_000  # takes a quarter of an hour and 9 GB: `make bench MILLION=1`
SECONDS = 3600.0


@dataclass(frozen=True)
class ImportSpeed:
    """`object_bytes` is the size of the file; `seconds` include the upload and both passes; `load` is the load average
    at its end, its own included."""

    project_id: int
    rows: int
    object_bytes: int
    seconds: float
    load: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def sizes() -> tuple[int, ...]:
    """How many rows to measure with."""
    return (*ROWS, MILLION) if os.environ.get("MILLION") else ROWS


def measure(site: Site, rows: int) -> ImportSpeed:
    """Import a new file of so many rows into a new project; fails unless each row became a task."""
    project = site.create_project(f"rows{rows}-{time.time_ns()}")
    content = table(rows)
    began = time.monotonic()
    site._objects().put_object(
        Bucket=site.stack.import_bucket, Key=f"imports/{project['short_name']}/rows.csv", Body=content
    )
    record = site._imported(project, began + SECONDS)
    assert (record["state"], record["tasks_made"]) == ("finished", rows), record
    return ImportSpeed(project["id"], rows, len(content), time.monotonic() - began, os.getloadavg()[0])


def table(rows: int) -> bytes:
    """A CSV of image questions, all different."""
    lines = (f"https://example.org/photos/{place}.jpg,What do you see in photo {place}?,3" for place in range(rows))
    return "\n".join(["url,question,n_answers", *lines]).encode()
