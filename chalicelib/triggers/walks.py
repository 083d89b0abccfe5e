"""Entry of the walks' queue: each message continues a walk over a project's tasks, or a withdrawal, from its
checkpoint."""

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core.consumption import belongs_to
from chalicelib.core.services import Services, services_of

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="walk_tasks", queue_arn="arn:aws:sqs:us-east-1:000000000000:walks", batch_size=1)
def walk_tasks(event: SQSEvent) -> dict[str, Any]:
    app = blueprint.current_app
    services = services_of(app)
    failed = []
    for message in event.to_dict()["Records"]:
        try:
            go_on(services, json.loads(message["body"]), event.context)
        except Exception:  # SQS keeps the message, and the checkpoint what was done
            app.log.exception("Walk message %s failed", message["messageId"])
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def go_on(services: Services, message: Mapping[str, int], context: Any) -> None:
    """What one message asks for; all of it is done for the message's project."""

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis() / 1000)

    belongs_to(message["project_id"])
    if "withdrawal_id" in message:
        services.withdrawals.run(message["project_id"], message["withdrawal_id"], seconds_left)
    else:
        services.walks.run(message["project_id"], seconds_left)
