"""AWS clients, one per service and container, made when first used, with time-outs that fit in a request."""

from functools import cache
from typing import Any

CONNECT_SECONDS = 1
READ_SECONDS = 10


@cache
def client(service: str) -> Any:
    """A botocore client; the endpoint and region come from the environment."""
    import botocore.session
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        signature_version="s3v4" if service == "s3" else None,
    )
    return botocore.session.get_session().create_client(service, config=config)
