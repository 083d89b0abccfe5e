"""Categories of projects (contract rest-api.md §9.5)."""

from typing import Any

import msgspec


class Category(msgspec.Struct):
    """What projects are sorted by (contract rest-api.md §9.5)."""

    id: int
    created: str
    name: str
    short_name: str
    description: str
    info: dict[str, Any] = {}
