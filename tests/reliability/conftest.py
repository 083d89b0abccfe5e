"""One bare emulator per session, with every table, for tests that drive the stores without the web server."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.store import tables
from tests.fakes.emulator import Emulator
from tests.fakes.heart import Heart
from tests.meter.meter import Meter

REGION = "us-west-2"  # a connection of its own, apart from whatever else the process talks to


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def connected(emulator: Emulator) -> Iterator[Any]:
    """The product's models on the emulator; gives PynamoDB's connection."""
    settings = {"AWS_ENDPOINT_URL": emulator.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    tables.connect(f"t{uuid.uuid4().hex[:8]}", REGION)
    for table in tables.TABLES:
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
    yield tables.SheetItem._get_connection().connection
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def heart(connected: Any) -> Heart:
    """A new project's volunteers' path on the real stores."""
    return Heart()


@pytest.fixture
def meter(connected: Any, emulator: Emulator) -> Meter:
    return Meter(connected.client, emulator.client(REGION))
