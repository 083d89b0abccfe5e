"""Pages of projects (contract rest-api.md §9.10)."""

from typing import Any

import msgspec


class ProjectPage(msgspec.Struct):
    """One page of a project, named by its slug."""

    id: int
    created: str
    slug: str
    project_id: int
    info: dict[str, Any] = {}
    media_url: str | None = None
