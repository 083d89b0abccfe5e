"""Objects whose events the emulator may have lost: it keeps events in memory, and a stop or a kill forgets them.

At a start, the events of all objects that came shortly before the last snapshot, or after it, are sent again. An import
knows the version of its object, so those that were handled make nothing twice (reliability.md R7).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from infra.local import aws

FUNCTION = f"{aws.STACK}-object-created"
BEFORE_SNAPSHOT = timedelta(minutes=10)  # how long an event may have waited for its function


def send_again(endpoint: str, bucket: str, snapshot_time: float) -> int:
    """Send the events that may be lost since `snapshot_time` (epoch seconds); how many."""
    since = datetime.fromtimestamp(snapshot_time, UTC) - BEFORE_SNAPSHOT
    functions = aws.client("lambda", endpoint)
    sent = 0
    for version in _versions(endpoint, bucket):
        if version["LastModified"] >= since:
            event = json.dumps(_event(bucket, version))
            functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=event)
            sent += 1
    return sent


def _versions(endpoint: str, bucket: str) -> Iterator[dict[str, Any]]:
    pages = aws.client("s3", endpoint).get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="imports/")
    for page in pages:
        yield from page.get("Versions", [])


def _event(bucket: str, version: dict[str, Any]) -> dict[str, Any]:
    """AWS: "Event message structure"; keys are form-encoded there."""
    thing: dict[str, Any] = {"key": quote_plus(version["Key"]), "size": version["Size"], "eTag": version["ETag"][1:-1]}
    if version["VersionId"] != "null":
        thing["versionId"] = version["VersionId"]
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": aws.REGION,
                "eventTime": version["LastModified"].strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": thing},
            }
        ]
    }
