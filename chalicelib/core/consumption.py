"""What a handler consumes while it runs, noted where it is consumed and kept apart by project.

A tab is open for each call of a handler, and for each part of it that is done for another project (a stream record, a
webhook message). It is a context variable, so that stores need not be handed it: they run below whoever opened it, or
in no handler at all, as in tests and `make rebuild-stats`, where nothing is noted. Threads of a pool have a context of
their own: hand them what `shared` or `apart` gives.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import msgspec

from chalicelib.core import prices

Given = TypeVar("Given")
Made = TypeVar("Made")


class Usage(msgspec.Struct, frozen=True):
    """Read units, write units, Lambda requests and GB-seconds, SQS messages."""

    reads: float = 0.0
    writes: float = 0.0
    requests: float = 0.0
    gb_seconds: float = 0.0
    messages: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(one + more for one, more in zip(_values(self), _values(other), strict=True)))

    @property
    def usd(self) -> float:
        """By `core/prices.py`, for a function URL (which costs nothing itself)."""
        return (
            self.reads * prices.READ_UNIT.each
            + self.writes * prices.WRITE_UNIT.each
            + self.requests * prices.REQUEST.each
            + self.gb_seconds * prices.GB_SECOND.each
            + self.messages * prices.REQUESTS_PER_MESSAGE * prices.MESSAGE_REQUEST.each
        )


def _values(usage: Usage) -> tuple[float, ...]:
    return usage.reads, usage.writes, usage.requests, usage.gb_seconds, usage.messages


class Tab:
    """What is consumed for one project; `project` is None until somebody says which. `parts` are all tabs of the
    handler's call, this one among them."""

    def __init__(self, parts: "list[Tab] | None" = None, project: int | None = None) -> None:
        self.project = project
        self.reads = 0.0
        self.writes = 0.0
        self.messages = 0
        self.seconds = 0.0
        self.parts: list[Tab] = [] if parts is None else parts
        self.parts.append(self)
        self._lock = threading.Lock()

    def add(self, reads: float, writes: float, messages: int) -> None:
        with self._lock:  # worker threads of one import share a tab
            self.reads += reads
            self.writes += writes
            self.messages += messages


_open: ContextVar[Tab | None] = ContextVar("tab", default=None)


def note(reads: float = 0.0, writes: float = 0.0, messages: int = 0) -> None:
    """Units, or messages sent, for whatever is being done now."""
    tab = _open.get()
    if tab is not None:
        tab.add(reads, writes, messages)


def belongs_to(project_id: int) -> None:
    """What is being done now is done for this project, unless it was said before: the first one named has it."""
    tab = _open.get()
    if tab is not None and tab.project is None:
        tab.project = project_id


@contextmanager
def noting_on(tab: Tab | None) -> Iterator[None]:
    """What is consumed inside is noted on this tab."""
    token = _open.set(tab)
    try:
        yield
    finally:
        _open.reset(token)


@contextmanager
def part(project_id: int | None = None) -> Iterator[None]:
    """What is done inside has a tab of its own, with the time that it takes."""
    whole = _open.get()
    if whole is None:
        yield
        return
    tab, started = Tab(whole.parts, project_id), time.perf_counter()
    try:
        with noting_on(tab):
            yield
    finally:
        tab.seconds += time.perf_counter() - started


def shared(function: Callable[[Given], Made]) -> Callable[[Given], Made]:
    """For a pool's threads: they note on the tab that is open here."""
    tab = _open.get()

    def run(given: Given) -> Made:
        with noting_on(tab):
            return function(given)

    return run


def sharing(several: Callable[..., Iterable[Made]]) -> Callable[..., Iterable[Made]]:
    """A pool's map whose threads note on the tab that is open where it is called."""
    return lambda function, *values: several(shared(function), *values)


def apart(function: Callable[[Given], Made]) -> Callable[[Given], Made]:
    """For a pool's threads: each call is a part of the handler's call."""

    def run(given: Given) -> Made:
        with part():
            return function(given)

    return shared(run)
