"""How this machine's programs reach the embedded cloud: fixed region and made-up credentials, never the user's own."""

import os
from collections.abc import Mapping
from typing import Any

REGION = "us-east-1"
STACK = "nimbossa"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def client(service: str, endpoint: str) -> Any:
    """A boto3 client of the embedded cloud."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=5, read_timeout=60, proxies={}, s3={"addressing_style": "path"}),
    )


def environment(endpoint: str) -> dict[str, str]:
    """This process's environment, without the user's AWS settings and with the embedded cloud's instead."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NIMBOSSA_"))}
    return {**own, **connection(endpoint)}


def connection(endpoint: str) -> Mapping[str, str]:
    """The environment variables that lead any AWS library to the embedded cloud."""
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
