"""Announcements: one partition, newest wanted as often as oldest."""

from chalicelib.core.announcements import Announcement
from chalicelib.core.repositories import Changed
from chalicelib.store.conditions import save_if, unchanged
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import next_number
from chalicelib.store.shelves import item_of, thing_of
from chalicelib.store.tables import AnnouncementItem

KIND = "announcement"


class AnnouncementStore:
    """All announcements."""

    def next_id(self) -> int:
        return next_number(KIND)

    def get(self, announcement_id: int) -> Announcement | None:
        """The announcement, read consistently."""
        found = read_together(Wanted(AnnouncementItem, [(KIND, announcement_id)], consistent=True))
        return next((thing_of(Announcement, item) for item in found[AnnouncementItem]), None)

    def after(self, last_id: int, limit: int) -> list[Announcement]:
        """Up to `limit` announcements above `last_id`, ascending."""
        found = AnnouncementItem.query(KIND, AnnouncementItem.id > last_id, limit=limit, consistent_read=True)
        return [thing_of(Announcement, item) for item in found]

    def before(self, last_id: int | None, limit: int) -> list[Announcement]:
        """From the newest down; below `last_id` if given."""
        place = AnnouncementItem.id < last_id if last_id is not None else None
        found = AnnouncementItem.query(KIND, place, limit=limit, consistent_read=True, scan_index_forward=False)
        return [thing_of(Announcement, item) for item in found]

    def create(self, announcement: Announcement) -> None:
        item_of(AnnouncementItem, announcement, kind=KIND).save()

    def change(self, old: Announcement, new: Announcement) -> None:
        """Store every field of `new`. Raises Changed."""
        as_read = unchanged(
            item_of(AnnouncementItem, old, kind=KIND), "title", "body", "info", "media_url", "published"
        )
        if not save_if(item_of(AnnouncementItem, new, kind=KIND), as_read):
            raise Changed()

    def delete(self, announcement: Announcement) -> None:
        AnnouncementItem(KIND, announcement.id).delete()
