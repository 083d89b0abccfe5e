"""CPU seconds of a cold start, as a ratio to a bare program with Chalice, PynamoDB and the first client.

Each is a fresh interpreter; they take turns, so that both meet the same machine. CPU time, because importing is work of
the CPU, and other processes disturb this figure less.
"""

import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROUNDS = 15
ENVIRONMENT = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}

BARE = """
from chalice import Chalice
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
class Item(Model):
    class Meta:
        table_name = "bare"
        region = "us-east-1"
    key = UnicodeAttribute(hash_key=True)
app = Chalice(app_name="bare")
@app.route("/")
def index():
    return {}
Item._get_connection().connection.client
"""
IMPORTED = "import app"
READY = """
import app
app.app.services.scheduling, app.app.services.submission
from chalicelib.store.tables import SheetItem
SheetItem._get_connection().connection.client
"""
TIMED = "import time; began = time.process_time()\n{}\nprint(time.process_time() - began)"


@dataclass(frozen=True)
class ColdStart:
    """Median seconds: of the bare program, of importing app.py, and of the same with stores and the first client."""

    bare: float
    imported: float
    ready: float


def seconds(program: str) -> float:
    """CPU time of the program in a fresh interpreter, without the interpreter's own start."""
    environment = {**ENVIRONMENT, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(
        [sys.executable, "-c", TIMED.format(program)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(run.stdout)


def measure() -> ColdStart:
    """All three in turn, some rounds, after one round that compiles what is not compiled yet."""
    programs = (BARE, IMPORTED, READY)
    rounds = [[seconds(program) for program in programs] for _ in range(ROUNDS + 1)][1:]
    return ColdStart(*(statistics.median(column) for column in zip(*rounds, strict=True)))
