"""Objects of the import bucket, read piece by piece, and the parts of what is gathered."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.import_reading import Unreadable
from chalicelib.core.imports import Source, Spool
from chalicelib.edge.clients import client

CHUNK_BYTES = 1 << 20
_GONE = {
    "NoSuchKey": "The object was deleted before it was read: upload it again.",
    "NoSuchVersion": "This version of the object was deleted before it was read: upload it again.",
    "404": "The object was deleted before it was read: upload it again.",
    "PreconditionFailed": "The object was replaced before it was read; the new one has an import of its own.",
    "AccessDenied": "The object cannot be read: the bucket's owner or key policy forbids it.",
    "InvalidObjectState": "The object is archived: restore it to the standard storage class and upload it again.",
}


class ObjectStore:
    """Reads one version of an object by ranges. `bucket` is the one that parts are put into."""

    def __init__(self, bucket: str = "") -> None:
        self.bucket = bucket

    def put(self, key: str, content: bytes) -> None:
        client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)

    def measured(self, source: Source) -> Source:
        """The source with its size and entity tag, asked of S3. Raises Unreadable when the object is gone."""
        answer = _asked("head_object", Bucket=source.bucket, Key=source.key, **_version(source))
        return Source(source.bucket, source.key, source.version, answer["ETag"].strip('"'), answer["ContentLength"])

    def chunks(self, source: Source, position: int) -> Iterator[bytes]:
        """The object's bytes from `position` on, a megabyte at a time. Raises Unreadable when it is gone."""
        if not isinstance(source, Spool):
            yield from self._stretches(source, position)
            return
        for part in source.parts:
            if position < part.size:
                yield from self._stretches(Source(source.bucket, part.key, size=part.size), position)
            position = max(0, position - part.size)

    def _stretches(self, source: Source, position: int) -> Iterator[bytes]:
        while position < source.size:
            answer = self._range(source, position)
            if "ContentRange" not in answer:  # all of it: servers may (RFC 9110 §14.2), the local cloud does
                yield from _rest(answer["Body"], position)
                return
            chunk: bytes = answer["Body"].read()
            position += len(chunk)
            yield chunk

    def _range(self, source: Source, position: int) -> Any:
        last = min(position + CHUNK_BYTES, source.size) - 1
        same = _version(source) or ({"IfMatch": f'"{source.etag}"'} if source.etag else {})
        return _asked("get_object", Bucket=source.bucket, Key=source.key, Range=f"bytes={position}-{last}", **same)


def _rest(body: Any, position: int) -> Iterator[bytes]:
    """The chunks of a whole object that lie behind `position`."""
    while position > 0:
        position -= len(body.read(min(position, CHUNK_BYTES)))
    yield from body.iter_chunks(CHUNK_BYTES)


def _version(source: Source) -> dict[str, str]:
    return {"VersionId": source.version} if source.version else {}


def _asked(operation: str, **request: Any) -> Any:
    try:
        return getattr(client("s3"), operation)(**request)
    except ClientError as error:
        reason = _GONE.get(error.response["Error"]["Code"])
        if reason is None:
            raise
        raise Unreadable(reason) from error
