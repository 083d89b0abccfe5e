"""What the site keeps for its own work: counters, imports, deliveries, statistics, repeated requests."""

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.store.tables.base import Table, WholeNumberAttribute


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


class AuditItem(Table):
    """What one request changed of a project (core/audit.py): added, never changed."""

    name = "audit"

    class Meta:
        pass

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)
    short_name = UnicodeAttribute()
    user_id = WholeNumberAttribute(null=True)
    user_name = UnicodeAttribute(null=True)
    via = UnicodeAttribute()
    changes = UnicodeAttribute()  # JSON text of a list of core.audit.Change


class RateItem(Table):
    """One caller's requests on one endpoint in one window, as all containers together have counted them
    (core/rate_limits.py)."""

    name = "rates"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    requests = WholeNumberAttribute()
    expires = WholeNumberAttribute()  # epoch seconds, the window's end; the table's time to live


class SequenceItem(Table):
    """Counters off the volunteers' path. Keys: `project`, `user`, `category`, `helpingmaterial`, `announcement`,
    `blogpost`, `page`, `import`, `worker`, `task-block`, and `tasks:<project id>` with that project's next task id, the
    end of its block, its task count, and when something in it was made or changed last. And
    `tries:<bucket>`: guesses of passwords in the window that ends at `end` (core/throttle.py)."""

    name = "sequences"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    next = WholeNumberAttribute()
    end = WholeNumberAttribute(null=True)
    made = WholeNumberAttribute(null=True)
    touched = UnicodeAttribute(null=True)  # as `created` is written elsewhere


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
    """An import record (`part` = "record") and its row errors (`part` = "errors#<step>")."""

    name = "imports"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    project_id = WholeNumberAttribute(null=True)
    body = UnicodeAttribute()  # JSON text of core.imports.Record or of a list of row errors
    step = WholeNumberAttribute(null=True)  # how many checkpoints there were: the condition of the next
    by_project = ImportByProjectIndex()


class WalkItem(Table):
    """The walk over all tasks of a project (core/walks.py): one record, moved on version by version."""

    name = "walks"

    class Meta:
        pass

    project_id = WholeNumberAttribute(hash_key=True)
    version = WholeNumberAttribute()
    body = UnicodeAttribute()  # JSON text of core.walks.Walk


class WithdrawalItem(Table):
    """One withdrawal of a project (core/withdrawals.py), moved on version by version."""

    name = "withdrawals"

    class Meta:
        pass

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)
    version = WholeNumberAttribute()
    body = UnicodeAttribute()  # JSON text of core.withdrawals.Withdrawal


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


class CostItem(Table):
    """What a project consumed in a month (year × 100 + month): sums that containers add to (core/costs.py)."""

    name = "costs"

    class Meta:
        pass

    project_id = WholeNumberAttribute(hash_key=True)
    month = WholeNumberAttribute(range_key=True)
    reads = NumberAttribute(null=True)
    writes = NumberAttribute(null=True)
    requests = NumberAttribute(null=True)
    gb_seconds = NumberAttribute(null=True)
    messages = NumberAttribute(null=True)


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
