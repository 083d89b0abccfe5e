"""Accounts that the API's contract tests share."""

import pytest

from tests.contract.buckets import bucket as bucket
from tests.contract.limits import limited as limited
from tests.contract.people import People, Person, sign_up
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
