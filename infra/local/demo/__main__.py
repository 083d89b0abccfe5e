"""`python -m infra.local.demo`: plays the loop on the running instance, or on a temporary one when none runs.

Exit status 0 only if every count is right.
"""

import os
import sys
from collections.abc import Sequence

from infra.accounts import point_at_local
from infra.local.api import ApiError
from infra.local.children import ROOT
from infra.local.demo.borrowing import borrowed_instance
from infra.local.demo.play import play
from infra.local.errors import LaunchError


def main() -> int:
    """Play, then print the tables."""
    data_dir = ROOT / (os.environ.get("DATA_DIR") or ".local")
    try:
        with borrowed_instance(data_dir) as lent:
            point_at_local(lent)
            rows, counts = play(lent)
    except (ApiError, LaunchError, TimeoutError) as error:
        print(f"make demo: {error}", file=sys.stderr)
        return 1
    _print_table(("task", "image", "answers", "consensus", "result", "webhook"), rows)
    _print_table(("count", "expected", "found", ""), [(*count, "ok" if count.right else "WRONG") for count in counts])
    right = all(count.right for count in counts)
    print("Every count is right." if right else "Some counts are wrong.")
    return 0 if right else 1


def _print_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [[str(cell) for cell in row] for row in [titles, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    print()
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
