"""News of the whole site (contract rest-api.md §9.7)."""

from typing import Any

import msgspec


class Announcement(msgspec.Struct):
    """One announcement; unpublished ones are for administrators."""

    id: int
    created: str
    updated: str
    user_id: int | None
    title: str
    body: str
    info: dict[str, Any] = {}
    media_url: str | None = None
    published: bool = False
