"""Entry of the import bucket's events. Chalice cannot package `on_s3_event`; infra/resources.yaml adds the notification."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="object_created")
def object_created(event: Any, context: Any) -> None:
    print(event)
