"""The private buckets that each project was granted, kept with the project, so that its card has them too."""

from collections.abc import Mapping

import msgspec

from chalicelib.core.projects import BucketAccess
from chalicelib.store.conditions import unchanged, update_if
from chalicelib.store.tables import ProjectItem


class BucketAccessStore:
    """`core.private_buckets.AccessStore`."""

    def get(self, project_id: int) -> Mapping[str, BucketAccess] | None:
        try:
            item = ProjectItem.get(project_id, consistent_read=True, attributes_to_get=["id", "buckets"])
        except ProjectItem.DoesNotExist:
            return None
        return read_buckets(item.buckets)

    def replace(self, project_id: int, seen: Mapping[str, BucketAccess], new: Mapping[str, BucketAccess]) -> bool:
        as_seen = ProjectItem.id.exists() & unchanged(ProjectItem(buckets=write_buckets(seen)), "buckets")
        text = write_buckets(new)
        action = ProjectItem.buckets.remove() if text is None else ProjectItem.buckets.set(text)
        return update_if(ProjectItem, (project_id,), [action], as_seen)


def read_buckets(text: str | None) -> dict[str, BucketAccess]:
    """From what is stored."""
    return msgspec.json.decode(text, type=dict[str, BucketAccess]) if text is not None else {}


def write_buckets(granted: Mapping[str, BucketAccess]) -> str | None:
    """As it is stored: the same text for the same buckets, so that it can be a condition."""
    return msgspec.json.encode(dict(granted), order="sorted").decode() if granted else None
