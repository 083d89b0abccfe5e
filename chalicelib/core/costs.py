"""What each project costs: measured where it is consumed, collected in the container, added up by month in batches.

A container adds what it collected for a project to the project's sum once that is worth `WORTH` write units, or is
five minutes old when the project is asked for again: about 0.04 write units for a contribution where there are many,
and at most twelve writes an hour for a container and project where there are few. What a container had not added when
it ended is missing, so figures are approximate and on the low side. Nothing is sent twice: a write whose answer got
lost counts as done.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import Protocol

from chalicelib.core import prices
from chalicelib.core.consumption import Tab, Usage, noting_on

WORTH = 400 * prices.WRITE_UNIT.each  # USD: adding costs a four hundredth of what is added
OLD_SECONDS = 300.0
THE_ADDITION = Usage(writes=1)


class Sums(Protocol):
    """What all containers have added, by project and month (year × 100 + month)."""

    def add(self, project_id: int, month: int, usage: Usage) -> None: ...

    def of_project(self, project_id: int) -> Mapping[int, Usage]: ...


class Costs:
    """`sums` gives them when they are first needed: a call that reads no table opens none. `gigabytes` is the memory
    of the function that this runs in; `clock` gives epoch seconds."""

    def __init__(self, sums: Callable[[], Sums], gigabytes: float, clock: Callable[[], float]) -> None:
        self._sums = sums
        self._gigabytes = gigabytes
        self._clock = clock
        self._collected: dict[int, tuple[Usage, float]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def handling(self) -> Iterator[None]:
        """Around one call of a handler. What is consumed in it goes to the projects that it was done for; its request
        and time are theirs in proportion to the time that each took. What was done for no project is dropped."""
        whole = Tab()
        started = perf_counter()
        try:
            with noting_on(whole):
                yield
        finally:
            self._collect(whole, perf_counter() - started)

    def _collect(self, whole: Tab, elapsed: float) -> None:
        whole.seconds = max(0.0, elapsed - sum(tab.seconds for tab in whole.parts))
        known = [tab for tab in whole.parts if tab.project is not None]
        together = sum(tab.seconds for tab in known)
        for tab in known:
            share = tab.seconds / together if together else 1 / len(known)
            usage = Usage(tab.reads, tab.writes, share, share * elapsed * self._gigabytes, tab.messages)
            self._keep(tab.project or 0, usage)

    def _keep(self, project_id: int, usage: Usage) -> None:
        now = self._clock()
        with self._lock:
            before, since = self._collected.get(project_id, (Usage(), now))
            total = before + usage
            due = total.usd >= WORTH or now - since >= OLD_SECONDS
            if due:
                self._collected.pop(project_id, None)
            else:
                self._collected[project_id] = total, since
        if due:
            self._sums().add(project_id, month_of(now), total + THE_ADDITION)

    def of_project(self, project_id: int) -> Mapping[int, Usage]:
        """By month, with what this container has collected."""
        with self._lock:
            collected, _ = self._collected.pop(project_id, (None, 0.0))
        if collected is not None:
            self._sums().add(project_id, month_of(self._clock()), collected + THE_ADDITION)
        return self._sums().of_project(project_id)


class NoCosts(Costs):
    """Where the cost line is switched off: nothing is noted."""

    def __init__(self) -> None: ...

    @contextmanager
    def handling(self) -> Iterator[None]:
        yield

    def of_project(self, project_id: int) -> Mapping[int, Usage]:
        return {}


def month_of(seconds: float) -> int:
    """202611 in November 2026, UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.year * 100 + moment.month
