"""How far an import is, and how long it will take, from the bytes of its object that are done.

Both passes read every byte. The first one writes nothing and takes about a hundredth of the second one's time, so that
is its share of the whole.
"""

from chalicelib.core.import_reading import Progress
from chalicelib.core.imports import Record
from chalicelib.core.moments import seconds_of

SURVEY_SHARE = 0.01
LEAST_SHARE, LEAST_SECONDS = 0.01, 1.0  # done and gone by before it can be told how long it will take


def share_done(progress: Progress, size: int) -> float:
    """From 0 to 1, of an object of so many bytes."""
    read = min(1.0, progress.position / size) if size else 0.0
    if progress.phase == "survey":
        return SURVEY_SHARE * read
    return SURVEY_SHARE + (1 - SURVEY_SHARE) * read


def percent(share: float) -> int:
    """0 to 100, rounded down: 100 means that all is done."""
    return int(100 * min(1.0, max(0.0, share)))


def seconds_left(share: float, elapsed: float) -> int | None:
    """At the pace so far, `elapsed` seconds for `share`; None as long as that says nothing, as at the beginning or with
    a clock that was put back."""
    if share < LEAST_SHARE or elapsed < LEAST_SECONDS:
        return None
    return round(elapsed * max(0.0, 1 - share) / share)


def pace_of(record: Record, now: float) -> tuple[int, int | None]:
    """Percent and seconds left of an import, at `now` in epoch seconds. What is gathered first counts as nothing: what
    it will amount to is not known. When it is over no time is left to tell."""
    if record.state == "finished":
        return 100, None
    if record.to_gather:
        return 0, None
    share = min(0.999, share_done(record.progress, record.read.size))
    elapsed = now - seconds_of(record.started) if record.started and not record.over else 0.0
    return percent(share), seconds_left(share, elapsed)
