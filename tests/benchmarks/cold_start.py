"""Seconds to import `app.py`, as a ratio to a bare program with Chalice, PynamoDB and the first client.

Each is a fresh interpreter; they take turns, so that both meet the same machine. What app.py imports lazily is not
counted, as a Lambda does not pay for it at start.
"""

import statistics
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROUNDS = 9
ENVIRONMENT = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}

CLIENT = """
import botocore.session
botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
"""
BARE = (
    """
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
"""
    + CLIENT
)
OURS = "import app\n" + CLIENT
TIMED = "import time; began = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"


def seconds(program: str) -> float:
    """How long the program takes in a fresh interpreter, without the interpreter's own start."""
    environment = {**ENVIRONMENT, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(
        [sys.executable, "-c", TIMED.format(program)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(run.stdout)


def measure() -> tuple[float, float, float]:
    """Median seconds of ours, of the bare program, and their ratio."""
    seconds(OURS), seconds(BARE)
    pairs = [(seconds(OURS), seconds(BARE)) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours, bare, ours / bare
