"""What each project has cost by month (core/costs.py): one small item per project and month."""

import logging
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.consumption import Usage
from chalicelib.store.tables import CostItem

DECIMALS = 6

log = logging.getLogger(__name__)


class CostSums:
    """The sums of all containers."""

    def add(self, project_id: int, month: int, usage: Usage) -> None:
        """One write unit. Without an answer from the table requests go on; counting is no reason to refuse them."""
        amounts = {name: round(getattr(usage, name), DECIMALS) for name in Usage.__struct_fields__}
        actions = [getattr(CostItem, name).add(amount) for name, amount in amounts.items() if amount]
        try:
            CostItem._get_connection().update_item(str(project_id), str(month), actions=actions)
        except (PynamoDBException, BotoCoreError) as error:
            log.warning("The cost of project %s is not added up: %s", project_id, error)

    def of_project(self, project_id: int) -> Mapping[int, Usage]:
        """Half a read unit for some years."""
        return {item.month: _usage(item) for item in CostItem.query(project_id)}


def _usage(item: CostItem) -> Usage:
    return Usage(*(float(getattr(item, name) or 0) for name in Usage.__struct_fields__))
