"""Entry of the import bucket's events. Chalice cannot package `on_s3_event`; infra/resources.yaml has the notification.

An event only makes the import's record and sends the first message: the queue's retries then carry the work.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.core.services import services_of

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="object_created")
def object_created(event: Any, context: Any) -> None:
    imports = services_of(blueprint.current_app).imports
    for record in event.get("Records", ()):  # S3's test event has none
        imports.start_from_event(record)
