"""What breaks at the edge of a store, on those in memory and on the real ones: calls that fail or die before or after
they applied, that are sent again after they applied, that arrive when nobody waits for them any more."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import EndpointConnectionError

from chalicelib.core.errors import Unavailable
from tests.histories.chance import Chance
from tests.reliability.faults import Crash

READS = frozenset(
    ("read", "get", "find", "of_task", "of_contributor", "versions", "known", "children", "leaves", "unmarked", "after")
)
TRANSACTIONS = frozenset({"record", "withdraw", "delete", "set_gold"})  # their token lets a repeat count once
LOCAL = frozenset({"key_of", "learned", "near", "pages"})  # no request of its own, or the queue's, which has its lag
WEIGHTS = (("refused", 2.0), ("unheard", 2.0), ("dies", 2.0), ("lost", 3.0), ("repeated", 4.0), ("late", 1.0))


def lost_answer() -> Exception:
    """What the transport raises when its attempts are used up: nobody knows whether the write applied."""
    lost: Exception = EndpointConnectionError(endpoint_url="http://store", error="lost")
    return lost


class Breakage:
    """Draws what breaks, for one client. `pause` lets others go first; `later` does something when it is no longer
    expected; `died` is what ends the process. `rate` is the share of calls that break."""

    def __init__(
        self,
        chance: Chance,
        rate: float,
        pause: Callable[[], None] = lambda: None,
        later: Callable[[Callable[[], None]], None] = lambda work: None,
        died: type[BaseException] = Crash,
    ) -> None:
        self._chance = chance
        self.rate = rate
        self._pause = pause
        self._later = later
        self._died = died

    def around(self, store: Any) -> Any:
        """The store, with an edge that may break."""
        return Edge(store, self)

    def call(self, name: str, real: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self._pause()
        if not self._chance.happens(self.rate):
            return real(*given, **named)
        if name in READS:
            raise Unavailable("The store is busy; ask again in a moment.")
        return self._broken(name, lambda: real(*given, **named))

    def _broken(self, name: str, write: Callable[[], Any]) -> Any:
        kind = self._chance.weighted(WEIGHTS)
        if kind == "refused":  # conflicts or throttling without end
            raise Unavailable("Too many writes met on the same item; nothing was stored.")
        if kind == "dies":
            raise self._died
        if kind == "late":
            self._later(lambda: _quietly(write))
            raise lost_answer()
        outcome = write()
        if kind == "unheard":
            raise lost_answer()
        if kind == "lost":
            raise self._died
        self._pause()
        return outcome if name in TRANSACTIONS else write()


class Edge:
    """Stands before a store."""

    def __init__(self, store: Any, breakage: Breakage) -> None:
        self._store = store
        self._breakage = breakage

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._store, name)
        if name in LOCAL or not callable(real):
            return real
        return lambda *given, **named: self._breakage.call(name, real, given, named)


def _quietly(write: Callable[[], Any]) -> None:
    """Nobody hears what becomes of it."""
    try:
        write()
    except Exception:
        return
