"""`/leaderboard/` as JSON (contract rest-api.md §1, web.md)."""

from typing import Any

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_path
from chalicelib.api.users import OTHERS, OTHERS_OPEN
from chalicelib.core.errors import NotFound
from chalicelib.core.leaderboards import WIDEST
from chalicelib.core.users import User


def leaderboard(call: Call, window: str = "0") -> Answer:
    """The twenty best, then the caller's own entry, or those around it; no other boards are configured."""
    if call.query.get("info"):
        raise NotFound("there is no such leaderboard")
    scores, width, me = call.services.leaderboard.current(), min(number_in_path(window), WIDEST), call.caller.user_id
    entries = scores.top() + (scores.around(me, width) if me is not None and call.caller.only_project is None else [])
    rows = (_row(call.services.users.get(user), rank, score) for rank, user, score in entries)
    body = {"template": "/stats/index.html", "title": "Community Leaderboard"}
    return Answer({**body, "top_users": [row for row in rows if row is not None]})


def _row(user: User | None, rank: int, score: int) -> dict[str, Any] | None:
    """What everybody may read of an account (§9.6), with its place."""
    if user is None or user.restrict:
        return None
    shown = OTHERS if user.privacy_mode else OTHERS_OPEN
    public = {name: getattr(user, name) for name in shown if name != "locale"}
    return {**public, "locale": None, "n_answers": None, "registered_ago": None, "rank": rank, "score": score}
