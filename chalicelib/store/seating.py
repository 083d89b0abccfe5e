"""What conditions and changes of a sheet name: a seat's path, and how the sheet is listed."""

from typing import Any

from chalicelib.core.seats import Sheet
from chalicelib.store.conditions import unchanged
from chalicelib.store.tables import SheetItem


def seat(contributor: str) -> Any:
    """The seat of one contributor."""
    return SheetItem.seats[contributor]


def listed_as(sheet: Sheet) -> Any:
    """The sheet is listed in the queue that it was read in, or still not at all: the rules of another queue differ."""
    return unchanged(SheetItem(sheet.key, open=sheet.open), "open")


def listing(queue: str | None, ready: int | None) -> list[Any]:
    """List a sheet in `queue`, or in none."""
    if queue is None:
        return [SheetItem.open.remove(), SheetItem.ready.remove()]
    return [SheetItem.open.set(queue), SheetItem.ready.set(ready or 0)]
