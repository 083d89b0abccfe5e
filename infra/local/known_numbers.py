"""What the emulator found out about a number is remembered: it checks each number of an item four times, and that is a
third of its work on an import. The functions look at the text alone."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ministack.services import dynamodb

MOST_REMEMBERED = 50_000
FUNCTIONS = ("_number_error", "_ddb_canonicalize_number", "_number_size_bytes")


def install() -> None:
    """Remember the answers of the emulator's FUNCTIONS; call once, before it serves."""
    for name in FUNCTIONS:
        setattr(dynamodb, name, remembering(getattr(dynamodb, name)))


def remembering(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`stock`, whose answers to short texts are remembered; whatever else a request has there it sees itself."""
    remembered = lru_cache(MOST_REMEMBERED)(stock)
    return lambda text: remembered(text) if isinstance(text, str) and len(text) < 64 else stock(text)
