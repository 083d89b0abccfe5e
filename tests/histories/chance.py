"""One seed decides everything that is left to chance in a history: what clients do, whose turn it is, what breaks.

`NIMBOSSA_SEED=<number>` in the environment replays a run; without it a new seed is taken, and printed either way.
`NIMBOSSA_HISTORIES=<factor>` makes runs longer: so many times as many histories and examples as the tests ask for (1).
"""

import os
import random
import secrets
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

Thing = TypeVar("Thing")


class Chance(random.Random):
    """What is drawn depends on the names alone, so that parts of a history draw apart from each other."""

    def __init__(self, *names: object) -> None:
        self._names = names
        super().__init__("/".join(map(str, names)))  # a text is hashed the same way in every process

    def of(self, *names: object) -> "Chance":
        """The chance of a part of this."""
        return Chance(*self._names, *names)

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def weighted(self, weights: Sequence[tuple[Thing, float]]) -> Thing:
        """One of the things, by their weights."""
        return self.choices([thing for thing, _ in weights], [weight for _, weight in weights])[0]


@cache
def run_seed() -> int:
    """The seed of this run of the tests."""
    given = os.environ.get("NIMBOSSA_SEED")
    seed = int(given) if given else secrets.randbelow(10**9)
    print(f"\nHistories of NIMBOSSA_SEED={seed}")
    return seed


def times(count: int) -> int:
    """`count`, or as many times more as the environment asks for."""
    return max(1, round(count * float(os.environ.get("NIMBOSSA_HISTORIES", "1"))))
