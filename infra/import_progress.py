"""How far something is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

LINE_SECONDS = 5.0  # between two lines of the same stage where there is no terminal


class Show(Protocol):
    def __call__(self, stage: str, percent: int, detail: str, seconds_left: int | None) -> None:
        """Tell the stage, how much of it is done, and the time left if that is known."""


@contextmanager
def shown(out: TextIO) -> Iterator[Show]:
    """A way to show progress on `out`, for as long as the context lasts."""
    if not out.isatty():
        yield Lines(out)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    told_behind = TextColumn("{task.percentage:>3.0f} % {task.fields[told]}")
    with Progress(TextColumn("{task.description:<9}"), BarColumn(), told_behind, console=Console(file=out)) as bar:
        task = bar.add_task("", total=100, told="")

        def show(stage: str, percent: int, detail: str, seconds_left: int | None) -> None:
            bar.update(task, description=stage, completed=percent, told=_told(detail, seconds_left))

        yield show


class Lines:
    """Plain lines: one at the beginning of a stage, then every LINE_SECONDS."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._last: tuple[str, float] = ("", 0.0)

    def __call__(self, stage: str, percent: int, detail: str, seconds_left: int | None) -> None:
        now = self._clock()
        if stage == self._last[0] and now - self._last[1] < LINE_SECONDS:
            return
        self._last = stage, now
        print(f"{stage}: {percent} %, {_told(detail, seconds_left)}", file=self._out, flush=True)


def _told(detail: str, seconds_left: int | None) -> str:
    return detail if seconds_left is None else f"{detail}, {clock_time(seconds_left)} left"


def clock_time(seconds: int) -> str:
    """`0:07`, `12:30`, `1:02:30`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
