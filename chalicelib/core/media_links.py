"""Links to private objects, made fresh whenever a task is read.

A task's `info` names objects by plain addresses (core/media.py), which open nothing that is private. Whoever may read
the task reads links in their place that anybody can follow for a while. What is stored stays plain, so that it can be
compared, exported and signed again:

- of a user's bucket, when the task's project was granted access to it (core/private_buckets.py);
- of the import bucket, for the one object that the task was made of, which is kept with the task. Nobody writes that
  but the import: neither a task that names another project's file gets a link, nor one of a project that took over the
  short name, and with it the folder, of another.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from chalicelib.core.media import Sign, object_of, object_url, signed_object
from chalicelib.core.projects import BucketAccess, Card
from chalicelib.core.tasks import LAST_ANSWER, Task

DEEPEST = 4  # levels of nesting in which addresses are looked for
MOST_LINKS = 100  # of one task

Change = Callable[[str], str]


class Signers(Protocol):
    """`core.private_buckets.PrivateBuckets`."""

    def signer(self, project_id: int, bucket: str, access: BucketAccess, /) -> Sign | None: ...


class MediaLinks:
    """`own_bucket` is the import bucket, whose objects `sign_own` makes links to; `endpoint` is the address of a local
    cloud, empty on AWS."""

    def __init__(
        self,
        card: Callable[[int], Card | None],
        signers: Callable[[], Signers],
        own_bucket: str,
        sign_own: Sign,
        endpoint: str,
    ) -> None:
        self._card = card
        self._signers = signers
        self._own_bucket = own_bucket
        self._sign_own = sign_own
        self._endpoint = endpoint

    def linked(self, task: Task) -> Any:
        """The task's `info` with links, for whoever may read the task. Costs nothing unless it names objects in S3."""
        info, linking = task.info, _Linking(self, task)
        if not isinstance(info, dict):
            return _changed(info, linking.link)
        # Volunteers wrote the last answer: they must not choose which objects of a bucket are opened.
        return {name: one if name == LAST_ANSWER else _changed(one, linking.link) for name, one in info.items()}

    def unlinked(self, project_id: int, object_key: str | None, info: Any) -> Any:
        """`info` as it is stored: links of ours, which a client read and sends back, are plain addresses again.
        `object_key` is that of the object which the task was made of."""

        def plain(text: str) -> str:
            found = signed_object(text, self._endpoint)
            if found is None:
                return text
            mine = found == (self._own_bucket, object_key) or found[0] in self._granted(project_id)
            return object_url(*found) if mine else text

        return _changed(info, plain)

    def _granted(self, project_id: int) -> Mapping[str, BucketAccess]:
        card = self._card(project_id)
        return card.buckets if card is not None else {}

    def signer_for(self, task: Task, bucket: str, key: str) -> Sign | None:
        """Makes the link to an object that `task` names; None when it gets none."""
        if bucket == self._own_bucket:
            return self._sign_own if key == task.object_key else None
        access = self._granted(task.project_id).get(bucket)
        return self._signers().signer(task.project_id, bucket, access) if access is not None else None


class _Linking:
    """One task's addresses: each is signed once, however often `info` has it."""

    def __init__(self, links: MediaLinks, task: Task) -> None:
        self._links = links
        self._task = task
        self._made: dict[str, str] = {}

    def link(self, text: str) -> str:
        found = object_of(text)
        if found is None:
            return text
        if text not in self._made and len(self._made) < MOST_LINKS:
            sign = self._links.signer_for(self._task, *found)
            self._made[text] = sign(found[1]) if sign is not None else text
        return self._made.get(text, text)


def _changed(value: Any, change: Change, levels: int = DEEPEST) -> Any:
    """`value` with each text in it changed; what was handed in stays as it is."""
    if isinstance(value, str):
        return change(value)
    if levels and isinstance(value, dict):
        return {name: _changed(member, change, levels - 1) for name, member in value.items()}
    if levels and isinstance(value, list):
        return [_changed(member, change, levels - 1) for member in value]
    return value
