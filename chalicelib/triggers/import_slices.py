"""Entry of the import queue: each message continues one import from its checkpoint."""

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core.import_running import Imports
from chalicelib.core.services import services_of

MOST_RECEIVES = 5  # then the queue moves a message to the dead letters (infra/resources.yaml)
FIRST_WAIT_SECONDS = 15  # until a message that failed is tried again, then twice as long each time

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="import_slice", queue_arn="arn:aws:sqs:us-east-1:000000000000:imports", batch_size=1)
def import_slice(event: SQSEvent) -> dict[str, Any]:
    app = blueprint.current_app
    services = services_of(app)
    imports, failed = services.imports, []
    for message in event.to_dict()["Records"]:
        try:
            _go_on(imports, message, event.context)
        except Exception as error:  # SQS keeps the message, and the checkpoint what was done
            app.log.exception("Import message %s failed", message["messageId"])
            failed.append({"itemIdentifier": message["messageId"]})
            wait = FIRST_WAIT_SECONDS << (_receives(message) - 1)
            services.queues.hide(services.settings.import_queue_url, message["receiptHandle"], wait)
            _end_after_last_attempt(imports, message, error)
    return {"batchItemFailures": failed}


def _go_on(imports: Imports, message: Mapping[str, Any], context: Any) -> None:
    imports.run(_import_id(message), lambda: context.get_remaining_time_in_millis() / 1000)


def _import_id(message: Mapping[str, Any]) -> int:
    import_id: int = json.loads(message["body"])["import_id"]
    return import_id


def _end_after_last_attempt(imports: Imports, message: Mapping[str, Any], error: Exception) -> None:
    """Say in the record why nothing goes on; the message itself goes to the dead letters."""
    if _receives(message) >= MOST_RECEIVES:
        reason = f"The import stopped after {MOST_RECEIVES} attempts ({type(error).__name__}): upload the file again."
        imports.give_up(_import_id(message), reason)


def _receives(message: Mapping[str, Any]) -> int:
    return int(message["attributes"]["ApproximateReceiveCount"])
