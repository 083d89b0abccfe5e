"""When two `info` values are the same (contract importers.md §2.2): key order is irrelevant, 1 equals 1.0, other types
matter, nested values included."""

import base64
import hashlib
from typing import Any

import orjson

LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**64  # what orjson writes as whole numbers; larger ones are decimals when read


def digest(info: Any) -> str:
    """22 characters (128 bits of BLAKE2b) that are equal exactly for deep-equal JSON values."""
    text = orjson.dumps(_normal(info), option=orjson.OPT_SORT_KEYS)
    return base64.urlsafe_b64encode(hashlib.blake2b(text, digest_size=16).digest()).decode().rstrip("=")


def _normal(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and LEAST_WHOLE <= value < MOST_WHOLE:
        return int(value)
    if isinstance(value, dict):
        return {key: _normal(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_normal(member) for member in value]
    return value
