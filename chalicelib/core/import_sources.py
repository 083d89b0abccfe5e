"""From the bucket's events to the objects they name (AWS: "Event message structure", Amazon S3 User Guide)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.core.imports import Source

FOLDER = "imports"
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9.-]")
_LONGEST_NAME = 100


def source_of(event: Mapping[str, Any]) -> Source | None:
    """The object of one event record; None for what is no import: other events, other folders, folder markers."""
    if not event.get("eventName", "ObjectCreated").removeprefix("s3:").startswith("ObjectCreated"):
        return None
    told = event["s3"]["object"]
    key = unquote_plus(told["key"])
    if not key.startswith(f"{FOLDER}/") or key.endswith("/"):
        return None
    version = told.get("versionId")
    return Source(
        bucket=event["s3"]["bucket"]["name"],
        key=key,
        version=version if version != "null" else None,
        etag=told.get("eTag"),
        size=told.get("size", 0),
    )


def short_name_of(key: str) -> str | None:
    """The project's short name in `imports/<short_name>/…/<file>`; None when the file lies in no project's folder."""
    parts = key.split("/")
    return parts[1] if len(parts) > 2 and parts[1] else None


def name_in_key(file_name: str) -> str:
    """A file's name as the last part of a key: its end stays, which tells the format."""
    return _NOT_IN_KEYS.sub("_", file_name)[-_LONGEST_NAME:]
