"""Making the package in a process of its own, one instance at a time: two first starts share one cache of libraries."""

import fcntl
import time
from pathlib import Path

from infra.local import aws
from infra.local.children import ROOT, Nursery
from infra.local.errors import LaunchError


def package(out: Path, nursery: Nursery) -> Path:
    """Write template and code to `out`; raises LaunchError."""
    cache = ROOT / ".build"
    cache.mkdir(exist_ok=True)
    with (cache / "lock").open("w") as lock:
        while not _locked(lock.fileno()):
            time.sleep(0.2)
        child = nursery.start("package", "infra.package", "--out", str(out), environment=aws.environment(""))
        while child.exit_status is None:
            time.sleep(0.1)
    nursery.children.remove(child)
    if child.exit_status:
        raise LaunchError(f"The functions could not be packaged ({child.last_words()}); see {child.log}")
    return out


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
