"""What each scheduler makes of the parameters of `newtask` (contract rest-api.md §10.5–10.6).

Which tasks come first is in their queue's keys (queueing.py), and how many get one in their sheets (seats.py); so
default, depth_first, depth_first_all and breadth_first need nothing here. `locked` is what all do: a seat is a lock.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.core.errors import BadRequest
from chalicelib.core.queueing import Entry
from chalicelib.core.searching import Order

MOST_LOCKED_OFFSET = 2
SCHEDULERS = ("default", "breadth_first", "depth_first", "depth_first_all", "incremental", "locked")


@dataclass(frozen=True)
class Page:
    """Which tasks are asked for: at most `limit` after `offset`, in the queue's order or in `order`; with
    `last_answer`, each with its newest answer."""

    limit: int = 1
    offset: int = 0
    order: Order | None = None
    last_answer: bool = False


class OneOf:
    """The queue's order, but for its first `count` entries, which come in any: each may be the first."""

    backwards = False

    def __init__(self, count: int) -> None:
        self._count = count

    def arrange(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        first = entries[: self._count]
        return [*random.sample(first, len(first)), *entries[self._count :]]


def under(scheduler: str, page: Page) -> Page:
    """What `page` asks for in a project with this scheduler. Raises BadRequest."""
    if page.limit == 0:
        return page
    if scheduler == "incremental":
        return Page(1, page.offset, OneOf(page.limit) if page.limit > 1 else None, last_answer=True)
    if scheduler == "locked":
        if page.offset > MOST_LOCKED_OFFSET:
            raise BadRequest(f"Under the scheduler locked, offset may be at most {MOST_LOCKED_OFFSET}.")
        return Page(0 if page.offset == MOST_LOCKED_OFFSET else 1, page.offset)
    return page
