"""The page of guarantees names tests that there are."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_every_test_that_holds_a_guarantee_is_there() -> None:
    named = re.findall(r"tests/\w+/\w+\.py", (REPOSITORY / "docs" / "guarantees.md").read_text())
    assert len(set(named)) > 20
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []
