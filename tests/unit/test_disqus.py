"""Signing on to Disqus (contract rest-api.md §9.15); the signatures are what `openssl dgst -sha1 -hmac` gives."""

import json
from typing import Any

from chalicelib.core.callers import Caller
from chalicelib.core.disqus import DisqusKeys
from chalicelib.core.users import User
from tests.unit.test_api_front import Api

KEYS = DisqusKeys("public key", "secret key")
ADA = User(5, "", "ada", "Ada", "ada@example.org")
ADAS = "eyJpZCI6NSwidXNlcm5hbWUiOiJhZGEiLCJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyJ9 c3092bfbe848d28e74b977296fdfd46d461f4a8e"
NOBODYS = "e30= 9bbe210d3b3e33f670b1bf807072b1b2389ad108"
MOMENT = 1_700_000_000


def ask(keys: DisqusKeys | None, caller: Caller) -> tuple[int, Any]:
    api = Api()
    services: Any = api.services
    services.disqus, services.now = keys, MOMENT + 0.9
    services.recognition.caller = lambda *_: caller
    answer = api.send("GET", "/api/disqus/sso")
    return answer["statusCode"], json.loads(answer["body"])


def test_an_account_is_signed() -> None:
    expected = {"remote_auth_s3": f"{ADAS} {MOMENT}", "api_key": "public key"}
    assert ask(KEYS, Caller("10.0.0.1", user=ADA)) == (200, expected)


def test_an_anonymous_caller_is_nobody_and_so_is_a_presenters_volunteer() -> None:
    expected = {"remote_auth_s3": f"{NOBODYS} {MOMENT}", "api_key": "public key"}
    assert ask(KEYS, Caller("10.0.0.1")) == (200, expected)
    assert ask(KEYS, Caller("10.0.0.1", user=ADA, only_project=1)) == (200, expected)


def test_without_keys_it_is_405() -> None:
    status, body = ask(None, Caller("10.0.0.1"))
    assert (status, body["exception_cls"], body["target"]) == (405, "MethodNotAllowed", "DISQUS_SSO")
    assert body["exception_msg"].endswith("Disqus keys are missing")
