"""`python -m tests.soak.check FOLDER`: checks a recorded history again. Exit status 1 on any violation."""

import sys
from pathlib import Path

from tests.soak import evidence, tally
from tests.soak.history import read_history
from tests.soak.promises.all import CHECKS, violations
from tests.soak.promises.violations import Facts

SHOWN = 20


def report(folder: Path) -> int:
    """Check, and print the table."""
    lines, found = read_history(folder), evidence.load(folder)
    broken = violations(Facts(lines, found))
    rows = tally.summary(lines, found, tally.injected(folder), len(broken))
    width = max(len(name) for name, _ in rows)
    print()
    for name, value in rows:
        print(f"{name.ljust(width)}  {value}")
    for violation in broken[:SHOWN]:
        print(f"\n{violation}")
    print(f"\n{len(CHECKS)} checks over {len(lines)} lines: {'every promise held' if not broken else 'BROKEN'}")
    print(f"Check again: .venv/bin/python -m tests.soak.check {folder}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(report(Path(sys.argv[1])))
