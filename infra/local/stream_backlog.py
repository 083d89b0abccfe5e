"""Stream records that no function has seen yet: kept over a restart, and forgotten once seen.

The emulator keeps the mappings' positions over a restart but not the records, so everything written afterwards lies
before the saved position and is dropped; and it keeps seen records in memory for 24 hours.
"""

from collections.abc import Iterator
from typing import Any

from ministack.services import dynamodb, lambda_svc

Scope = tuple[str, str, str]  # account, region, table
FORGET_AT = 1_000  # seen records of a table that are worth a clean-up


def state() -> dict[str, Any]:
    """The unseen records of each stream, from the position of its slowest reader on."""
    return {"streams": [_unseen(scope, records) for scope, records in dynamodb._stream_records.all_items()]}


def restore(saved: dict[str, Any]) -> None:
    """Put back what `state` gave; call before the emulator serves."""
    for stream in saved["streams"]:
        dynamodb._stream_records.set_scoped(*stream["scope"], stream["records"])
        dynamodb._stream_trimmed.set_scoped(*stream["scope"], stream["position"])


def forget_seen(scope: Scope) -> None:
    """Drop the records that all readers have seen. Only while nobody reads the stream by position: call it from the
    delivery that is under way."""
    records = dynamodb._stream_records.get_scoped(*scope) or []
    seen = _first_unseen(scope) - _trimmed(scope)
    if seen >= FORGET_AT:
        del records[:seen]
        dynamodb._stream_trimmed.set_scoped(*scope, _trimmed(scope) + seen)


def _unseen(scope: Scope, records: list[Any]) -> dict[str, Any]:
    first = _first_unseen(scope)
    return {"scope": list(scope), "position": first, "records": records[first - _trimmed(scope) :]}


def _first_unseen(scope: Scope) -> int:
    """Absolute position of the oldest record that some reader has not seen; without readers, of the oldest record."""
    oldest = _trimmed(scope)
    return max(oldest, min(_reader_positions(scope), default=oldest))


def _trimmed(scope: Scope) -> int:
    return int(dynamodb._stream_trimmed.get_scoped(*scope, 0))


def _reader_positions(scope: Scope) -> Iterator[int]:
    account, region, table = scope
    for mapping_account, mapping_region, mapping in lambda_svc._iter_all_esms():
        source = mapping.get("EventSourceArn", "")
        if (mapping_account, mapping_region) == (account, region) and f":table/{table}/stream/" in source:
            position = lambda_svc._dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"])
            if position is not None:
                yield position
