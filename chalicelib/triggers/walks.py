"""Entry of the walks' queue: each message continues the walk over one project's tasks from its checkpoint."""

import json
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core.services import services_of
from chalicelib.core.walks import Walks

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="walk_tasks", queue_arn="arn:aws:sqs:us-east-1:000000000000:walks", batch_size=1)
def walk_tasks(event: SQSEvent) -> dict[str, Any]:
    app = blueprint.current_app
    walks = services_of(app).walks
    failed = []
    for message in event.to_dict()["Records"]:
        try:
            project_id: int = json.loads(message["body"])["project_id"]
            _go_on(walks, project_id, event.context)
        except Exception:  # SQS keeps the message, and the checkpoint what was done
            app.log.exception("Walk message %s failed", message["messageId"])
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def _go_on(walks: Walks, project_id: int, context: Any) -> None:
    walks.run(project_id, lambda: context.get_remaining_time_in_millis() / 1000)
