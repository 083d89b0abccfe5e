"""`make demo` plays the whole loop: its exit status and its last line say whether every count was right."""

import os
import subprocess
import sys
from pathlib import Path

from tests.instance import REPOSITORY


def test_the_demo_starts_its_own_instance_when_none_runs_and_every_count_is_right(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    played = subprocess.run(
        [sys.executable, "-m", "infra.local.demo"],
        cwd=REPOSITORY,
        env={**own, "DATA_DIR": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.splitlines()[-1] == "Every count is right."
    assert "WRONG" not in played.stdout
