"""What happened, as its witnesses wrote it down: one JSON line for each exchange, one file for each witness.

Times are seconds of CLOCK_MONOTONIC, which all processes of a machine share. An exchange took effect, if at all,
between `asked` and `answered`; `unknown` says that nobody told whether it did (a broken connection, a 5xx).
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"


@dataclass(frozen=True)
class Line:
    """One exchange. `place`: file and line number, to find it again; not part of what is written."""

    who: str
    what: str
    asked: float
    answered: float
    request: dict[str, Any]
    outcome: str
    status: int = 0
    answer: Any = None
    place: str = field(default="", compare=False)

    @property
    def took_effect(self) -> bool:
        """Whether it did, as far as the witness knows."""
        return self.outcome == OK

    @property
    def may_have_taken_effect(self) -> bool:
        return self.outcome != REFUSED

    def __str__(self) -> str:
        said = json.dumps(self.answer)[:120]
        return (
            f"{self.place}: {self.asked:.3f}–{self.answered:.3f} {self.who} {self.what} "
            f"{json.dumps(self.request)[:200]} → {self.outcome} {self.status} {said}"
        )


class Recorder:
    """Appends lines to one file; used by all threads of a process. Each line is on disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def write(self, line: Line) -> Line:
        told = asdict(line)
        del told["place"]
        with self._lock:
            self._file.write(json.dumps(told) + "\n")
        return line

    def note(self, who: str, what: str, **request: Any) -> Line:
        """Something that was done rather than asked for."""
        now = time.monotonic()
        return self.write(Line(who, what, now, now, request, OK))


def read_history(folder: Path) -> list[Line]:
    """Every line of every witness, in the order of their ends."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in _lines(path)]
    return sorted(lines, key=lambda line: line.answered)


def _lines(path: Path) -> Iterator[Line]:
    """A last line that a kill cut short is passed over: its exchange had no end."""
    for number, text in enumerate(path.read_text().splitlines(keepends=True), 1):
        if text.endswith("\n"):
            yield Line(**json.loads(text), place=f"{path.name}:{number}")


def by(lines: Iterable[Line], what: str) -> list[Line]:
    """The lines of one kind."""
    return [line for line in lines if line.what == what]
