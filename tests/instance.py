"""A real local instance, as `make run` starts it, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
READY_SECONDS = 180.0


@dataclass(frozen=True)
class Stack:
    """What `local.json` says of a running instance."""

    url: str
    aws_endpoint: str
    region: str
    import_bucket: str
    admin_api_key: str
    mails: str


def read_stack(announcement: Path) -> Stack:
    """The instance that announced itself in this file."""
    return Stack(**json.loads(announcement.read_text()))


class LocalInstance:
    """Starts the launcher; `wait` gives the running stack. A context manager that stops it."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        """`settings`: PORT, RATE_LIMIT, ADMIN_API_KEY; a free port is taken unless one is given."""
        self.data_dir = data_dir
        self._settings = {"PORT": "0", "RATE_LIMIT": "1000000", **settings, "DATA_DIR": str(data_dir)}

    def __enter__(self) -> "LocalInstance":
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "ADMIN_API"))}
        self._output = (self.data_dir.parent / f"{self.data_dir.name}.out").open("w+")
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.run"],
            cwd=REPOSITORY,
            env={**own, **self._settings},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._output.close()

    def wait(self, seconds: float = READY_SECONDS) -> Stack:
        """The stack as soon as it is ready; fails with the launcher's output when it is not within `seconds`."""
        announcement = self.data_dir / "local.json"
        while not self._announced(announcement):
            assert self.process.poll() is None, f"the launcher ended: {self.output()}"
            assert time.monotonic() < self.began + seconds, f"not ready in {seconds} s: {self.output()}"
            time.sleep(0.02)
        return read_stack(announcement)

    def _announced(self, announcement: Path) -> bool:
        """A file that an earlier, killed launcher left behind is not ours: it is older than our start."""
        age_of_start = time.monotonic() - self.began
        try:
            return time.time() - announcement.stat().st_mtime < age_of_start
        except FileNotFoundError:
            return False

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60.0) -> int:
        """Send the signal unless it has ended; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def output(self) -> str:
        """What the launcher has printed."""
        return Path(self._output.name).read_text()
