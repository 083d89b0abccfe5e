"""`GET /amazon/bucket/<bucket>`: what it lists, and what becomes of each refusal (contract importers.md §4.1)."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.bucket_keys import bucket_keys
from chalicelib.core.errors import ContractError
from chalicelib.core.import_gathering import Listing, Refused, TryLater
from chalicelib.core.import_reading import Unreadable


def asked(listed: Any, bucket: str = "photos", **query: str) -> Any:
    call: Any = SimpleNamespace(services=SimpleNamespace(list_public_bucket=listed), query=query)
    return bucket_keys(call, bucket).body


def test_keys_are_listed_without_folders() -> None:
    def listed(bucket: str, prefix: str, after: str) -> Listing:
        assert (bucket, prefix, after) == ("photos", "2026/", "2026/a.jpg")
        return Listing(["2026/b/", "2026/b/é.jpg", "2026/c.txt"], True)

    assert asked(listed, prefix="2026/", after="2026/a.jpg") == ["2026/b/é.jpg", "2026/c.txt"]


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refused("gone", 404), 404),
        (Refused("private", 403), 403),
        (Refused("private", 401), 403),
        (Refused("odd", 400), 415),
        (Unreadable("no list"), 415),
        (TryLater("slow"), 503),
    ],
)
def test_a_refusal_has_the_contracts_status(refusal: Exception, status: int) -> None:
    def listed(*_: str) -> Listing:
        raise refusal

    with pytest.raises(ContractError) as raised:
        asked(listed)
    assert raised.value.status == status


def test_what_is_no_bucket_is_not_asked_for() -> None:
    with pytest.raises(ContractError) as raised:
        asked(lambda *_: pytest.fail("nobody asks"), "evil.example.org/x?")
    assert raised.value.status == 404
