"""Entry of the webhook queue: each message stands for one delivery until it succeeds or its schedule ends.

A message that has to wait is hidden and reported as failed, so that SQS keeps it (AWS: "Implementing partial batch
responses" with Lambda and SQS; the reported message comes back when its visibility timeout ends).
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib.core import consumption
from chalicelib.core.services import Services, services_of

BATCH = 10

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(name="deliver", queue_arn="arn:aws:sqs:us-east-1:000000000000:webhooks", batch_size=BATCH)
def deliver(event: SQSEvent) -> dict[str, Any]:
    app = blueprint.current_app
    services = services_of(app)
    courier = services.courier  # made here, once, not in each thread

    def is_done(message: Mapping[str, Any]) -> bool:
        try:
            wait = courier.deliver(json.loads(message["body"])["delivery"])
            return wait is None or _hide(services, message, wait)
        except Exception:  # one message must not fail the others; SQS keeps this one and counts its receives
            app.log.exception("Webhook message %s failed", message["messageId"])
            return False

    messages = event.to_dict()["Records"]
    # Listeners are slow, up to 20 s each: call them side by side.
    with ThreadPoolExecutor(BATCH) as pool:
        done = list(pool.map(consumption.apart(is_done), messages))
    waiting = [message["messageId"] for message, finished in zip(messages, done, strict=True) if not finished]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in waiting]}


def _hide(services: Services, message: Mapping[str, Any], seconds: float) -> bool:
    services.queues.hide(services.settings.webhook_queue_url, message["receiptHandle"], seconds)
    return False
