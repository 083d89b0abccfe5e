"""Times as the API writes them: UTC, ISO 8601, microseconds, no zone (contract rest-api.md §5)."""

from datetime import UTC, datetime


def timestamp(epoch: float) -> str:
    """`2026-11-22T17:07:13.346655`; always with the fraction, for scripts that parse with a fixed format."""
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def seconds_of(moment: str) -> float:
    """Epoch seconds of such a text."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
