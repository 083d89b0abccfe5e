"""What befalls the stack: processes killed, all at once or one by one, and orderly restarts."""

import random
import time
from collections.abc import Callable, Iterator

from tests.soak.baton import Baton
from tests.soak.fleet import WEBS, Fleet
from tests.soak.history import OK, Line, Recorder

KINDS = 5


class Disasters:
    """One after another, in an order that the seed decides; each kind once before any comes twice. `struck`: how many
    so far."""

    def __init__(self, fleet: Fleet, baton: Baton, recorder: Recorder, seed: int) -> None:
        self._fleet = fleet
        self._baton = baton
        self._recorder = recorder
        self.struck = 0
        self._order = self._drawn(random.Random(f"{seed} disasters"))

    def _drawn(self, rng: random.Random) -> Iterator[Callable[[], str]]:
        while True:
            kinds = [self._web, self._functions, self._product, self._restart, self._everything]
            rng.shuffle(kinds)
            yield from kinds

    def strike(self) -> None:
        """The next one; returns when the stack is up again."""
        began = time.monotonic()
        kind = next(self._order)()
        self.struck += 1
        self._recorder.write(Line("conductor", "disaster", began, time.monotonic(), {"kind": kind}, OK))

    def _web(self) -> str:
        self._fleet.kill(WEBS[0])
        self._fleet.start()
        return "kill -9 of a web server"

    def _functions(self) -> str:
        self._fleet.kill("functions")
        self._fleet.start()
        return "kill -9 of the functions' host"

    def _product(self) -> str:
        self._fleet.kill(*WEBS, "functions")
        self._fleet.start()
        return "kill -9 of all but the embedded cloud"

    def _restart(self) -> str:
        self._fleet.stop()
        self._fleet.start()
        return "restart of the whole stack"

    def _everything(self) -> str:
        """The embedded cloud forgets what it has not saved yet, which DynamoDB would not: so the product dies in the
        middle of its work, and the embedded cloud right after, when it has saved what they all were told."""
        self._baton.hush()
        self._fleet.kill(*WEBS, "functions", "proxies")
        self._fleet.save()
        self._fleet.kill("cloud")
        self._fleet.start()
        self._baton.resume()
        return "kill -9 of the whole stack"
