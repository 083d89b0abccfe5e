"""Projects: unique by name and short name, small on the volunteers' path."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core import consumption
from chalicelib.core.audit import CREATED, DELETED, Author, changes_of
from chalicelib.core.autoimporter import autoimporter
from chalicelib.core.errors import DataFault
from chalicelib.core.projects import Card, Project, Rules
from chalicelib.core.remembered import Remembered
from chalicelib.store.audit import AuditStore
from chalicelib.store.bucket_access import read_buckets, write_buckets
from chalicelib.store.conditions import unchanged
from chalicelib.store.names import claim, commit_bearer, owner_of_name, release, rename
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import next_number, tasks_key
from chalicelib.store.tables import BlockItem, ProjectItem, SequenceItem
from chalicelib.store.transactions import commit

NAME = "project.name"
SHORT_NAME = "project.short_name"
MOST_INFO_BYTES = 380_000  # an item holds 400 KB (AWS: "Quotas in Amazon DynamoDB")
WRITTEN_OUT = ("name", "info", "buckets")  # fields that are stored in another form
DAILY = "daily"
TAKEN = "A project with this name or short_name exists already."


class ProjectStore:
    """All projects, and with each change its entry in the audit log. `clock` is monotonic and only times what a
    container remembers."""

    def __init__(self, remember_seconds: float, clock: Callable[[], float], audit: AuditStore) -> None:
        self._audit = audit
        self._cards: Remembered[int, Card] = Remembered(remember_seconds, clock)

    def next_id(self) -> int:
        return next_number("project")

    def create(self, project: Project, author: Author) -> None:
        """Store it with its names. Raises IntegrityFault when a name is taken."""

        def fill(transaction: TransactWrite) -> None:
            claim(transaction, f"{NAME}:{project.name}", project.id)
            claim(transaction, f"{SHORT_NAME}:{project.short_name}", project.id)
            transaction.save(self._audit.item(project, author, CREATED))
            transaction.save(_item(project), condition=ProjectItem.id.does_not_exist())

        commit_bearer(fill, TAKEN)

    def get(self, project_id: int) -> Project | None:
        """The whole project, read consistently."""
        return next(iter(self._read([project_id], consistent=True)), None)

    def by_short_name(self, short_name: str) -> Project | None:
        """The whole project, read consistently, also right after its creation."""
        found = owner_of_name(f"{SHORT_NAME}:{short_name}")
        return self.get(found) if found is not None else None

    def card(self, project_id: int) -> Card | None:
        """What a contribution needs of it, up to a few seconds old; half a read unit when not remembered."""
        consumption.belongs_to(project_id)
        return self._cards.get(project_id, lambda: self._fetch_card(project_id))

    def _fetch_card(self, project_id: int) -> Card | None:
        listed = next(iter(ProjectItem.card.query(project_id)), None)
        if listed is not None:
            return _card(listed)
        project = self.get(project_id)  # just created: the index may lag
        return project.card if project is not None else None

    def many(self, ids: Sequence[int]) -> list[Project]:
        """Those of the projects that exist, ascending by id."""
        return self._read(ids, consistent=False)

    def after(self, owner_id: int | None, last_id: int, limit: int) -> list[Project]:
        """Up to `limit` projects above `last_id`, of one owner or of all: keyset pagination."""
        return self.many(self.ids(owner_id, last_id, limit))

    def ids(self, owner_id: int | None, last_id: int, limit: int) -> list[int]:
        """The ids that `after` would give, without reading the projects."""
        return [item.id for item in _listed(owner_id, ProjectItem.id > last_id, limit, forward=True)]

    def importing_daily(self, last_id: int, limit: int) -> list[int]:
        """Up to `limit` ids above `last_id` of the projects with an autoimporter, ascending: a page costs a read unit
        or two, however many other projects there are. Up to a few seconds old: read the project."""
        listed = ProjectItem.importing_daily.query(DAILY, ProjectItem.id > last_id, limit=limit)
        return [item.id for item in listed]

    def before(self, owner_id: int | None, last_id: int | None, limit: int) -> list[Project]:
        """Up to `limit` projects from the newest down, below `last_id` if given."""
        place = ProjectItem.id < last_id if last_id is not None else None
        return self.many([item.id for item in _listed(owner_id, place, limit, forward=False)])[::-1]

    def change(self, old: Project, new: Project, author: Author) -> None:
        """Store every field of `new` in place of `old`. Raises IntegrityFault when a new name is taken, Changed."""
        changes = changes_of(old, new)
        entry = self._audit.item(new, author, changes)

        def fill(transaction: TransactWrite) -> None:
            rename(transaction, NAME, old.name, new.name, new.id)
            rename(transaction, SHORT_NAME, old.short_name, new.short_name, new.id)
            if changes:
                transaction.save(entry)
            # Two callers who read the same project and change different fields: the second reads again. What the
            # courier, the signing secrets and the granted buckets change by themselves is looked at too.
            as_read = unchanged(_item(old), "updated", "published", "webhook", *Project.PRIVATE)
            transaction.save(_item(new), condition=as_read)

        commit_bearer(fill, TAKEN)
        self._cards.forget(new.id)

    def delete(self, project: Project, author: Author) -> None:
        """Remove the project, its names and its sequence; its tasks must be gone before."""

        def fill(transaction: TransactWrite) -> None:
            release(transaction, f"{NAME}:{project.name}")
            release(transaction, f"{SHORT_NAME}:{project.short_name}")
            transaction.delete(ProjectItem(project.id))
            transaction.delete(SequenceItem(tasks_key(project.id)))
            transaction.save(self._audit.item(project, author, DELETED))

        commit(fill)
        with BlockItem.batch_write() as batch:
            for block in BlockItem.query(project.id, consistent_read=True):
                batch.delete(block)
        self._cards.forget(project.id)

    def _read(self, ids: Sequence[int], consistent: bool) -> list[Project]:
        if len(ids) == 1:  # who reads one project acts for it
            consumption.belongs_to(ids[0])
        found = read_together(Wanted(ProjectItem, [(one,) for one in ids], consistent))
        return sorted((project_from(item) for item in found[ProjectItem]), key=lambda project: project.id)


def _listed(owner_id: int | None, place: Any, limit: int, forward: bool) -> Any:
    index = ProjectItem.by_owner if owner_id is not None else ProjectItem.listing
    key = "project" if owner_id is None else owner_id
    return index.query(key, place, limit=limit, scan_index_forward=forward)


def project_from(item: ProjectItem) -> Project:
    return Project(
        id=item.id,
        created=item.created,
        updated=item.updated,
        name=item.name_,
        short_name=item.short_name,
        description=item.description,
        long_description=item.long_description,
        webhook=item.webhook,
        allow_anonymous_contributors=item.allow_anonymous_contributors,
        published=item.published,
        featured=item.featured,
        secret_key=item.secret_key,
        zip_download=item.zip_download,
        contacted=item.contacted,
        owner_id=item.owner_id,
        category_id=item.category_id,
        info=orjson.loads(item.info),
        owners_ids=[int(owner) for owner in item.owners_ids],
        webhook_secrets=[str(secret) for secret in item.webhook_secrets or []],
        buckets=read_buckets(item.buckets),
    )


def _card(item: Any) -> Card:
    return Card(
        id=item.id,
        short_name=item.short_name,
        owner_id=item.owner_id,
        owners_ids=[int(owner) for owner in item.owners_ids],
        published=item.published,
        allow_anonymous_contributors=item.allow_anonymous_contributors,
        secret_key=item.secret_key,
        webhook=item.webhook,
        rules=msgspec.json.decode(item.rules, type=Rules),
        buckets=read_buckets(item.buckets),
    )


def _item(project: Project) -> ProjectItem:
    info = orjson.dumps(project.info).decode()
    if len(info.encode()) > MOST_INFO_BYTES:
        raise DataFault(f"info has {len(info.encode())} bytes; at most {MOST_INFO_BYTES} can be stored.")
    fields = {name: getattr(project, name) for name in project.__struct_fields__ if name not in WRITTEN_OUT}
    rules = msgspec.json.encode(project.rules).decode()
    # Whoever writes the project writes this with it, so that the list of daily imports and `info` never disagree.
    daily = DAILY if autoimporter(project.info) else None
    buckets = write_buckets(project.buckets)
    return ProjectItem(name_=project.name, info=info, rules=rules, buckets=buckets, daily=daily, **fields)
