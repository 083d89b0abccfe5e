"""The launcher's child processes: each in its own process group, tied to the launcher's life, its output in a log."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local import lifeline
from infra.local.errors import LaunchError

ROOT = Path(__file__).resolve().parent.parent.parent


class Child:
    """One `python -m <module>`."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.exit_status is None:
            self._process.send_signal(number)

    def end(self, deadline: float) -> None:
        """Wait until the deadline (monotonic seconds) for it to end; then end it and whatever it started."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"The {self.name} process did not end in time and was killed", file=sys.stderr, flush=True)
        self._kill_group()
        self._process.wait()

    def _kill_group(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # nobody left in it

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


class Nursery:
    """Starts children and holds the lifeline that ends them when this process is gone."""

    def __init__(self, logs: Path, inherited: Sequence[int] = ()) -> None:
        """`inherited`: descriptors that every child keeps open, such as the lock of the data folder."""
        self._logs = logs
        self._inherited = inherited
        self._lifeline, self._held = os.pipe()
        self.children: list[Child] = []

    def start(
        self, name: str, module: str, *arguments: str, environment: Mapping[str, str], descriptors: Sequence[int] = ()
    ) -> Child:
        """Run `module`; the child inherits `descriptors`."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**environment, lifeline.VARIABLE: str(self._lifeline)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[self._lifeline, *self._inherited, *descriptors],
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which stops its children in order
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def run(self, name: str, module: str, *arguments: str, environment: Mapping[str, str], otherwise: str) -> list[str]:
        """Run `module` to its end; the lines it printed. Raises LaunchError, beginning with `otherwise`."""
        child = self.start(name, module, *arguments, environment=environment)
        while child.exit_status is None:
            time.sleep(0.05)
        self.children.remove(child)
        if child.exit_status:
            raise LaunchError(f"{otherwise} ({child.last_words()}); see {child.log}")
        return child.log.read_text().splitlines()

    def fallen(self) -> Child | None:
        """A child that has ended by itself."""
        return next((child for child in self.children if child.exit_status is not None), None)

    def stop(self, children: Sequence[Child], seconds: float) -> None:
        """Stop these children together, killing what has not ended by then."""
        deadline = time.monotonic() + seconds
        for child in children:
            child.signal(signal.SIGTERM)
        for child in children:
            child.end(deadline)
            self.children.remove(child)
