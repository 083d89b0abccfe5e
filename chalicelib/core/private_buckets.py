"""Buckets of users that are not open to everybody: the owner makes a role which we may take on, and which may read.

Roles of many owners trust the same account of ours, so that whoever learns of a role could name it in a project of
their own. Therefore each project takes on roles under an ExternalId of its own, which the role's trust must ask for
(AWS: "The confused deputy problem"); a role that can be taken on without one is refused. Roles have a prefix in their
names, so that what we may take on is never a role that others made for other ends.
"""

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from chalicelib.core.import_gathering import Listing, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.media import BUCKET, Sign
from chalicelib.core.projects import BucketAccess

MOST_BUCKETS = 10  # of one project, so that its card stays within half a read unit
ROLE_PREFIX = "nimbossa-media-"  # IAM lets our functions take on roles of this name alone
_ROLE = re.compile(rf"arn:aws[a-z-]*:iam::[0-9]{{12}}:role/{ROLE_PREFIX}[\w+=,.@-]{{1,48}}", re.ASCII)
_ATTEMPTS = 10

Granted = Mapping[str, BucketAccess]


def role_problem(role_arn: str) -> str:
    """What to change about it, "" when it may be asked for."""
    if _ROLE.fullmatch(role_arn):
        return ""
    return f"This is not the ARN of a role for us: give arn:aws:iam::…:role/{ROLE_PREFIX}… as IAM shows it."


class AccessStore(Protocol):
    def get(self, project_id: int) -> Granted | None:
        """By bucket, read consistently; None when there is no such project."""

    def replace(self, project_id: int, seen: Granted, new: Granted) -> bool:
        """Store `new` in place of `seen`; False when it is no longer what was seen."""


class Roles(Protocol):
    """Taking on roles, each for one bucket only."""

    def account(self) -> str:
        """The number of our account, which roles have to trust. Raises TryLater."""

    def inspect(self, role_arn: str, external_id: str, bucket: str) -> BucketAccess:
        """Try the role on the bucket. Raises Unreadable with what to change, TryLater."""

    def list_objects(self, role_arn: str, external_id: str, bucket: str, prefix: str, after: str) -> Listing:
        """Up to 1,000 keys behind `after`. Raises Unreadable, TryLater."""

    def signer(self, access: BucketAccess, external_id: str, bucket: str) -> Sign | None:
        """Makes links to the bucket's objects; None, with a line in the log, when the role cannot be taken on."""


class PrivateBuckets:
    """What owners granted to their projects. `site` names this site among all that there are."""

    def __init__(self, store: AccessStore, roles: Roles, site: str) -> None:
        self._store = store
        self._roles = roles
        self._site = site

    @property
    def account(self) -> str:
        """The number of the account that roles have to trust. Raises TryLater."""
        return self._roles.account()

    def external_id(self, project_id: int) -> str:
        """What roles for this project, and for no other, have to ask for."""
        return f"{self._site}-project-{project_id}"

    def granted(self, project_id: int) -> Granted:
        """By bucket, read consistently."""
        return self._store.get(project_id) or {}

    def grant(self, project_id: int, bucket: str, role_arn: str) -> BucketAccess:
        """Keep that the project reads `bucket` by the role, in place of another one. Raises Unreadable, TryLater."""
        if problem := role_problem(role_arn):
            raise Unreadable(problem)
        if not BUCKET.fullmatch(bucket):
            raise Unreadable("This is not the name of a bucket: give the name only, without s3:// and slashes.")
        access = self._roles.inspect(role_arn, self.external_id(project_id), bucket)
        self._change(project_id, lambda seen: {**seen, bucket: access})
        return access

    def revoke(self, project_id: int, bucket: str) -> None:
        """No links to `bucket` are made any more; nothing happens when it was not granted. Raises TryLater."""
        self._change(project_id, lambda seen: {name: access for name, access in seen.items() if name != bucket})

    def _change(self, project_id: int, changed: Callable[[Granted], Granted]) -> None:
        # Two owners who grant two buckets at once: the slower one's condition fails, and it adds its own to both.
        for _ in range(_ATTEMPTS):
            seen = self._store.get(project_id)
            if seen is None:
                raise Unreadable("The project was deleted.")
            new = changed(seen)
            if len(new) > max(MOST_BUCKETS, len(seen)):
                raise Unreadable(f"A project can read {MOST_BUCKETS} private buckets: take the access to one away.")
            if new == seen or self._store.replace(project_id, seen, new):
                return
        raise TryLater("Others change this project's buckets just now.")

    def signer(self, project_id: int, bucket: str, access: BucketAccess) -> Sign | None:
        """Makes links to the bucket's objects; None when the role cannot be taken on."""
        return self._roles.signer(access, self.external_id(project_id), bucket)

    def of_project(self, project_id: int) -> "ProjectBuckets":
        """For the sources of an import into this project."""
        return ProjectBuckets(self, self._roles, project_id)


class ProjectBuckets:
    """Private buckets as one project reads them (`core.import_gathering.RoleBuckets`)."""

    def __init__(self, buckets: PrivateBuckets, roles: Roles, project_id: int) -> None:
        self._buckets = buckets
        self._roles = roles
        self._project_id = project_id

    def grant(self, bucket: str, role_arn: str) -> None:
        self._buckets.grant(self._project_id, bucket, role_arn)

    def list_objects(self, role_arn: str, bucket: str, prefix: str, after: str) -> Listing:
        external_id = self._buckets.external_id(self._project_id)
        return self._roles.list_objects(role_arn, external_id, bucket, prefix, after)
