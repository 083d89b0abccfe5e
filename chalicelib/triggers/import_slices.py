"""Entry of the import queue: each message continues one import from its checkpoint."""

import json
import logging
from typing import Any

from chalice.app import Blueprint, SQSEvent, SQSRecord

from chalicelib.core.import_running import Imports
from chalicelib.core.services import services_of

MOST_RECEIVES = 5  # then the queue moves a message to the dead letters (infra/resources.yaml)

blueprint = Blueprint(__name__)
log = logging.getLogger(__name__)


@blueprint.on_sqs_message(name="import_slice", queue_arn="arn:aws:sqs:us-east-1:000000000000:imports", batch_size=1)
def import_slice(event: SQSEvent) -> dict[str, Any]:
    imports = services_of(blueprint.current_app).imports
    failed = [record for record in event if not _handled(imports, record, event.context)]
    return {"batchItemFailures": [{"itemIdentifier": record.to_dict()["messageId"]} for record in failed]}


def _handled(imports: Imports, message: SQSRecord, context: Any) -> bool:
    """Run an import on; False when the message has to come again. The last time, its record says what happened."""
    try:
        import_id = json.loads(message.body)["import_id"]
        imports.run(import_id, lambda: context.get_remaining_time_in_millis() / 1000)
    except Exception as error:
        log.exception("import message %s", message.body)
        if int(message.to_dict()["attributes"]["ApproximateReceiveCount"]) >= MOST_RECEIVES:
            _give_up(imports, message, error)
        return False
    return True


def _give_up(imports: Imports, message: SQSRecord, error: Exception) -> None:
    reason = f"The import stopped after {MOST_RECEIVES} attempts ({type(error).__name__}): upload the file again."
    imports.give_up(json.loads(message.body)["import_id"], reason)
