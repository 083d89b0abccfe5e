"""Entry of the seat sheets' stream: completed tasks become results and webhook messages."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(
    name="sheet_changed", stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/sheets/stream/x", batch_size=100
)
def sheet_changed(event: DynamoDBEvent) -> dict[str, Any]:
    print(event.to_dict())
    return {"batchItemFailures": []}
