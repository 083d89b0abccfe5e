"""Accounts that the contract tests share: `people` with API keys, for the API; the others with a browser each, for
pages."""

from collections.abc import Iterator

import pytest

from tests.contract.browsers import Account, registered
from tests.contract.buckets import bucket as bucket
from tests.contract.limits import limited as limited
from tests.contract.people import People, Person, sign_up
from tests.fakes.file_server import FileServer
from tests.instance import Stack


@pytest.fixture(scope="session")
def people(stack: Stack) -> People:
    return People(
        admin=sign_up(stack, "admin", admin=True),
        owner=sign_up(stack, "owner"),
        coowner=sign_up(stack, "coowner"),
        stranger=sign_up(stack, "stranger"),
        anonymous=Person(stack.url),
    )


@pytest.fixture(scope="module")
def owner(stack: Stack) -> Account:
    return registered(stack.url, "owner")


@pytest.fixture(scope="module")
def stranger(stack: Stack) -> Account:
    return registered(stack.url, "stranger")


@pytest.fixture(scope="module")
def web() -> Iterator[FileServer]:
    """A web server on this machine."""
    server = FileServer()
    yield server
    server.close()
