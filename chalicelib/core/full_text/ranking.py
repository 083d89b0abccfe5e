"""How well a text fits a search: PostgreSQL's `ts_rank` with its default weights and no normalization.

One word: a weight of 0.1, growing with each further occurrence up to 1.6 times as much. Several: the nearer to each
other, the better. 0.0607927 for a word that occurs once, 0.0991032 for two words next to each other.
"""

from collections.abc import Sequence
from itertools import combinations, product
from math import exp, sqrt

from chalicelib.core.full_text.wanted import Every, Wanted
from chalicelib.core.full_text.words import Found

WEIGHT = 0.1  # of words without a label, as all are here
LIMIT_OF_SUM = 1.64493406685  # of 1/n², for all n
FARTHEST = 100
MOST_PLACES = 16  # of a word that are looked at
LEAST = 1e-20


def rank(wanted: Wanted, found: Found) -> float:
    """0 and above; as many digits as PostgreSQL's float4 has."""
    terms = list(dict.fromkeys(wanted.terms()))
    places = [term.places(found.places)[:MOST_PLACES] for term in terms]
    near = _near(places) if isinstance(wanted, Every) and len(terms) > 1 else _often(places)
    return float(f"{near if near > 0 else LEAST:.6g}")


def _often(places: Sequence[Sequence[int]]) -> float:
    sums = [sum(WEIGHT / (nth * nth) for nth in range(1, len(those) + 1)) for those in places]
    return sum(sums) / LIMIT_OF_SUM / len(sums) if sums else 0.0


def _near(places: Sequence[Sequence[int]]) -> float:
    apart = 1.0
    for one, other in combinations(places, 2):
        for here, there in product(one, other):
            if here != there:
                apart *= 1 - sqrt(WEIGHT * WEIGHT * _nearness(abs(here - there)))
    return 1 - apart


def _nearness(distance: int) -> float:
    return 1 / (1.005 + 0.05 * exp(distance / 1.5 - 2)) if distance <= FARTHEST else 1e-30
