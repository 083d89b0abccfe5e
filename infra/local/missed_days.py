"""The schedule of a machine that is switched off at night: the day's event is sent at each start as well.

What was begun that day already is found and not begun again (chalicelib/core/daily_imports.py).
"""

import json
from datetime import UTC, datetime

from infra.local import aws

FUNCTION = f"{aws.STACK}-autoimports"


def fire(endpoint: str, moment: datetime | None = None) -> None:
    """Send the event that EventBridge sends at `moment`, by default now (AWS: "Scheduled events")."""
    event = {
        "version": "0",
        "id": "11111111-2222-4333-8444-555555555555",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": aws.REGION,
        "resources": [f"arn:aws:events:{aws.REGION}:000000000000:rule/{FUNCTION}"],
        "detail": {},
    }
    functions = aws.client("lambda", endpoint)
    functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps(event))
