"""Users' buckets, read with a role of theirs: listed, and their objects linked to (`core.private_buckets.Roles`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.import_gathering import Listing, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.media import Sign
from chalicelib.core.projects import BucketAccess
from chalicelib.edge.clients import Session, link_client
from chalicelib.edge.roles import MOST_SESSIONS, SESSION_SECONDS, Sessions, Wanted

_REASONS = {
    "NoSuchBucket": "There is no bucket {0}: check its name.",
    "404": "There is no bucket {0}: check its name.",
    "AccessDenied": "The role may not list the bucket {0}: allow it s3:ListBucket on the bucket itself.",
    "403": "The role may not list the bucket {0}: allow it s3:ListBucket on the bucket itself.",
    "AllAccessDisabled": "AWS has closed the bucket {0}: ask its support.",
    "PermanentRedirect": "The bucket {0} is in a region that we do not reach: put the files into a bucket elsewhere.",
    "301": "The bucket {0} is in a region that we do not reach: put the files into a bucket elsewhere.",
}
_STALE = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "400")
_BUSY = ("SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "500", "503")


class RoleBuckets:
    """`region` is our own; `make` gives a client of S3 for a bucket, its region and a session."""

    def __init__(
        self,
        sessions: Sessions,
        region: str,
        clock: Callable[[], float],
        make: Callable[[str, str, Session], Any] = link_client,
    ) -> None:
        self._sessions = sessions
        self._region = region
        self._clock = clock
        self._make = make
        self._clients: dict[tuple[str, str, Session], Any] = {}

    def account(self) -> str:
        return self._sessions.account()

    def inspect(self, role_arn: str, external_id: str, bucket: str) -> BucketAccess:
        wanted = Wanted(role_arn, external_id, bucket)
        client = self._client(self._region, wanted, self._sessions.of(wanted))
        self._sessions.check_trust(wanted)
        with self._explained(wanted):
            answer = client.head_bucket(Bucket=bucket)
        return BucketAccess(role_arn, answer.get("BucketRegion") or self._region)

    def list_objects(self, role_arn: str, external_id: str, bucket: str, prefix: str, after: str) -> Listing:
        wanted = Wanted(role_arn, external_id, bucket)
        client = self._client(self._region, wanted, self._sessions.of(wanted))
        if not after:  # once for each listing, also of those who only look
            self._sessions.check_trust(wanted)
        with self._explained(wanted):
            answer = client.list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=after)
        found = [one["Key"] for one in answer.get("Contents", ())]
        if answer["IsTruncated"] and not found:
            raise TryLater(f"The bucket {bucket} said that it has more objects and listed none.")
        return Listing(found, answer["IsTruncated"])

    def signer(self, access: BucketAccess, external_id: str, bucket: str) -> Sign | None:
        wanted = Wanted(access.role_arn, external_id, bucket)
        session = self._sessions.of_reader(wanted)
        if session is None:
            return None
        client = self._client(access.region, wanted, session)
        seconds = min(SESSION_SECONDS, int(session.ends - self._clock()))
        return lambda key: link(client, bucket, key, seconds)

    def _client(self, region: str, wanted: Wanted, session: Session) -> Any:
        known = (wanted.bucket, region, session)
        if known not in self._clients:
            if len(self._clients) >= MOST_SESSIONS:
                self._clients.pop(next(iter(self._clients)))
            self._clients[known] = self._make(*known)
        return self._clients[known]

    @contextmanager
    def _explained(self, wanted: Wanted) -> Iterator[None]:
        """Turns what S3 answers into Unreadable and TryLater."""
        try:
            yield
        except BotoCoreError as error:
            raise TryLater(f"The bucket {wanted.bucket} could not be reached: {error}.") from error
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _STALE:
                self._sessions.forget(wanted)
            if code in _STALE or code in _BUSY:
                raise TryLater(f"The bucket {wanted.bucket} cannot be read at present: S3 says {code}.") from error
            reason = _REASONS.get(code, f"The bucket {{0}} cannot be read: S3 says {code}.")
            raise Unreadable(reason.format(wanted.bucket)) from error


def link(client: Any, bucket: str, key: str, seconds: int) -> str:
    """Where anybody can read that one object for `seconds`. Made without asking S3."""
    asked = {"Bucket": bucket, "Key": key}
    return str(client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))
