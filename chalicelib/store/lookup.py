"""Finding a task run or a result by its id, through an index that lags.

A client may name an id within milliseconds of its creation (a webhook does), when the index does not list it yet. The
id tells when it was made, so a miss on a young one is asked again a few times, and a miss on an old one is a miss.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from chalicelib.core.identifiers import made_at

YOUNG_SECONDS = 10.0
PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4)

Found = TypeVar("Found")


def find_young(
    identifier: int,
    look: Callable[[], Found | None],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Found | None:
    """What `look` finds, asked up to five times within 0.75 s when the id is younger than ten seconds."""
    found = look()
    for pause in PAUSES_SECONDS:
        if found is not None or abs(clock() - made_at(identifier)) > YOUNG_SECONDS:
            break
        sleep(pause)
        found = look()
    return found
