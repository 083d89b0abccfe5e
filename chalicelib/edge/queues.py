"""SQS: messages are JSON objects."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from chalicelib.core import consumption
from chalicelib.edge.clients import client

# AWS: "Amazon SQS API Reference, ChangeMessageVisibility": 12 h in all from the message's receipt, hence the margin.
LONGEST_HIDING_SECONDS = 11 * 3600


class Queues:
    """All queues of the stack, by their addresses."""

    def send(self, queue_url: str, message: Mapping[str, Any], after_seconds: int = 0) -> None:
        """Put `message` on the queue, to be received after 0 to 900 seconds."""
        body = orjson.dumps(message).decode()
        client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=after_seconds)
        consumption.note(messages=1)

    def hide(self, queue_url: str, receipt_handle: str, seconds: float) -> None:
        """Keep a received message from being received again for `seconds`, or for as long as SQS allows."""
        client("sqs").change_message_visibility(
            QueueUrl=queue_url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=min(max(0, math.ceil(seconds)), LONGEST_HIDING_SECONDS),
        )
