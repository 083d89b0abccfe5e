"""What conditions and changes of a sheet name: a seat's path, how the sheet is listed, its votes and what they spared.
Nothing of the latter two is stored on sheets that have none."""

from typing import Any

from chalicelib.core.agreement import Votes
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


def votes_in(item: SheetItem) -> Votes:
    return dict(item.votes.attribute_values) if item.votes is not None else {}


def voted_as(votes: Votes) -> Any:
    """The sheet has these votes. All of them: what is computed from them holds only together."""
    return SheetItem.votes == votes if votes else SheetItem.votes.does_not_exist()


def voted(votes: Votes) -> Any:
    """Store these votes."""
    return SheetItem.votes.set(votes) if votes else SheetItem.votes.remove()


def spared_as(sheet: Sheet) -> Any:
    return unchanged(SheetItem(sheet.key, spared=sheet.spared or None), "spared")


def spare(sheet: Sheet, answers: int) -> list[Any]:
    """Note how many answers are spared, if that is news."""
    if answers == sheet.spared:
        return []
    return [SheetItem.spared.set(answers) if answers else SheetItem.spared.remove()]
