"""Entry of the webhook queue: each message is one attempt at one delivery."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="deliver", queue_arn="arn:aws:sqs:us-east-1:000000000000:webhooks", batch_size=10)
def deliver(event: SQSEvent) -> dict[str, Any]:
    print(event.to_dict())
    return {"batchItemFailures": []}
