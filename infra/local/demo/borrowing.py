"""The instance that the demo plays on: the one that runs, or one of its own for as long as the demo lasts."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.children import ROOT
from infra.local.errors import LaunchError
from infra.local.waiting import wait_for

READY_SECONDS = 300.0
STOP_SECONDS = 70.0


@contextmanager
def borrowed_instance(data_dir: Path) -> Iterator[Path]:
    """The data folder of an instance that answers. Raises LaunchError."""
    if _answers(data_dir):
        print(f"Playing on the running instance of {data_dir}", flush=True)
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="nimbossa-demo-") as folder:
        print("No instance runs: starting one for the demo", flush=True)
        with _own_instance(Path(folder) / "data") as own:
            yield own


@contextmanager
def _own_instance(data_dir: Path) -> Iterator[Path]:
    settings = {"DATA_DIR": str(data_dir), "PORT": "0", "RATE_LIMIT": "1000000", "ADMIN_API_KEY": ""}
    launcher = subprocess.Popen([sys.executable, "-m", "infra.local.run"], cwd=ROOT, env={**os.environ, **settings})
    try:
        announced = data_dir / "local.json"
        wait_for(lambda: announced.exists() or launcher.poll() is not None, READY_SECONDS, "the start of the instance")
        if launcher.poll() is not None:
            raise LaunchError("the demo's own instance could not start; the lines above say why")
        yield data_dir
    finally:
        launcher.terminate()
        launcher.wait(STOP_SECONDS)


def _answers(data_dir: Path) -> bool:
    try:
        url = json.loads((data_dir / "local.json").read_text())["url"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/api/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (FileNotFoundError, urllib.error.URLError, TimeoutError):
        return False
