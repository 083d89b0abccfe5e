"""Announcements (contract rest-api.md §9.7, §13): administrators write, everybody reads the published ones."""

from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.filed import FiledEndpoint, Kept
from chalicelib.api.scopes import descending, walk
from chalicelib.core.announcements import Announcement
from chalicelib.core.listing import Candidates
from chalicelib.core.permissions import may_administer, may_read_announcement, refuse
from chalicelib.core.queries import Query
from chalicelib.core.resources import ANNOUNCEMENT


class AnnouncementEndpoint(FiledEndpoint[Announcement]):
    """`/api/announcement`."""

    resource = ANNOUNCEMENT

    def kept(self, call: Call) -> Kept[Announcement]:
        return call.services.announcements

    def get(self, call: Call, item_id: int) -> Announcement | None:
        return call.services.announcements.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[Announcement]:
        announcements = call.services.announcements
        if descending(query):
            pages = walk(call, query, announcements.before)
        else:
            pages = walk(call, query, lambda last, size: announcements.after(last or 0, size))
        return Candidates([one for one in page if self.may_read(call, one)] for page in pages)

    def may_read(self, call: Call, item: Announcement) -> bool:
        return may_read_announcement(call.caller, item)

    def built(self, call: Call, fields: dict[str, Any]) -> Announcement:
        return Announcement(**fields, updated=fields["created"], user_id=call.caller.user_id)

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        if not may_administer(call.caller):
            refuse(call.caller)

    def check_update(self, call: Call, item: Announcement) -> None:
        self.check_create(call, {})

    def check_delete(self, call: Call, item: Announcement) -> None:
        self.check_create(call, {})
