"""Results as an augmented manifest of SageMaker Ground Truth, which SageMaker trains from and other labelling jobs
take in (AWS: "Labeling job output data"): each line is the task's object, the label and how it came about.

A task that came from a manifest gives back its line, earlier labels included. Another one must be an object in S3 or
have its text in `source`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson

from chalicelib.core.media import kinds_of, object_info, object_of

_NAME = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9]){0,62}")  # AWS: AttributeNames


class NotExportable(Exception):
    """The label or the task does not fit the format; the message says what to change."""


class Job(msgspec.Struct, frozen=True):
    """`label` is the attribute that the answers are written under. With `classes`, answers are written as their place
    among them, as SageMaker's image and text classification expect."""

    label: str
    name: str
    classes: Sequence[str] = ()

    def check(self) -> None:
        """Raises NotExportable."""
        if not _NAME.fullmatch(self.label) or self.label.endswith(("-metadata", "-ref")):
            advice = "letters, digits and hyphens inside, at most 63, not ending in -metadata or -ref"
            raise NotExportable(f"{self.label!r} cannot be the name of a label: take {advice}.")


def manifest_line(job: Job, info: Any, answer: Any, confidence: float, completed: str) -> bytes:
    """One result as a line: the task's `info`, the answer agreed on, the share of volunteers who gave it (0 to 1) and
    the moment it was complete (ISO 8601). Raises NotExportable."""
    job.check()
    line = _source(info)
    metadata = {
        "confidence": confidence,
        "job-name": f"labeling-job/{job.name}",
        "human-annotated": "yes",
        "creation-date": completed,
    }
    label, told = _label(job, line, answer)
    labelled = line | {job.label: label, f"{job.label}-metadata": told | metadata}
    return orjson.dumps(labelled, option=orjson.OPT_APPEND_NEWLINE)


def _source(info: Any) -> dict[str, Any]:
    if not isinstance(info, Mapping):
        raise NotExportable("The task's info is no object, so that there is no source-ref.")
    if isinstance(info.get("source-ref"), str):
        return _without_media(info)
    if isinstance(info.get("source"), str):
        return dict(info)
    found = object_of(info["url"]) if isinstance(info.get("url"), str) else None
    if found is None:
        raise NotExportable("The task is no object in S3 and has no text in info.source.")
    return {"source-ref": f"s3://{found[0]}/{found[1]}"}


def _without_media(info: Mapping[str, Any]) -> dict[str, Any]:
    """The line as it was before the import added what presenters look for."""
    bucket, _, key = info["source-ref"].removeprefix("s3://").partition("/")
    added = object_info(bucket, key, kinds_of(key))
    return {name: value for name, value in info.items() if name not in added or added[name] != value}


def _label(job: Job, line: Mapping[str, Any], answer: Any) -> tuple[Any, dict[str, Any]]:
    if not job.classes:
        return answer, {"type": "groundtruth/custom"}
    if answer not in job.classes:
        raise NotExportable(f"The answer {answer!r} is not among the classes: add it, or leave the classes out.")
    kind = "image" if "source-ref" in line else "text"
    return job.classes.index(answer), {"class-name": answer, "type": f"groundtruth/{kind}-classification"}
