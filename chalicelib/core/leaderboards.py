"""Who made the most runs (contract rest-api.md §1, events.md §7.4): a walk over the accounts."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from chalicelib.core.users import User

PAGE = 25
MOST_RANKED = 10_000  # accounts, so that the board stays one item
SHOWN = 20
WIDEST = 10


class Users(Protocol):
    def after(self, last_id: int, limit: int) -> list[User]: ...


class Scores(msgspec.Struct, frozen=True):
    """(account, score) of those up to `last_user`, the best first, ties by id. Accounts have unique ranks from 1."""

    last_user: int = 0
    ranked: Sequence[tuple[int, int]] = ()

    def top(self, count: int = SHOWN) -> list[tuple[int, int, int]]:
        """The best, as (rank, account, score)."""
        return self._from(0, count)

    def around(self, user_id: int, window: int) -> list[tuple[int, int, int]]:
        """The account with up to `window` better and `window` lower ones; empty when it is not ranked."""
        place = next((place for place, (user, _) in enumerate(self.ranked) if user == user_id), None)
        return [] if place is None else self._from(max(0, place - window), place + window + 1)

    def _from(self, first: int, end: int) -> list[tuple[int, int, int]]:
        return [(rank, *one) for rank, one in enumerate(self.ranked[first:end], start=first + 1)]


class ScoresWalk:
    """`runs_of` tells how many runs an account has."""

    name = 2
    max_age = 60.0
    state = Scores

    def __init__(self, users: Users, runs_of: Callable[[int], int]) -> None:
        self._users = users
        self._runs_of = runs_of

    def step(self, state: Scores) -> Scores | None:
        users = self._users.after(state.last_user, PAGE)
        if not users:
            return None
        scores = [(user.id, self._runs_of(user.id)) for user in users if not user.restrict]
        ranked = sorted([*state.ranked, *scores], key=lambda one: (-one[1], one[0]))
        return Scores(users[-1].id, ranked[:MOST_RANKED])
