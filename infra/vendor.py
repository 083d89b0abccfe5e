"""The libraries that ship with the functions: which ones, and their wheels for Lambda's machine.

Versions of libraries that `requirements.txt` does not name are those of this environment: what was tested is shipped.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Lambda's python3.11 is Amazon Linux 2 with glibc 2.26 (AWS: "Lambda runtimes"); pip takes each tag literally.
PYTHON = "3.11"
PLATFORMS = [*(f"manylinux_2_{minor}_aarch64" for minor in range(26, 16, -1)), "manylinux2014_aarch64"]
MARKERS = {"python_version": PYTHON, "python_full_version": PYTHON + ".0", "sys_platform": "linux"} | {
    "platform_machine": "aarch64",
    "extra": "",
}
IN_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"}
# Only `chalice/app.py` runs in a function; what Chalice requires serves its command line.
REQUIRES_NOTHING_AT_RUN_TIME = {"chalice"}


class VendorError(Exception):
    """The libraries could not be fetched; the message says what to change."""


def shipped(requirements: Path) -> list[str]:
    """`name==version` of each library that the functions need and Lambda's runtime lacks, sorted."""
    lines = (line.split("#")[0].strip() for line in requirements.read_text().splitlines())
    names: set[str] = set()
    _collect((Requirement(line) for line in lines if line), names)
    return [f"{name}=={distribution(name).version}" for name in sorted(names)]


def _collect(wanted: Iterable[Requirement], names: set[str]) -> None:
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        applies = requirement.marker is None or requirement.marker.evaluate(MARKERS)
        if applies and name not in names | IN_RUNTIME:
            names.add(name)
            _collect(_requires(name), names)


def _requires(name: str) -> Iterator[Requirement]:
    if name not in REQUIRES_NOTHING_AT_RUN_TIME:
        yield from map(Requirement, distribution(name).requires or [])


def fetch(pins: list[str], cache: Path) -> Path:
    """A folder with the unpacked wheels of `pins` for Lambda, made once per set of pins; raises VendorError."""
    digest = hashlib.sha256("\n".join([*pins, *PLATFORMS]).encode()).hexdigest()[:16]
    folder = cache / f"vendor-{digest}"
    if not folder.is_dir():
        print(f"Fetching {len(pins)} libraries for Lambda (arm64) …", flush=True)
        half_done = folder.with_suffix(".part")
        shutil.rmtree(half_done, ignore_errors=True)
        _install(pins, half_done)
        half_done.rename(folder)
    return folder


def _install(pins: list[str], folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-compile", "--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON]
    command += [word for platform in PLATFORMS for word in ("--platform", platform)]
    finished = subprocess.run([*command, "--target", str(folder), *pins], capture_output=True, text=True)
    if finished.returncode:
        raise VendorError(f"pip could not fetch the libraries for Lambda; is its index reachable?\n{finished.stderr}")
