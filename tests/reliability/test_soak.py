"""The short form of `make soak`: a minute of volunteers, changes, faults, kills and restarts breaks no promise."""

import random
import subprocess
import sys
from pathlib import Path

from tests.instance import REPOSITORY

DISASTERS = (
    "kill -9 of a web server",
    "kill -9 of the functions' host",
    "kill -9 of all but the embedded cloud",
    "restart of the whole stack",
    "kill -9 of the whole stack",
)


def test_a_minute_under_fire_breaks_no_promise(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    given = ["--seed", str(seed), "--minutes", "1", "--volunteers", "24", "--history", str(tmp_path / "history")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *given], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    print(done.stdout)  # with the seed
    assert done.returncode == 0, done.stderr[-3000:]
    assert "every promise held" in done.stdout
    assert [kind for kind in DISASTERS if kind not in done.stdout] == []
