"""From the fields of a row to the task it asks for (contract importers.md §2.1, §3; ranges as in design §3)."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from chalicelib.core.tasks import DEFAULT_ANSWERS, MOST_ANSWERS, NewTask

RESERVED = frozenset({"state", "quorum", "calibration", "priority_0", "n_answers"})
MOST_INFO_BYTES = 380_000  # an item holds 400 KB (AWS: "Quotas in Amazon DynamoDB")
DEEPEST = 100  # levels of nesting in info
MOST_WHOLE = 2**53 - 1  # the largest whole number that every JSON reader keeps exactly
_WIDEST_ESCAPE = 6  # bytes of JSON for one byte of the row, at worst


class BadRow(Exception):
    """The row cannot be a task; the message says what to change."""


def new_task(info: Any, fields: Mapping[str, Any]) -> NewTask:
    """The task of `info` and the reserved fields that a row has. `state` follows from the answers, so that its value
    is not looked at. Raises BadRow."""
    return NewTask(
        info=info,
        n_answers=_whole(fields, "n_answers", DEFAULT_ANSWERS, 1, MOST_ANSWERS),
        priority_0=_priority(fields.get("priority_0", 0.0)),
        quorum=_whole(fields, "quorum", 0, 0, MOST_WHOLE),
        calibration=_whole(fields, "calibration", 0, 0, MOST_WHOLE),
    )


def _whole(fields: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = fields.get(name, default)
    if not _is_number(value) or value != value // 1 or not least <= value <= most:
        bounds = f"from {least} to {most}" if most < MOST_WHOLE else f"of {least} or more"
        raise BadRow(f"{name} is {_shown(value)}: it must be a whole number {bounds}")
    return int(value)


def _priority(value: Any) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise BadRow(f"priority_0 is {_shown(value)}: it must be a number from 0 to 1")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def check_size(info: Any, row_bytes: int) -> None:
    """Raises BadRow when `info` is larger than a task can hold; `row_bytes` is the size of what it was read from."""
    if row_bytes * _WIDEST_ESCAPE < MOST_INFO_BYTES:
        return
    size = len(orjson.dumps(info))
    if size > MOST_INFO_BYTES:
        raise BadRow(f"the row's info takes {size:,} bytes, and a task holds at most {MOST_INFO_BYTES:,}")


def check_depth(value: Any) -> None:
    """Raises BadRow when `value` is nested deeper than `DEEPEST` levels."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise BadRow(f"info is nested deeper than {DEEPEST} levels: flatten it")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
