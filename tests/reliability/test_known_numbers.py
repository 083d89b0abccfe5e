"""What is remembered of numbers is what the emulator says of them."""

import pytest

from infra.local.known_numbers import FUNCTIONS, remembering

TEXTS = ["0", "0.0", "-0", "1", "1e3", "1E-130", "1E+126", "9" * 38, "9" * 39, "12.340", " 5", "5 ", "1_0", "", "x"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_answers_are_the_emulators_first_and_later(name: str) -> None:
    from ministack.services import dynamodb

    stock = getattr(dynamodb, name)
    known = remembering(stock)
    for _ in range(2):
        assert [known(text) for text in TEXTS] == [stock(text) for text in TEXTS]


def test_what_is_no_text_is_seen_by_the_emulator_itself() -> None:
    seen: list[object] = []
    known = remembering(seen.append)
    for odd in ([1], {"N": "1"}, None, 5, "9" * 64):
        known(odd)
        known(odd)
    assert len(seen) == 10
