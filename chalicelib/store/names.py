"""Unique names: guard items that are written in the transaction of what bears the name (contract §16)."""

from pynamodb.transactions import TransactWrite

from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import NameItem


def owner_of_name(key: str) -> int | None:
    """Whose name it is, read consistently."""
    found = read_together(Wanted(NameItem, [(key,)], consistent=True))
    return next((item.id for item in found[NameItem]), None)


def claim(transaction: TransactWrite, key: str, owner: int) -> None:
    """Take a free name; the transaction is cancelled when it is taken."""
    transaction.save(NameItem(key, id=owner), condition=NameItem.key.does_not_exist())


def release(transaction: TransactWrite, key: str) -> None:
    transaction.delete(NameItem(key))


def rename(transaction: TransactWrite, kind: str, old: str, new: str, owner: int) -> None:
    """Move from one name to another; nothing when they are equal."""
    if old != new:
        release(transaction, f"{kind}:{old}")
        claim(transaction, f"{kind}:{new}", owner)
