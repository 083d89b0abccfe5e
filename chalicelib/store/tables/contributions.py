"""Tasks and what volunteers leave on them: seat sheets, participations, task runs, results."""

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.store.tables.base import Table, WholeNumberAttribute


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
    gold = UnicodeAttribute(null=True)  # JSON text of the expected answer, see core/gold.py
    object_key = UnicodeAttribute(null=True)  # of the import bucket, when the task was made of a media object


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
    votes = MapAttribute[str, int](null=True)  # type: ignore[no-untyped-call]  # core/agreement.py
    spared = WholeNumberAttribute(null=True)
    marked = BooleanAttribute(null=True)
    queue = QueueIndex()


class AccuracyIndex(GlobalSecondaryIndex["ParticipationItem"]):
    """Whoever has answered gold tasks of a project. Written with answers to gold tasks only."""

    class Meta:
        index_name = "accuracy"
        projection = IncludeProjection(["answered", "right", "user_id"])

    judged_in = WholeNumberAttribute(hash_key=True)
    contributor = UnicodeAttribute(range_key=True)
    answered = WholeNumberAttribute()
    right = WholeNumberAttribute()
    user_id = WholeNumberAttribute(null=True)


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
    judged_in = WholeNumberAttribute(null=True)  # the project, once a gold task was answered
    answered = WholeNumberAttribute(null=True)  # gold tasks
    right = WholeNumberAttribute(null=True)  # of them
    user_id = WholeNumberAttribute(null=True)
    accuracy = AccuracyIndex()


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
    vote = UnicodeAttribute(null=True)
    right = BooleanAttribute(null=True)  # of answers to gold tasks
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
    """One version of a task's result. `superseded` may be set before the version itself arrives (late redelivery);
    `removed` is all that is left when its task is gone."""

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
    removed = BooleanAttribute(null=True)
    info = UnicodeAttribute(null=True)  # JSON text
    by_id = ResultByIdIndex()
    by_project = ResultByProjectIndex()
