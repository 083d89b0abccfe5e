"""How often a volunteer gets a gold task: `info.gold_rate` of a project (docs/quality.md)."""

import hashlib

from chalicelib.core.errors import DataFault

MOST_RATE = 0.5
NEVER = 2**53  # tasks; a rate that is next to nothing has no whole number of its own


def read_gold_rate(value: object) -> float:
    """The rate that `info.gold_rate` asks for; 0 is off. Raises DataFault."""
    if value is None:
        return 0.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MOST_RATE:
        raise DataFault(f"info.gold_rate must be a number from 0 to {MOST_RATE}: the part of tasks that are gold.")
    return float(value)


def due(me: str, handed_out: int, rate: float) -> bool:
    """Whether a contributor who was handed so many tasks before gets a gold one now: one in every `1 / rate`, at a
    place that differs from round to round and that nobody can tell without the contributor's key."""
    if rate <= 0:
        return False
    interval = round(min(1 / rate, NEVER))
    return handed_out % interval == pick(f"{me}:{handed_out // interval}", interval)


def pick(seed: str, count: int) -> int:
    """A number below `count`, always the same for a seed."""
    return int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest()) % count
