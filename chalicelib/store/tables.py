"""The tables and their indexes, as PynamoDB models: one class per item kind, no rules.

`connect()` names the tables after the stack and gives every model the same connection, so that a container makes one
botocore client and not one per table. `infra/resources.yaml` declares the same tables; a test compares the two.
"""

import threading
from typing import ClassVar, cast

from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.store.connections import LeanConnection

CONNECT_SECONDS = 1
READ_SECONDS = 3
RETRIES = 2


class WholeNumberAttribute(Attribute[int]):
    """A DynamoDB number that is always an int; PynamoDB's own goes through JSON and would give floats for `1e3`."""

    attr_type = "N"

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class Table(Model):
    """Base of all models: one shared connection, table names prefixed by the stack."""

    name: ClassVar[str]
    lean: ClassVar[bool] = True
    _joined: ClassVar[TableConnection | None] = None

    @classmethod
    def _get_connection(cls) -> TableConnection:
        joined = cls.__dict__.get("_joined")
        if joined is not None and joined.table_name == cls.Meta.table_name:
            return cast(TableConnection, joined)
        # One at a time: PynamoDB refuses a table's description that a second thread adds to the shared connection.
        with _lock:
            return cls._join_shared_connection()

    @classmethod
    def _join_shared_connection(cls) -> TableConnection:
        joined = cls.__dict__.get("_joined")
        if joined is None or joined.table_name != cls.Meta.table_name:
            joined = super()._get_connection()
            shared = _shared_connection(cls.Meta.region, cls.lean)
            shared.add_meta_table(joined.get_meta_table())
            joined.connection = shared
            cls._joined = joined
        return joined


_lock = threading.Lock()
_connections: dict[str | None, Connection] = {}


def _shared_connection(region: str | None, lean: bool) -> Connection:
    if region not in _connections:
        kind = LeanConnection if lean else Connection
        _connections[region] = kind(
            region=region,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            max_retry_attempts=RETRIES,
            max_pool_connections=64,
        )
    return _connections[region]


class TaskItem(Table):
    """T: a task's definition. Written rarely, may be large, has no index, so that an import stays at 3 write units.

    Keyed by block (ids of one block belong to one project) and id, so that a project's tasks lie together in id order.
    """

    name = "tasks"

    class Meta:
        pass

    block = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)
    project_id = WholeNumberAttribute()
    created = UnicodeAttribute()
    info = UnicodeAttribute()  # JSON text
    quorum = WholeNumberAttribute(default=0)
    calibration = WholeNumberAttribute(default=0)
    fav_user_ids = NumberSetAttribute(null=True)
    sheet = UnicodeAttribute()  # key of its seat sheet
    digest = UnicodeAttribute()  # of the canonical info, see core/canonical.py


class QueueIndex(GlobalSecondaryIndex["SheetItem"]):
    """Open tasks in queue order. It proposes; the sheet decides."""

    class Meta:
        index_name = "queue"
        projection = IncludeProjection(["ready"])

    open = UnicodeAttribute(hash_key=True)
    qk = UnicodeAttribute(range_key=True)
    ready = WholeNumberAttribute()


class SheetItem(Table):
    """S: the seat sheet of a task (heart.md §1). Short attribute names: 30 seats must stay below 1 KB.

    The key is `<project id>-<digest of the canonical info>`: the first conditional write of an import is therefore
    also its test for a duplicate. `seats` maps a contributor's key to the lease's end (epoch seconds) or to minus the
    id of the run. Completed means `ans >= n`.
    """

    name = "sheets"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    task = WholeNumberAttribute()
    project = WholeNumberAttribute()
    n = WholeNumberAttribute()
    ans = WholeNumberAttribute(default=0)
    gen = WholeNumberAttribute(default=0)
    ver = WholeNumberAttribute(default=0)
    prio = NumberAttribute(default=0.0)
    seats = MapAttribute[str, int](default=dict)  # type: ignore[no-untyped-call]
    open = UnicodeAttribute(null=True)
    qk = UnicodeAttribute()
    ready = WholeNumberAttribute(null=True)
    src = UnicodeAttribute(null=True)  # "<import id>:<row>" when an import made the task
    queue = QueueIndex()


class ParticipationItem(Table):
    """P: one contributor in one project. Live leases are further top-level attributes, `l#<task>` (raw access only).

    Everything here except `runs` is a hint that is verified on the sheet before use.
    """

    name = "participations"

    class Meta:
        pass

    contributor = UnicodeAttribute(hash_key=True)
    project_id = WholeNumberAttribute(range_key=True)
    runs = WholeNumberAttribute(default=0)
    done = NumberSetAttribute(null=True)
    front = UnicodeAttribute(null=True)
    sweep = UnicodeAttribute(null=True)
    browsers = UnicodeSetAttribute(null=True)


class RunByIdIndex(GlobalSecondaryIndex["RunItem"]):
    class Meta:
        index_name = "by_id"
        projection = KeysOnlyProjection()

    id = WholeNumberAttribute(hash_key=True)


class RunByProjectIndex(GlobalSecondaryIndex["RunItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class RunItem(Table):
    """R: a task run. The key holds one run per (task, contributor); `owner` is `<project id>-<contributor>`."""

    name = "runs"

    class Meta:
        pass

    owner = UnicodeAttribute(hash_key=True)
    task_id = WholeNumberAttribute(range_key=True)
    id = WholeNumberAttribute()
    project_id = WholeNumberAttribute()
    user_id = WholeNumberAttribute(null=True)
    user_ip = UnicodeAttribute(null=True)
    external_uid = UnicodeAttribute(null=True)
    created = UnicodeAttribute()
    finish_time = UnicodeAttribute()
    timeout = WholeNumberAttribute(null=True)
    calibration = WholeNumberAttribute(null=True)
    media_url = UnicodeAttribute(null=True)
    info = UnicodeAttribute()  # JSON text
    idem = UnicodeAttribute(null=True)  # hash of the Idempotency-Key
    by_id = RunByIdIndex()
    by_project = RunByProjectIndex()


class ResultByIdIndex(GlobalSecondaryIndex["ResultItem"]):
    class Meta:
        index_name = "by_id"
        projection = KeysOnlyProjection()

    id = WholeNumberAttribute(hash_key=True)


class ResultByProjectIndex(GlobalSecondaryIndex["ResultItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ResultItem(Table):
    """One version of a task's result. `superseded` may be set before the version itself arrives (late redelivery)."""

    name = "results"

    class Meta:
        pass

    task_id = WholeNumberAttribute(hash_key=True)
    gen = WholeNumberAttribute(range_key=True)
    id = WholeNumberAttribute(null=True)
    project_id = WholeNumberAttribute(null=True)
    created = UnicodeAttribute(null=True)
    task_run_ids = ListAttribute[int](null=True)
    superseded = BooleanAttribute(null=True)
    info = UnicodeAttribute(null=True)  # JSON text
    by_id = ResultByIdIndex()
    by_project = ResultByProjectIndex()


class ProjectListIndex(GlobalSecondaryIndex["ProjectItem"]):
    class Meta:
        index_name = "listing"
        projection = KeysOnlyProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ProjectByOwnerIndex(GlobalSecondaryIndex["ProjectItem"]):
    class Meta:
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ProjectCardIndex(GlobalSecondaryIndex["ProjectItem"]):
    """What the volunteers' path needs of a project, at half a read unit whatever the size of the presenter."""

    class Meta:
        index_name = "card"
        projection = IncludeProjection(
            [
                "short_name",
                "published",
                "allow_anonymous_contributors",
                "owner_id",
                "owners_ids",
                "secret_key",
                "webhook",
                "rules",
            ]
        )

    id = WholeNumberAttribute(hash_key=True)


class ProjectItem(Table):
    name = "projects"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    kind = UnicodeAttribute(default="project")
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    short_name = UnicodeAttribute()
    description = UnicodeAttribute()
    long_description = UnicodeAttribute(null=True)
    webhook = UnicodeAttribute(null=True)
    webhook_secrets = ListAttribute[str](null=True)
    allow_anonymous_contributors = BooleanAttribute(default=True)
    published = BooleanAttribute(default=False)
    featured = BooleanAttribute(default=False)
    secret_key = UnicodeAttribute()
    zip_download = BooleanAttribute(default=True)
    contacted = BooleanAttribute(default=False)
    owner_id = WholeNumberAttribute()
    owners_ids = ListAttribute[int]()
    category_id = WholeNumberAttribute()
    info = UnicodeAttribute()  # JSON text
    rules = UnicodeAttribute()  # JSON text of core.projects.Rules, taken out of info on each write
    listing = ProjectListIndex()
    by_owner = ProjectByOwnerIndex()
    card = ProjectCardIndex()


class UserItem(Table):
    name = "users"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    fullname = UnicodeAttribute()
    email_addr = UnicodeAttribute()
    api_key_hash = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)  # argon2id; none: made by the API key's holder, who sets one
    sessions = UnicodeSetAttribute(null=True)  # ids of the live sessions, see core/sessions.py
    admin = BooleanAttribute(default=False)
    pro = BooleanAttribute(default=False)
    restrict = BooleanAttribute(default=False)
    privacy_mode = BooleanAttribute(default=True)
    subscribed = BooleanAttribute(default=False)
    locale = UnicodeAttribute(default="en")
    user_pref = UnicodeAttribute(default="{}")  # JSON text
    info = UnicodeAttribute(default="{}")  # JSON text


class CategoryItem(Table):
    """Few and read together: one partition, `kind` = "category"."""

    name = "categories"

    class Meta:
        pass

    kind = UnicodeAttribute(hash_key=True, default="category")
    id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    short_name = UnicodeAttribute()
    description = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text


class MaterialByProjectIndex(GlobalSecondaryIndex["MaterialItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class MaterialItem(Table):
    name = "materials"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    project_id = WholeNumberAttribute()
    created = UnicodeAttribute()
    media_url = UnicodeAttribute(null=True)
    priority = NumberAttribute(default=0.0)
    info = UnicodeAttribute(default="{}")  # JSON text
    by_project = MaterialByProjectIndex()


class AnnouncementItem(Table):
    """The site's news: one partition, `kind` = "announcement"."""

    name = "announcements"

    class Meta:
        pass

    kind = UnicodeAttribute(hash_key=True, default="announcement")
    id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    user_id = WholeNumberAttribute(null=True)
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    published = BooleanAttribute(default=False)


class BlogPostByProjectIndex(GlobalSecondaryIndex["BlogPostItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class BlogPostItem(Table):
    name = "blogposts"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    project_id = WholeNumberAttribute()
    user_id = WholeNumberAttribute(null=True)
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    published = BooleanAttribute(default=False)
    by_project = BlogPostByProjectIndex()


class PageByProjectIndex(GlobalSecondaryIndex["PageItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class PageItem(Table):
    name = "pages"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    slug = UnicodeAttribute()
    project_id = WholeNumberAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    by_project = PageByProjectIndex()


class FavoriteItem(Table):
    """One account's favourite task; the account's id is also in the task's `fav_user_ids`."""

    name = "favorites"

    class Meta:
        pass

    user_id = WholeNumberAttribute(hash_key=True)
    task_id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()


class RepeatItem(Table):
    """A POST that came with an Idempotency-Key, and its answer (core/repeats.py). `holder` answers it until `until`;
    an answer too large for one item goes on under `<key>#1`, `<key>#2`, …"""

    name = "repeats"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute(null=True)  # of the request's body
    holder = UnicodeAttribute(null=True)
    until = WholeNumberAttribute(null=True)  # epoch seconds
    ids = UnicodeAttribute(null=True)  # JSON text: the ids that were taken for it
    status = WholeNumberAttribute(null=True)
    parts = WholeNumberAttribute(null=True)
    body = BinaryAttribute(null=True, legacy_encoding=False)  # deflated
    expires = WholeNumberAttribute()  # epoch seconds; the table's time to live


class NameItem(Table):
    """A unique name and whose it is; written in the transaction of its owner and read as the consistent way to it.

    Keys: `project.name:<name>`, `project.short_name:<slug>`, `category.name:…`, `category.short_name:…`,
    `user.name:…`, `user.email:…`, `user.api_key:<sha256>`, `import:<digest of bucket, key and version>`.
    """

    name = "names"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    id = WholeNumberAttribute()


class SequenceItem(Table):
    """Counters off the volunteers' path. Keys: `project`, `user`, `category`, `helpingmaterial`, `announcement`,
    `blogpost`, `page`, `import`, `worker`, `task-block`, and `tasks:<project id>` with that project's next task id, the
    end of its block and its task count. And
    `tries:<bucket>`: guesses of passwords in the window that ends at `end` (core/throttle.py)."""

    name = "sequences"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    next = WholeNumberAttribute()
    end = WholeNumberAttribute(null=True)
    made = WholeNumberAttribute(null=True)


class BlockItem(Table):
    """Which blocks of task ids a project has, in order."""

    name = "blocks"

    class Meta:
        pass

    project_id = WholeNumberAttribute(hash_key=True)
    block = WholeNumberAttribute(range_key=True)


class ImportByProjectIndex(GlobalSecondaryIndex["ImportItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ImportItem(Table):
    """An import record (`part` = "record") and its row errors (`part` = "errors#<byte position of the slice>")."""

    name = "imports"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    project_id = WholeNumberAttribute(null=True)
    body = UnicodeAttribute()  # JSON text of core.imports.Record or of a list of row errors
    position = WholeNumberAttribute(null=True)  # bytes of the object that are done: the checkpoint's condition
    by_project = ImportByProjectIndex()


class DeliveryByProjectIndex(GlobalSecondaryIndex["DeliveryItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class DeliveryItem(Table):
    """One webhook message and the log of its attempts. The id, `<task>.<gen>`, is the same on every attempt."""

    name = "deliveries"

    class Meta:
        pass

    id = UnicodeAttribute(hash_key=True)
    project_id = WholeNumberAttribute()
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    payload = UnicodeAttribute()  # the exact bytes sent, as text
    state = UnicodeAttribute(default="waiting")  # waiting, delivered, failed
    due = WholeNumberAttribute(default=0)  # epoch seconds of the next attempt, or of the end of a claim
    tries = WholeNumberAttribute(default=0)  # since the last replay
    rerun = BooleanAttribute(default=False)
    ver = WholeNumberAttribute(default=0)
    attempts = UnicodeAttribute(default="[]")  # JSON text of a list of core.deliveries.Attempt
    by_project = DeliveryByProjectIndex()


class StatisticItem(Table):
    """Leaves, marks and sums of the statistics' trees (core/statistics.py), and figures of the whole site.

    `place` says what and below which node: `leaf:<project>.1.<index>`, `mark:…`, `sum:…`, `site`. A leaf has further
    attributes, raw access only: `t<task>` with the task's facts, `r<task>` with the generations of its results that
    have an analysis.
    """

    name = "statistics"

    class Meta:
        pass

    place = UnicodeAttribute(hash_key=True)
    node = WholeNumberAttribute(range_key=True)
    marked = BooleanAttribute(null=True)
    epoch = WholeNumberAttribute(null=True)
    body = UnicodeAttribute(null=True)  # JSON text


TABLES: tuple[type[Table], ...] = (
    TaskItem,
    SheetItem,
    ParticipationItem,
    RunItem,
    ResultItem,
    ProjectItem,
    UserItem,
    CategoryItem,
    MaterialItem,
    AnnouncementItem,
    BlogPostItem,
    PageItem,
    FavoriteItem,
    RepeatItem,
    NameItem,
    SequenceItem,
    BlockItem,
    ImportItem,
    DeliveryItem,
    StatisticItem,
)


def connect(stack: str, region: str | None = None, lean: bool = True) -> None:
    """Point every model at the tables of `stack`, named `<stack>-<name>`. Opens nothing. `lean`: see `connections`; who
    wants botocore to do all, as X-Ray does, says no."""
    Table.lean = lean
    for table in TABLES:
        table.Meta.table_name = f"{stack}-{table.name}"
        table.Meta.region = region
