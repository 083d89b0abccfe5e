"""The tables and their indexes, as PynamoDB models: one class per item kind, no rules.

`connect()` names the tables after the stack and gives every model the same connection, so that a container makes one
botocore client and not one per table. `infra/resources.yaml` declares the same tables; a test compares the two.
"""

from chalicelib.store.tables.accounts import FavoriteItem, NameItem, UserItem
from chalicelib.store.tables.base import Table
from chalicelib.store.tables.bookkeeping import (
    AuditItem,
    BlockItem,
    CostItem,
    DeliveryItem,
    ImportItem,
    RateItem,
    RepeatItem,
    SequenceItem,
    StatisticItem,
    WalkItem,
    WithdrawalItem,
)
from chalicelib.store.tables.contributions import ParticipationItem, ResultItem, RunItem, SheetItem, TaskItem
from chalicelib.store.tables.projects import (
    AnnouncementItem,
    BlogPostItem,
    CategoryItem,
    MaterialItem,
    PageItem,
    ProjectItem,
)

__all__ = [
    "TABLES",
    "AnnouncementItem",
    "AuditItem",
    "BlockItem",
    "BlogPostItem",
    "CategoryItem",
    "CostItem",
    "DeliveryItem",
    "FavoriteItem",
    "ImportItem",
    "MaterialItem",
    "NameItem",
    "PageItem",
    "ParticipationItem",
    "ProjectItem",
    "RateItem",
    "RepeatItem",
    "ResultItem",
    "RunItem",
    "SequenceItem",
    "SheetItem",
    "StatisticItem",
    "Table",
    "TaskItem",
    "UserItem",
    "WalkItem",
    "WithdrawalItem",
    "connect",
]

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
    RateItem,
    NameItem,
    SequenceItem,
    BlockItem,
    ImportItem,
    DeliveryItem,
    StatisticItem,
    WalkItem,
    WithdrawalItem,
    AuditItem,
    CostItem,
)


def connect(stack: str, region: str | None = None, lean: bool = True) -> None:
    """Point every model at the tables of `stack`, named `<stack>-<name>`. Opens nothing. `lean`: see `connections`; who
    wants botocore to do all, as X-Ray does, says no."""
    Table.lean = lean
    for table in TABLES:
        table.Meta.table_name = f"{stack}-{table.name}"
        table.Meta.region = region
