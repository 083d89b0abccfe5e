"""The API against requests that schemathesis makes of its description, good ones and bad ones.

`python -m tests.contract.fuzzing` (`make fuzz`) is the long run, as an owner and then as an administrator, at least
2,000 cases each; the short run is `test_fuzz.py`. Both have an instance of their own: they meddle with everything.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.contract.people import sign_up
from tests.instance import LocalInstance, Stack

FUZZER = Path(sys.executable).with_name("st")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
LEAST_CASES = 2000
TAIL = 25


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    passed: bool
    cases: int
    report: str


def fuzz(stack: Stack, key: str, *options: str) -> Outcome:
    """One run as the account with that key; `options` are those of `st run`."""
    done = subprocess.run(
        [
            *(str(FUZZER), "--config-file", str(CONFIGURATION), "run", f"{stack.url}/api/openapi.json"),
            *("--header", f"Authorization: {key}", "--generation-database", "none", "--no-color"),
            *options,
        ],
        capture_output=True,
        text=True,
    )
    counted = re.search(r"(\d+) generated", done.stdout)
    return Outcome(done.returncode == 0, int(counted[1]) if counted else 0, done.stdout + done.stderr)


def main() -> int:
    """The long run; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seed", default="1")
    seed = parser.parse_args().seed
    with tempfile.TemporaryDirectory() as folder, LocalInstance(Path(folder) / "data") as instance:
        stack = instance.wait()
        outcomes = [_told(stack, seed, admin) for admin in (False, True)]
    return 0 if all(one.passed and one.cases >= LEAST_CASES for one in outcomes) else 1


def _told(stack: Stack, seed: str, admin: bool) -> Outcome:
    account = sign_up(stack, "fuzzer", admin=admin)
    assert account.key is not None
    outcome = fuzz(stack, account.key, "--seed", seed, "--max-examples", "20")
    lines = outcome.report.splitlines()
    print(f"As {'an administrator' if admin else 'an owner'}:", *(lines[-TAIL:] if outcome.passed else lines), sep="\n")
    return outcome


if __name__ == "__main__":
    sys.exit(main())
