"""What people are told of an import's state."""

from chalicelib.core.imports import Record

TOLD = {
    "waiting": "Waiting",
    "gathering": "Fetching",
    "running": "Importing",
    "finished": "Done",
    "failed": "Failed",
    "stopping": "Being withdrawn",
    "withdrawn": "Withdrawn",
}


def progress_of(record: Record) -> str:
    """How far one is that is under way."""
    if record.over:
        return ""
    if record.message:
        return record.message
    if record.total:
        return f"{record.rows_seen:,} of {record.total:,}"
    return f"{record.gathered:,} found" if record.gathered else ""
