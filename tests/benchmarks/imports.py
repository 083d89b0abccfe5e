"""Rows a second of an import, from the upload of the object to the end of its record, on a running stack."""

import time
from dataclasses import dataclass

from tests.fakes.site import IMPORT_SECONDS, Site

ROWS = 100_000
SECONDS = 4 * IMPORT_SECONDS


@dataclass(frozen=True)
class ImportSpeed:
    """`object_bytes` is the size of the file; `seconds` include the upload and both passes."""

    project_id: int
    rows: int
    object_bytes: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def measure(site: Site, rows: int = ROWS) -> ImportSpeed:
    """Import a new file of so many rows into a new project; fails unless each row became a task."""
    project = site.create_project(f"rows{rows}-{time.time_ns()}")
    content = table(rows)
    began = time.monotonic()
    site._objects().put_object(
        Bucket=site.stack.import_bucket, Key=f"imports/{project['short_name']}/rows.csv", Body=content
    )
    record = site._imported(project, began + SECONDS)
    assert (record["state"], record["tasks_made"]) == ("finished", rows), record
    return ImportSpeed(project["id"], rows, len(content), time.monotonic() - began)


def table(rows: int) -> bytes:
    """A CSV of image questions, all different."""
    lines = (f"https://example.org/photos/{place}.jpg,What do you see in photo {place}?,3" for place in range(rows))
    return "\n".join(["url,question,n_answers", *lines]).encode()
