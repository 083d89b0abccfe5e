"""What all containers have counted of a caller's requests (core/rate_limits.py)."""

import logging

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.store.tables import RateItem

log = logging.getLogger(__name__)


class RateSums:
    """One item per caller, endpoint and window, which the table forgets by itself."""

    def add(self, name: str, requests: int, end: int) -> int | None:
        """One write unit. Without an answer from the table requests go on; limits are no reason to refuse them."""
        actions = [RateItem.requests.add(requests), RateItem.expires.set(end)]
        try:
            answer = RateItem._get_connection().update_item(name, actions=actions, return_values="UPDATED_NEW")
        except (PynamoDBException, BotoCoreError) as error:
            log.warning("Requests are counted in this container only: %s", error)
            return None
        return int(answer["Attributes"]["requests"]["N"])
