"""Keys of other services are read from the parameter store, and a site may do without them."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.bootstrap import Bootstrap
from chalicelib.core.disqus import DisqusKeys
from chalicelib.edge import clients
from tests.reliability.conftest import REGION

PARAMETER = "/keys/disqus-secret"


@pytest.fixture
def environment(connected: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    clients.client.cache_clear()
    yield {"NIMBOSSA_DISQUS_PUBLIC_KEY": "public", "NIMBOSSA_DISQUS_SECRET_PARAMETER": PARAMETER}
    clients.client.cache_clear()


def test_disqus_is_there_when_both_keys_are(environment: dict[str, str]) -> None:
    assert Bootstrap({}).disqus is None
    assert Bootstrap(environment).disqus is None, "there is no secret yet"
    clients.client("ssm").put_parameter(Name=PARAMETER, Type="SecureString", Value="secret")
    assert Bootstrap(environment).disqus == DisqusKeys("public", "secret")
