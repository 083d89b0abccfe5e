"""Objects of a bucket: chosen ones (contract importers.md §4.1), or all media below a prefix, beyond PYBOSSA (§4.8).

Below a prefix every picture, sound, video and PDF becomes a task, whatever the case of its extension; other files are
passed over. Keys are listed from behind the last one seen, so that a walk can be interrupted for as long as one likes.
A bucket that is not open to everybody is read by a role of its owner's (core/private_buckets.py).
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import import_gathering as gathering
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.media import BUCKET, kinds_of, object_info
from chalicelib.core.private_buckets import role_problem
from chalicelib.importers.fields import Fields

PAGE_KEYS = 1000


class Parameters(gathering.Parameters, frozen=True):
    bucket: str
    files: list[str] = []
    prefix: str | None = None
    role_arn: str | None = None


class S3:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._list = tools.list_objects
        self._private = tools.role_buckets

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        bucket = given.text("bucket", "Name the bucket.")
        if bucket and not BUCKET.fullmatch(bucket):
            given.wrong("bucket", "This is not the name of a bucket: give the name only, without s3:// and slashes.")
        prefix = given.text("prefix").lstrip("/") if "prefix" in fields else None
        files = given.numbered("files", "Choose the files, or give a prefix." if prefix is None else "")
        role_arn = given.text("role_arn") or None
        if role_arn and self._private is None:
            given.wrong("role_arn", "This site reads no private buckets: leave the role out.")
        elif role_arn and (problem := role_problem(role_arn)):
            given.wrong("role_arn", problem)
        given.done()
        return Parameters(bucket, files, None if files else prefix, role_arn)

    def open(self, parameters: Parameters) -> None:
        """Keeps the role with the project. Raises BadParameters, TryLater."""
        if parameters.role_arn and self._private is not None:
            try:
                self._private.grant(parameters.bucket, parameters.role_arn)
            except Unreadable as error:
                raise gathering.BadParameters({"role_arn": [str(error)]}) from error

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        if parameters.prefix is None:
            return self._chosen(parameters, int(token or 0))
        found = self._listed(parameters, parameters.prefix, token or "")
        infos = [
            object_info(parameters.bucket, key, kinds)
            for key in found.keys
            if not key.endswith("/") and (kinds := kinds_of(key.lower()))
        ]
        return gathering.Page(infos, found.keys[-1] if found.more and found.keys else None)

    def _listed(self, parameters: Parameters, prefix: str, after: str) -> gathering.Listing:
        if parameters.role_arn and self._private is not None:
            return self._private.list_objects(parameters.role_arn, parameters.bucket, prefix, after)
        return self._list(parameters.bucket, prefix, after)

    def _chosen(self, parameters: Parameters, start: int) -> gathering.Page:
        end = start + PAGE_KEYS
        infos = [object_info(parameters.bucket, key, kinds_of(key)) for key in parameters.files[start:end]]
        total = len(parameters.files)
        return gathering.Page(infos, str(end) if end < total else None, total)
