"""`GET /amazon/bucket/<bucket>`: what a page offers to choose from (contract importers.md §4.1)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.api.source_failures import told_to_clients
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.import_gathering import Refused
from chalicelib.core.media import BUCKET


def bucket_keys(call: Call, bucket: str) -> Answer:
    """The keys of the first thousand objects of a bucket that is open to everybody. Beyond PYBOSSA, those that begin
    with `prefix`, behind the key `after`."""
    if not BUCKET.fullmatch(bucket):
        raise NotFound(f"there is no bucket {bucket[:80]!r}")
    with told_to_clients():
        return Answer([key for key in _keys(call, bucket) if not key.endswith("/")])


def _keys(call: Call, bucket: str) -> list[str]:
    try:
        return call.services.list_public_bucket(bucket, call.query.get("prefix", ""), call.query.get("after", "")).keys
    except Refused as error:
        if error.status == 404:
            raise NotFound(f"there is no bucket {bucket}") from error
        if error.status in (401, 403):
            raise Forbidden(f"The bucket {bucket} is not open to everybody.") from error
        raise
