"""Entry of the seat sheets' stream: completed tasks become results and webhook messages.

Records are handled one by one and a failed one does not stop the rest. Lambda takes the lowest reported number as its
checkpoint and sends everything from there again (AWS: "Configuring partial batch response with DynamoDB and Lambda"),
which is harmless, as every step may be repeated. The template bounds the retries, halves the batch around a record
that keeps failing, and keeps its place in the queue stream-dead; `completions.repair` then makes what is missing.
"""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.core.services import services_of

blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(
    name="sheet_changed", stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/sheets/stream/x", batch_size=100
)
def sheet_changed(event: DynamoDBEvent) -> dict[str, Any]:
    app = blueprint.current_app
    completions = services_of(app).completions
    failed = []
    for record in event:
        try:
            completions.changed(record.old_image, record.new_image)
        except Exception:  # whatever is wrong with one record, the others go on
            app.log.exception("Stream record %s failed", record.sequence_number)
            failed.append({"itemIdentifier": record.sequence_number})
    return {"batchItemFailures": failed}
