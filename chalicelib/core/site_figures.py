"""Figures of the whole site, made in slices: each request that finds them old works on for a moment at most.

A figure is a walk over ids, in steps. What a walk has found so far is stored, so that requests share it; until the
first one is done its figures are those of what was walked.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec

SLICE_SECONDS = 3.0

State = TypeVar("State", bound=msgspec.Struct)


class Walk(Protocol[State]):
    """How one figure is made. A step reads some rows and gives the state after them, or None at the end."""

    @property
    def name(self) -> int:
        """The number that the figure is stored under."""

    @property
    def max_age(self) -> float:
        """Seconds until the figure is made anew."""

    @property
    def state(self) -> type[State]: ...

    def step(self, state: State) -> State | None: ...


class Stored(msgspec.Struct, frozen=True):
    """A figure as it is stored: JSON text of the last finished state, of the one at work, and when that began."""

    shown: str | None = None
    work: str | None = None
    began: float = 0.0


class Figures(Protocol):
    def figure(self, name: int) -> Stored: ...

    def keep_figure(self, name: int, stored: Stored) -> None: ...


class SiteFigure(Generic[State]):
    """One figure of the site. `clock` gives epoch seconds."""

    def __init__(self, store: Figures, walk: Walk[State], clock: Callable[[], float]) -> None:
        self._store = store
        self._walk = walk
        self._clock = clock

    def current(self) -> State:
        """The figure, at most `max_age` old unless the site is too large for one request to walk over."""
        stored = self._store.figure(self._walk.name)
        if stored.shown is None or stored.work is not None or self._clock() - stored.began > self._walk.max_age:
            stored = self._go_on(stored)
            self._store.keep_figure(self._walk.name, stored)
        text = stored.shown if stored.shown is not None else stored.work
        return msgspec.json.decode(text or "{}", type=self._walk.state)

    def _go_on(self, stored: Stored) -> Stored:
        now = self._clock()
        began = stored.began if stored.work is not None else now
        state = msgspec.json.decode(stored.work or "{}", type=self._walk.state)
        while self._clock() - now < SLICE_SECONDS:
            following = self._walk.step(state)
            if following is None:
                return Stored(_text(state), None, began)
            state = following
        return Stored(stored.shown, _text(state), began)


def _text(state: msgspec.Struct) -> str:
    return msgspec.json.encode(state).decode()
