"""How long a project's leases last (`info.lease_seconds`; docs/leases.md)."""

from typing import Any

import msgspec
import pytest

from chalicelib.core.errors import DataFault
from chalicelib.core.projects import LONGEST_LEASE, Rules, check_rules
from tests.fakes.pages import project


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, False, "60", [60], {}, LONGEST_LEASE + 1])
def test_what_is_no_number_of_seconds_is_refused(wrong: Any) -> None:
    with pytest.raises(DataFault, match=r"info\.lease_seconds must be"):
        check_rules({"lease_seconds": wrong})


@pytest.mark.parametrize("stored", [True, "60", 0, 2**70, None, 60])
def test_rules_can_be_read_again_whatever_was_stored_once(stored: Any) -> None:
    rules = project(info={"lease_seconds": stored}).rules
    assert rules.lease_seconds == (60 if stored == 60 else None)
    assert msgspec.json.decode(msgspec.json.encode(rules), type=Rules) == rules
