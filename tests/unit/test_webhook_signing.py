"""Signatures, checked by the reference library of Standard Webhooks, as a listener would."""

import base64
import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.webhooks.signing import new_secret, signature_headers

BODY = '{"event":"task_completed","task_id":7,"project_short_name":"vögel"}'


def test_a_listener_verifies_a_message_with_the_project_s_secret() -> None:
    secret = new_secret()
    headers = signature_headers([secret], "7.0", time.time(), BODY)
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_while_secrets_rotate_a_listener_with_either_verifies() -> None:
    new, old = new_secret(), new_secret()
    headers = signature_headers([new, old], "7.0", time.time(), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)


def test_a_listener_with_a_retired_secret_refuses() -> None:
    headers = signature_headers([new_secret()], "7.0", time.time(), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_a_changed_body_id_or_time_is_refused() -> None:
    secret = new_secret()
    headers = signature_headers([secret], "7.0", time.time(), BODY)
    for changed in ({"webhook-id": "8.0"}, {"webhook-timestamp": str(int(time.time()) - 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, {**headers, **changed})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace("7", "8"), headers)


def test_an_old_message_cannot_be_played_again_to_a_listener() -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(BODY, signature_headers([secret], "7.0", time.time() - 3600, BODY))


def test_secrets_have_the_form_and_length_that_the_specification_asks_for() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_the_id_stays_and_the_timestamp_and_signature_are_new_on_each_attempt() -> None:
    secret = new_secret()
    first, second = (signature_headers([secret], "7.0", now, BODY) for now in (1_000_000.2, 1_000_005.9))
    assert first["webhook-id"] == second["webhook-id"] == "7.0"
    assert (first["webhook-timestamp"], second["webhook-timestamp"]) == ("1000000", "1000005")
    assert first["webhook-signature"] != second["webhook-signature"]
