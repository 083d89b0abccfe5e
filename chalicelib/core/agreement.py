"""Ending a task early once its answers agree: `info.agreement` of a project, and the votes that its sheets count.

A vote is a short digest of an answer, so that equal answers (`core/canonical.py`) are equal votes. A sheet counts them,
and each run keeps its own, so that taking a run back takes exactly its vote back, whatever the project's rules have
become since. Empty answers (null, or without the field) are answers, but agree with nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from chalicelib.core import canonical
from chalicelib.core.errors import DataFault
from chalicelib.core.tasks import MOST_ANSWERS

DIGITS = 6  # of a digest, 36 bits: two of thirty different answers are taken for equal once in 150 million tasks
LEAST_MINIMUM = 2  # one answer agrees with itself
MOST_FIELD = 255  # characters
MEMBERS = {"share", "minimum", "field"}

Votes = Mapping[str, int]


class Agreement(Struct, frozen=True):
    """A task is complete when at least `minimum` answers are there and `share` of them are equal; `field`: only that
    member of their `info` counts."""

    share: float
    minimum: int
    field: str | None = None


class Voting(Struct, frozen=True):
    """What an answer does to the votes of its task. Conditioned on the votes and the number of answers that it was
    computed from: of two answers at once, exactly one then knows that it ends the task."""

    vote: str | None
    observed: Votes
    votes: Votes
    agreed: bool


def read_agreement(value: object) -> Agreement | None:
    """The rule that `info.agreement` asks for; None is off. Raises DataFault."""
    if value is None:
        return None
    if not isinstance(value, dict) or not MEMBERS >= value.keys() >= {"share", "minimum"}:
        raise DataFault('info.agreement must be null or {"share": …, "minimum": …} and, if wanted, a "field".')
    return Agreement(_share(value["share"]), _minimum(value["minimum"]), _field(value.get("field")))


def vote_of(agreement: Agreement, info: Any) -> str | None:
    """The vote of an answer; None for an empty one. Votes on one field never equal votes on another."""
    if agreement.field is not None:
        info = info.get(agreement.field) if isinstance(info, dict) else None
    return canonical.digest([agreement.field, info])[:DIGITS] if info is not None else None


def opinion(field: str | None, infos: Sequence[Any]) -> tuple[Any, float]:
    """What most of the answers say, all of it or in one field, and the part of them that do; None for no answer at all.
    Of equally many, it does not depend on who came first."""
    said = [info.get(field) if isinstance(info, dict) else None for info in infos] if field is not None else infos
    equal: dict[str, list[Any]] = {}
    for answer in said:
        if answer is not None:
            equal.setdefault(canonical.digest(answer), []).append(answer)
    if not equal:
        return None, 0.0
    most = max(sorted(equal), key=lambda digest: len(equal[digest]))
    return equal[most][0], len(equal[most]) / len(said)


def cast(agreement: Agreement, observed: Votes, answers: int, info: Any) -> Voting:
    """One more vote, which makes `answers` answers of the task."""
    vote = vote_of(agreement, info)
    votes = recounted(observed, None, vote)
    largest = max(votes.values(), default=0)
    return Voting(vote, observed, votes, answers >= agreement.minimum and largest / answers >= agreement.share)


def recounted(votes: Votes, old: str | None, new: str | None) -> Votes:
    """The votes without `old` and with `new`."""
    counts = dict(votes)
    for vote, change in ((old, -1), (new, 1)):
        if vote is not None:
            counts[vote] = counts.get(vote, 0) + change
    return {vote: count for vote, count in counts.items() if count > 0}


def _share(share: object) -> float:
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0.5 < share <= 1:
        raise DataFault("info.agreement.share must be a number above 0.5, at most 1: the part of answers that agree.")
    return float(share)


def _minimum(minimum: object) -> int:
    if not isinstance(minimum, int) or isinstance(minimum, bool) or not LEAST_MINIMUM <= minimum <= MOST_ANSWERS:
        wanted = f"a whole number of answers from {LEAST_MINIMUM} to {MOST_ANSWERS}"
        raise DataFault(f"info.agreement.minimum must be {wanted}.")
    return minimum


def _field(field: object) -> str | None:
    if field is not None and (not isinstance(field, str) or not 0 < len(field) <= MOST_FIELD):
        raise DataFault("info.agreement.field must be the name of a member of the answers' info.")
    return field
