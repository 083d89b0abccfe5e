"""Entry of the daily schedule: begins the round of the day that it fires on.

It only sends the round's first message: the queue's retries then carry the work. A schedule fires at least once (AWS:
"Amazon EventBridge troubleshooting"), and one that fires twice finds the same imports.
"""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.core.daily_imports import BEGINS
from chalicelib.core.services import services_of

EVERY_DAY = f"cron({BEGINS[1]} {BEGINS[0]} * * ? *)"

blueprint = Blueprint(__name__)


@blueprint.schedule(EVERY_DAY, name="autoimports", description="Begins the daily imports")
def autoimports(event: CloudWatchEvent) -> None:
    services_of(blueprint.current_app).daily_imports.begin(event.time[: len("2026-11-23")])
