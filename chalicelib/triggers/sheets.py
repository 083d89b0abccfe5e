"""Entry of the seat sheets' stream: completed tasks become results and webhook messages, and every task is counted in
the statistics, many at a time.

Records are handled one by one and a failed one does not stop the rest. Lambda takes the lowest reported number as its
checkpoint and sends everything from there again (AWS: "Configuring partial batch response with DynamoDB and Lambda"),
which is harmless, as every step may be repeated. The template bounds the retries, halves the batch around a record
that keeps failing, and keeps its place in the queue stream-dead; `completions.repair` then makes what is missing.
"""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.core.consumption import part
from chalicelib.core.services import services_of
from chalicelib.core.statistics import groups
from chalicelib.core.task_facts import Change, change_of, project_of

blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(
    name="sheet_changed", stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/sheets/stream/x", batch_size=100
)
def sheet_changed(event: DynamoDBEvent) -> dict[str, Any]:
    app = blueprint.current_app
    services = services_of(app)
    failed: list[str] = []
    counted: dict[Change, str] = {}
    for record in event:
        try:
            with part(project_of(record.old_image, record.new_image)):
                services.completions.changed(record.old_image, record.new_image)
            change = change_of(record.old_image, record.new_image)
            if change is not None:
                counted.setdefault(change, record.sequence_number)
        except Exception:  # whatever is wrong with one record, the others go on
            app.log.exception("Stream record %s failed", record.sequence_number)
            failed.append(record.sequence_number)
    for group in groups(counted):
        try:
            with part(group[0].project_id):
                services.statistics.fold(group)
        except Exception:  # as above; the other groups lie in other places
            app.log.exception("Statistics of project %s failed", group[0].project_id)
            failed += [counted[change] for change in group]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in dict.fromkeys(failed)]}
