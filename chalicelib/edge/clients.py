"""AWS clients, one per service and container, made when first used, with time-outs that fit in a request."""

from functools import cache
from threading import Lock
from typing import Any

import msgspec

CONNECT_SECONDS = 1
READ_SECONDS = 10
_making = Lock()  # botocore's sessions are not for threads, its clients are


class Session(msgspec.Struct, frozen=True):
    """Credentials of a role that we took on, until `ends` (epoch seconds)."""

    key_id: str
    secret: str
    token: str
    ends: float


@cache
def client(service: str) -> Any:
    """A botocore client; the endpoint and region come from the environment."""
    return _made(service, config=_config("s3v4" if service == "s3" else None))


def link_client(bucket: str, region: str, session: Session | None = None) -> Any:
    """A client of S3 for one bucket, with a session's credentials or our own. Its links name the bucket's region: those
    to the global name are redirected while a bucket is new, and a redirected link is not signed for where it leads."""
    given: dict[str, Any] = {}
    if session is not None:
        keys = {"aws_access_key_id": session.key_id, "aws_secret_access_key": session.secret}
        given = {**keys, "aws_session_token": session.token}
    made = _made("s3", region_name=region, config=_config("s3v4"), **given)
    if "." in bucket or not made.meta.endpoint_url.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return made
    return _made("s3", region_name=region, config=_config("s3v4", {"addressing_style": "virtual"}), **given)


def _made(service: str, **given: Any) -> Any:
    with _making:
        return _session().create_client(service, **given)


@cache
def _session() -> Any:
    """Remembers what all clients have in common, so that the second one is made quickly."""
    import botocore.session

    return botocore.session.get_session()


def _config(signature: str | None, s3: dict[str, Any] | None = None) -> Any:
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        signature_version=signature,
        s3=s3,
    )
