"""Webhook messages and the log of their attempts."""

import msgspec

from chalicelib.core.deliveries import Attempt, Delivery
from chalicelib.store.conditions import save_if
from chalicelib.store.contention import persist
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import DeliveryItem

FIELDS = tuple(name for name in Delivery.__struct_fields__ if name != "attempts")


class DeliveryStore:
    """The messages of all projects."""

    def add(self, delivery: Delivery) -> bool:
        """Store a new message; False when its id is known already."""
        return save_if(_item(delivery), DeliveryItem.id.does_not_exist())

    def get(self, delivery_id: str) -> Delivery | None:
        """The message, read consistently."""
        try:
            return _delivery(DeliveryItem.get(delivery_id, consistent_read=True))
        except DeliveryItem.DoesNotExist:
            return None

    def replace(self, old: Delivery, new: Delivery) -> bool:
        """Store `new` in place of `old`; False when the message changed since `old` was read. Of two handlers that
        claim the same attempt, one gets True."""
        return save_if(_item(new), DeliveryItem.ver == old.ver)

    def remove(self, delivery_id: str) -> None:
        """The message is not sent any more; nothing when it is gone."""
        persist(DeliveryItem(delivery_id).delete)

    def after(self, project_id: int, last_id: str, limit: int) -> list[Delivery]:
        """Up to `limit` messages of a project with ids above `last_id` in the order of text: keyset pagination."""
        place = DeliveryItem.id > last_id if last_id else None
        found = DeliveryItem.by_project.query(project_id, place, limit=limit)
        read = read_together(Wanted(DeliveryItem, [(item.id,) for item in found]))[DeliveryItem]
        return sorted((_delivery(item) for item in read), key=lambda delivery: delivery.id)


def _item(delivery: Delivery) -> DeliveryItem:
    fields = {name: getattr(delivery, name) for name in FIELDS}
    return DeliveryItem(attempts=msgspec.json.encode(delivery.attempts).decode(), **fields)


def _delivery(item: DeliveryItem) -> Delivery:
    fields = {name: getattr(item, name) for name in FIELDS}
    return Delivery(attempts=msgspec.json.decode(item.attempts, type=tuple[Attempt, ...]), **fields)
