"""Blog posts of projects (contract rest-api.md §9.8)."""

from typing import Any

import msgspec


class BlogPost(msgspec.Struct):
    """One post of a project's blog; unpublished ones are for its keepers and their author."""

    id: int
    created: str
    updated: str
    project_id: int
    user_id: int | None
    title: str
    body: str
    info: dict[str, Any] = {}
    media_url: str | None = None
    published: bool = False
