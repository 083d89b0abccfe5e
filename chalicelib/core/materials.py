"""Helping materials of projects (contract rest-api.md §9.9)."""

from typing import Any

import msgspec


class Material(msgspec.Struct):
    """A helping material of a project (contract rest-api.md §9.9)."""

    id: int
    created: str
    project_id: int
    info: dict[str, Any] = {}
    media_url: str | None = None
    priority: float = 0.0
