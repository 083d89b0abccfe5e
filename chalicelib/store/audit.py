"""The projects' audit logs: one item for each request that changed something, added and never changed."""

from collections.abc import Callable, Sequence

import msgspec

from chalicelib.core.audit import Author, Change, Entry
from chalicelib.core.projects import Project
from chalicelib.store.tables import AuditItem


class AuditStore:
    """All entries. `next_id` gives ascending ids that tell when they were made."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self._next_id = next_id

    def item(self, project: Project, author: Author, changes: Sequence[Change]) -> AuditItem:
        """An entry that is not stored yet: a transaction stores it together with the change."""
        return AuditItem(
            project.id,
            self._next_id(),
            short_name=project.short_name,
            user_id=author.user_id,
            user_name=author.name,
            via=author.via,
            changes=msgspec.json.encode(changes).decode(),
        )

    def append(self, project: Project, author: Author, changes: Sequence[Change]) -> None:
        """Nothing is stored when nothing changed."""
        if changes:
            self.item(project, author, changes).save()

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Entry]:
        """Up to `limit` entries from the newest down, below `last_id` if given; read consistently."""
        place = AuditItem.id < last_id if last_id is not None else None
        found = AuditItem.query(project_id, place, limit=limit, consistent_read=True, scan_index_forward=False)
        return [_entry(item) for item in found]


def _entry(item: AuditItem) -> Entry:
    author = Author(item.user_id, item.user_name, item.via)
    changes = msgspec.json.decode(item.changes, type=list[Change])
    return Entry(item.id, item.project_id, item.short_name, author, changes)
