"""What clients did and were told: each step when it was begun and when it ended, one JSON line each.

A step that has no second line, or was told nothing certain, may have happened or not.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.errors import ContractError, Unavailable
from tests.reliability.faults import Crash

Outcome = Literal["ok", "refused", "unknown"]
UNCERTAIN = (Crash, Unavailable, BotoCoreError, PynamoDBException)


@dataclass
class Step:
    """`asked` are the arguments, `told` what came back: JSON, both. Times order the steps of all clients."""

    client: str
    number: int
    what: str
    asked: dict[str, Any]
    began: float
    ended: float = float("inf")
    outcome: Outcome = "unknown"
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> float:
        """When nothing that it began can come any more: a request of which nobody heard may arrive late, one of a
        process that died was made before, or never."""
        heard = self.outcome != "unknown" or self.told.get("said") == Crash.__name__
        return self.ended if heard else float("inf")

    def __str__(self) -> str:
        until = f"{self.ended:.4f}" if self.ended < float("inf") else "…"
        return f"{self.began:.4f}–{until} {self.client}: {self.what} {self.asked} → {self.outcome} {self.told}"


class Journal:
    """One for each client, or one for all. `now` gives the time by which steps are ordered; with a `path`, every line
    is in the file before the step goes on, so that it survives the end of the process."""

    def __init__(self, now: Callable[[], float], path: Path | None = None) -> None:
        self._now = now
        self._path = path
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self.steps: list[Step] = []

    @contextmanager
    def step(self, client: str, what: str, **asked: Any) -> Iterator[dict[str, Any]]:
        """Put what the client is told into the mapping. What may be the answer to a client ends here."""
        step = self._begin(client, what, asked)
        try:
            yield step.told
            step.outcome = "ok"
        except Unavailable as error:
            step.told["said"] = str(error)
        except ContractError as error:
            step.outcome, step.told["said"] = "refused", str(error)
        except UNCERTAIN as error:
            step.told["said"] = type(error).__name__
        step.ended = self._now()
        self._write("told", step)

    def _begin(self, client: str, what: str, asked: dict[str, Any]) -> Step:
        with self._lock:
            number = self._numbers[client] = self._numbers.get(client, 0) + 1
            step = Step(client, number, what, asked, self._now())
            self.steps.append(step)
        self._write("invoked", step)
        return step

    def _write(self, event: str, step: Step) -> None:
        if self._path is None:
            return
        line = {"event": event, **vars(step)}
        if event == "invoked":
            line |= {"ended": None}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def read_steps(paths: Iterable[Path]) -> list[Step]:
    """The steps in these files, in the order in which they began."""
    found: dict[tuple[str, str, int, float], Step] = {}
    for path in paths:
        for line in path.read_text().splitlines():
            known = json.loads(line)
            known.pop("event")
            known["ended"] = float("inf") if known["ended"] is None else known["ended"]
            step = Step(**known)
            found[path.name, step.client, step.number, step.began] = step
    return sorted(found.values(), key=lambda step: step.began)
