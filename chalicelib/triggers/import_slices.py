"""Entry of the import queue: each message continues one import from its checkpoint, or belongs to the daily round."""

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core.imports import Record
from chalicelib.core.services import Services, services_of

ATTEMPTS = 5
LAST_RECEIVE = ATTEMPTS + 1  # of a message, which then goes to the dead letters (infra/resources.yaml)
FIRST_WAIT_SECONDS = 15  # until a message that failed is tried again, then twice as long each time

blueprint = Blueprint(__name__)


class HandlerDied(Exception):
    """The last attempt ended so suddenly, for want of memory or time, that its handler could not say so."""


@blueprint.on_sqs_message(name="import_slice", queue_arn="arn:aws:sqs:us-east-1:000000000000:imports", batch_size=1)
def import_slice(event: SQSEvent) -> dict[str, Any]:
    app = blueprint.current_app
    services = services_of(app)
    failed = []
    for message in event.to_dict()["Records"]:
        try:
            if _receives(message) >= LAST_RECEIVE:
                raise HandlerDied
            _go_on(services, message, event.context)
        except Exception as error:  # SQS keeps the message, and the checkpoint what was done
            app.log.exception("Import message %s failed", message["messageId"])
            failed.append({"itemIdentifier": message["messageId"]})
            wait = FIRST_WAIT_SECONDS << (_receives(message) - 1)
            services.queues.hide(services.settings.import_queue_url, message["receiptHandle"], wait)
            _end_after_last_attempt(services, message, error)
    return {"batchItemFailures": failed}


def _go_on(services: Services, message: Mapping[str, Any], context: Any) -> None:
    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    import_id = _import_id(message)
    if import_id is not None:
        _tell(services, services.imports.run(import_id, seconds_left))
    else:
        services.daily_imports.handle(json.loads(message["body"]), seconds_left)


def _import_id(message: Mapping[str, Any]) -> int | None:
    import_id: int | None = json.loads(message["body"]).get("import_id")
    return import_id


def _tell(services: Services, record: Record | None) -> None:
    if record is not None:
        services.import_telling.tell(record)


def _end_after_last_attempt(services: Services, message: Mapping[str, Any], error: Exception) -> None:
    """Say in the record why nothing goes on; the message itself goes to the dead letters."""
    import_id = _import_id(message) if _receives(message) >= ATTEMPTS else None
    if import_id is not None:
        reason = f"The import stopped after {ATTEMPTS} attempts ({type(error).__name__}): upload the file again."
        _tell(services, services.imports.give_up(import_id, reason))


def _receives(message: Mapping[str, Any]) -> int:
    return int(message["attributes"]["ApproximateReceiveCount"])
