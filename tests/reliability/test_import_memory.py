"""An import takes a handler little memory, however many rows there are and however large they are."""

import json
import subprocess
import sys

import pytest

from tests.fakes.emulator import REPOSITORY
from tests.fakes.import_weight import FILES

MOST_BYTES = 256 << 20  # of the whole process, interpreter and libraries included
MOST_RECORD_BYTES = 2000


@pytest.mark.parametrize("name", FILES)
def test_a_handler_stays_small(name: str) -> None:
    command = [sys.executable, "-m", "tests.fakes.import_weight", name]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["state"], told["made"]) == ("finished", FILES[name].rows)
    assert told["peak"] <= MOST_BYTES
    assert told["record"] <= MOST_RECORD_BYTES
