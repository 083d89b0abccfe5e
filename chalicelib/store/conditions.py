"""Conditional writes of one item, without reading anything back."""

from typing import Any

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.store.contention import persist
from chalicelib.store.tables import Table

FAILED = "ConditionalCheckFailedException"


def unchanged(item: Table, *names: str) -> Any:
    """The condition that the stored attributes `names` are those of `item`; None stands for an absent one."""
    condition: Any = None
    for name in names:
        attribute, value = getattr(type(item), name), getattr(item, name)
        same = attribute.does_not_exist() if value is None else attribute == value
        condition = same if condition is None else condition & same
    return condition


def update_if(table: type[Table], key: tuple[Any, ...], actions: list[Any], condition: Any) -> bool:
    """Apply `actions` to the item at `key` (hash or hash and range); False when `condition` did not hold."""
    try:
        persist(
            lambda: table._get_connection().update_item(
                str(key[0]),
                str(key[1]) if len(key) > 1 else None,
                actions=actions,
                condition=condition,
                return_values="NONE",
            )
        )
    except UpdateError as error:
        if error.cause_response_code == FAILED:
            return False
        raise
    return True


def save_if(item: Table, condition: Any) -> bool:
    """Put `item`; False when `condition` did not hold."""
    try:
        persist(lambda: item.save(condition=condition))
    except PutError as error:
        if error.cause_response_code == FAILED:
            return False
        raise
    return True
