"""The running local stack that contract, reliability and browser tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.instance import LocalInstance, Stack, read_stack

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running instance with its demo project: a new one, or the one that NIMBOSSA_LOCAL_JSON points at."""
    running = os.environ.get("NIMBOSSA_LOCAL_JSON")
    if running:
        yield read_stack(Path(running))
        return
    with LocalInstance(tmp_path_factory.mktemp("stack") / "data") as instance:
        yield instance.wait()
