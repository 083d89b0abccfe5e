"""The records of withdrawals, moved on one version at a time."""

from collections.abc import Sequence

import msgspec
from pynamodb.transactions import TransactWrite

from chalicelib.core.audit import Author, Change
from chalicelib.core.projects import Project
from chalicelib.core.walks import Overtaken
from chalicelib.core.withdrawals import Withdrawal
from chalicelib.store.audit import AuditStore
from chalicelib.store.conditions import save_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import WithdrawalItem
from chalicelib.store.transactions import commit


class WithdrawalStore:
    """The withdrawals of all projects."""

    def __init__(self, audit: AuditStore) -> None:
        self._audit = audit

    def create(self, withdrawal: Withdrawal, project: Project, author: Author, changes: Sequence[Change]) -> None:
        """Store it with its entry in the audit log, in one transaction."""
        entry = self._audit.item(project, author, changes)

        def fill(transaction: TransactWrite) -> None:
            transaction.save(_item(withdrawal))
            transaction.save(entry)

        commit(fill)

    def get(self, project_id: int, withdrawal_id: int) -> Withdrawal | None:
        """Read consistently."""
        found = read_together(Wanted(WithdrawalItem, [(project_id, withdrawal_id)], consistent=True))
        return next((_withdrawal(item) for item in found[WithdrawalItem]), None)

    def put(self, new: Withdrawal) -> None:
        """Store the version after the stored one. Raises Overtaken."""
        if not save_if(_item(new), WithdrawalItem.version == new.version - 1):
            raise Overtaken(new.id)

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Withdrawal]:
        """Up to `limit` from the newest down, below `last_id` if given; read consistently."""
        place = WithdrawalItem.id < last_id if last_id is not None else None
        found = WithdrawalItem.query(project_id, place, limit=limit, consistent_read=True, scan_index_forward=False)
        return [_withdrawal(item) for item in found]


def _item(withdrawal: Withdrawal) -> WithdrawalItem:
    body = msgspec.json.encode(withdrawal).decode()
    return WithdrawalItem(withdrawal.project_id, withdrawal.id, version=withdrawal.version, body=body)


def _withdrawal(item: WithdrawalItem) -> Withdrawal:
    return msgspec.json.decode(item.body, type=Withdrawal)
