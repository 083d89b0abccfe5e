"""Bringing the stack of the package into the embedded cloud, by the same code that deploys it to AWS."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import aws, mails
from infra.local.children import ROOT
from infra.local.errors import LaunchError

CODE_BUCKET = "nimbossa-code"
SECRET = f"/{aws.STACK}/secret"
FINGERPRINT = f"/{aws.STACK}/local-package"
PARAMETERS = {
    "DeletionProtection": "false",
    "PointInTimeRecovery": "false",
    "AllowPrivateEgress": "true",
    "MailSender": mails.SENDER,
}
SOURCES = ("app.py", "requirements.txt", "chalicelib/**/*", ".chalice/*.json", "infra/*.*")


@dataclass(frozen=True)
class Function:
    """One deployed function: its handler, its environment and its time limit in seconds."""

    name: str
    handler: str
    environment: dict[str, str]
    timeout: float


def fingerprint() -> str:
    """Digest of everything that the package is made of; the same digest means the same package."""
    digest = hashlib.sha256(json.dumps(PARAMETERS).encode())
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from sorted(path for path in ROOT.glob(pattern) if path.is_file() and "__pycache__" not in path.parts)


def ensure_secret(endpoint: str) -> None:
    """Make the site's secret unless there is one: the functions read it, the template does not hold it."""
    ssm = aws.client("ssm", endpoint)
    if _parameter(ssm, SECRET) is None:
        ssm.put_parameter(Name=SECRET, Type="SecureString", Value=secrets.token_hex(32))


def is_current(endpoint: str, wanted: str) -> bool:
    """Whether the embedded cloud already runs the package with this fingerprint."""
    return _parameter(aws.client("ssm", endpoint), FINGERPRINT) == wanted


def deploy(endpoint: str, package: Path, wanted: str, tell: Callable[[str], None]) -> None:
    """Upload the package and bring the stack to it; raises LaunchError."""
    from infra import stack

    stack.POLL_SECONDS = 0.2
    s3 = aws.client("s3", endpoint)
    s3.create_bucket(Bucket=CODE_BUCKET)
    try:
        upload = stack.upload(s3, CODE_BUCKET, package)
        stack.apply(aws.client("cloudformation", endpoint), aws.STACK, upload, PARAMETERS, tell)
    except stack.StackFailed as error:
        raise LaunchError(f"The stack could not be deployed to the embedded cloud: {error}") from error
    aws.client("ssm", endpoint).put_parameter(Name=FINGERPRINT, Type="String", Value=wanted, Overwrite=True)


def functions(endpoint: str) -> list[Function]:
    """The deployed functions, with the settings that the template gave them."""
    pages = aws.client("lambda", endpoint).get_paginator("list_functions").paginate()
    found = [function for page in pages for function in page["Functions"]]
    return [
        Function(one["FunctionName"], one["Handler"], one["Environment"]["Variables"], float(one["Timeout"]))
        for one in found
        if one["FunctionName"].startswith(f"{aws.STACK}-")
    ]


def outputs(endpoint: str) -> dict[str, str]:
    """The stack's outputs."""
    from infra import stack

    return stack.outputs(aws.client("cloudformation", endpoint), aws.STACK)


def _parameter(ssm: Any, name: str) -> str | None:
    try:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None
