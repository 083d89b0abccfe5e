"""Manifests of SageMaker Ground Truth: JSON lines with `source-ref` (an object in S3) or `source` (text) and whatever
labels earlier jobs gave (AWS: "Input data" and "Augmented manifest files" of SageMaker Ground Truth).

A line's `info` is the line itself, so that it can be written out again with a label more (`exporters`), and the keys
of an object in S3 (contract importers.md §4.1) that the line does not have.
"""

import re
from typing import Any

from chalicelib.core.import_tasks import BadRow
from chalicelib.core.media import kinds_of, object_info
from chalicelib.importers.json_rows import JsonReader

_OBJECT = re.compile(r"s3://([a-z0-9][a-z0-9.-]{2,62})/(.{1,1024})", re.DOTALL)  # the longest key: AWS, "Object keys"


class ManifestReader(JsonReader):
    """A `core.import_reading.Reader`."""

    def __init__(self) -> None:
        super().__init__(strict_lines=True, divide=_divided)


def _divided(line: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(line, dict) or not isinstance(line.get("source-ref", line.get("source")), str):
        raise BadRow('each line of a manifest must have "source-ref" with s3://bucket/key, or "source" with text')
    if "source-ref" not in line:
        return line, {}
    found = _OBJECT.fullmatch(line["source-ref"])
    if found is None:
        raise BadRow(f"source-ref is {line['source-ref'][:80]!r}: it must be s3://bucket/key")
    return object_info(found[1], found[2], kinds_of(found[2])) | line, {}
