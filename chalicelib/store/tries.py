"""Counters of guesses, in a fixed number of items of the sequences' table."""

from typing import Any

from pynamodb.exceptions import UpdateError

from chalicelib.store.conditions import FAILED
from chalicelib.store.contention import persist
from chalicelib.store.tables import SequenceItem


class TryStore:
    """Buckets of tries; an item holds the count of its newest window."""

    def count(self, bucket: int, window: int, tries: int) -> int:
        """Add `tries` to the bucket's count in the window that ends at `window`; what it is then. One write unit, two
        for the first try of a window."""
        key, same, other = f"tries:{bucket}", SequenceItem.end == window, SequenceItem.end != window
        while True:
            added = _update(key, [SequenceItem.next.add(tries)], same)
            if added is None:
                actions: list[Any] = [SequenceItem.next.set(max(tries, 0)), SequenceItem.end.set(window)]
                added = _update(key, actions, SequenceItem.end.does_not_exist() | other)
            if added is not None:
                return added


def _update(key: str, actions: list[Any], condition: Any) -> int | None:
    """The count after the update; None when the condition did not hold."""
    table = SequenceItem._get_connection()
    try:
        answer = persist(
            lambda: table.update_item(key, actions=actions, condition=condition, return_values="UPDATED_NEW")
        )
    except UpdateError as error:
        if error.cause_response_code == FAILED:
            return None
        raise
    return int(answer["Attributes"]["next"]["N"])
