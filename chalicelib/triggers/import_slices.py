"""Entry of the import queue: each message continues one import from its checkpoint."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="import_slice", queue_arn="arn:aws:sqs:us-east-1:000000000000:imports", batch_size=1)
def import_slice(event: SQSEvent) -> dict[str, Any]:
    print(event.to_dict())
    return {"batchItemFailures": []}
