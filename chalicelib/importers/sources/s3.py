"""Objects of a bucket: chosen ones (contract importers.md §4.1), or all media below a prefix, beyond PYBOSSA (§4.8).

Below a prefix every picture, sound, video and PDF becomes a task, whatever the case of its extension; other files are
passed over. Keys are listed from behind the last one seen, so that a walk can be interrupted for as long as one likes.
"""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.core import import_gathering as gathering
from chalicelib.core.media import kinds_of, object_info
from chalicelib.importers.fields import Fields

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # AWS: "Bucket naming rules"
PAGE_KEYS = 1000


class Parameters(gathering.Parameters, frozen=True):
    bucket: str
    files: list[str] = []
    prefix: str | None = None


class S3:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._list = tools.list_objects

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        bucket = given.text("bucket", "Name the bucket.")
        if bucket and not _BUCKET.fullmatch(bucket):
            given.wrong("bucket", "This is not the name of a bucket: give the name only, without s3:// and slashes.")
        prefix = given.text("prefix").lstrip("/") if "prefix" in fields else None
        files = given.numbered("files", "Choose the files, or give a prefix." if prefix is None else "")
        given.done()
        return Parameters(bucket, files, None if files else prefix)

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        if parameters.prefix is None:
            return self._chosen(parameters, int(token or 0))
        found = self._list(parameters.bucket, parameters.prefix, token or "")
        infos = [
            object_info(parameters.bucket, key, kinds)
            for key in found.keys
            if not key.endswith("/") and (kinds := kinds_of(key.lower()))
        ]
        return gathering.Page(infos, found.keys[-1] if found.more and found.keys else None)

    def _chosen(self, parameters: Parameters, start: int) -> gathering.Page:
        end = start + PAGE_KEYS
        infos = [object_info(parameters.bucket, key, kinds_of(key)) for key in parameters.files[start:end]]
        total = len(parameters.files)
        return gathering.Page(infos, str(end) if end < total else None, total)
