"""Signatures of webhook messages: Standard Webhooks 1.0, symmetric (`v1`)."""

import base64
import os
from collections.abc import Sequence
from datetime import UTC, datetime

SECRET_BYTES = 32  # the specification asks for 24 to 64
PREFIX = "whsec_"


def new_secret() -> str:
    """A secret in the specification's form, `whsec_` and base64."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def signature_headers(secrets: Sequence[str], message_id: str, now: float, body: str) -> dict[str, str]:
    """The three headers of one attempt. While secrets rotate there are two, and a signature by each: receivers accept
    a message when any of them fits. `now` is epoch seconds."""
    from standardwebhooks import Webhook

    moment = datetime.fromtimestamp(int(now), UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(signatures),
    }
