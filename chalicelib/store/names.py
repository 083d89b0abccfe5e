"""Unique names: guard items that are written in the transaction of what bears the name (contract §16)."""

from collections.abc import Callable

from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import IntegrityFault
from chalicelib.core.repositories import Changed
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import NameItem
from chalicelib.store.transactions import Cancelled, commit

LONGEST_KEY = 2048  # bytes (AWS: "Quotas in Amazon DynamoDB", partition key length)


def owner_of_name(key: str) -> int | None:
    """Whose name it is, read consistently; nobody's when it is too long to be one."""
    if len(key.encode()) > LONGEST_KEY:
        return None
    found = read_together(Wanted(NameItem, [(key,)], consistent=True))
    return next((item.id for item in found[NameItem]), None)


def claim(transaction: TransactWrite, key: str, owner: int) -> None:
    """Take a free name; the transaction is cancelled when it is taken."""
    transaction.save(NameItem(key, id=owner), condition=NameItem.key.does_not_exist())


def release(transaction: TransactWrite, key: str) -> None:
    transaction.delete(NameItem(key))


def commit_bearer(fill: Callable[[TransactWrite], None], taken: str) -> None:
    """Run a transaction of names whose last write is what bears them. Raises IntegrityFault with the text `taken` when
    a name is, Changed when the bearer is no longer as it was read."""
    try:
        commit(fill)
    except Cancelled as cancelled:
        raise Changed() if cancelled.only_last else IntegrityFault(taken) from cancelled


def rename(transaction: TransactWrite, kind: str, old: str, new: str, owner: int) -> None:
    """Move from one name to another; nothing when they are equal."""
    if old != new:
        release(transaction, f"{kind}:{old}")
        claim(transaction, f"{kind}:{new}", owner)
