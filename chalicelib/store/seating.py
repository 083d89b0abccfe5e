"""The path of a seat on a sheet, which conditions and changes name."""

from typing import Any

from chalicelib.store.tables import SheetItem


def seat(contributor: str) -> Any:
    """The seat of one contributor."""
    return SheetItem.seats[contributor]
