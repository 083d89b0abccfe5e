"""`GET /amazon/bucket/<bucket>`: what a page offers to choose from (contract importers.md §4.1)."""

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call
from chalicelib.core.errors import DataFault, Forbidden, NotFound, Unavailable
from chalicelib.core.import_gathering import Refused, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.media import BUCKET


def bucket_keys(call: Call, bucket: str) -> Answer:
    """The keys of the first thousand objects of a bucket that is open to everybody. Beyond PYBOSSA, those that begin
    with `prefix`, behind the key `after`."""
    if not BUCKET.fullmatch(bucket):
        raise NotFound(f"there is no bucket {bucket[:80]!r}")
    try:
        found = call.services.list_public_bucket(bucket, call.query.get("prefix", ""), call.query.get("after", ""))
    except Refused as error:
        if error.status == 404:
            raise NotFound(f"there is no bucket {bucket}") from error
        if error.status in (401, 403):
            raise Forbidden(f"The bucket {bucket} is not open to everybody.") from error
        raise DataFault(str(error)) from error
    except Unreadable as error:
        raise DataFault(str(error)) from error
    except TryLater as error:
        raise Unavailable(str(error)) from error
    return Answer([key for key in found.keys if not key.endswith("/")])
