"""Messages before and after their delivery: announced, listed, sent again."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from chalicelib.core.deliveries import Delivery
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Card
from chalicelib.core.results import Result

REPLAYED_AT_ONCE = 100
ROUNDS = 5
NOTHING_ANSWERED = "Connection Error"  # what PYBOSSA's log says (contract events.md §2)


class Cards(Protocol):
    def card(self, project_id: int) -> Card | None: ...


class Deliveries(Protocol):
    def add(self, delivery: Delivery) -> bool:
        """False when its id is known already."""

    def get(self, delivery_id: str) -> Delivery | None: ...

    def replace(self, old: Delivery, new: Delivery) -> bool:
        """False when the message changed since `old` was read."""

    def after(self, project_id: int, last_id: str, limit: int) -> list[Delivery]: ...


class Outbox:
    """Queues messages. `send` puts an object on the webhook queue, `clock` gives epoch seconds."""

    def __init__(
        self,
        projects: Cards,
        deliveries: Deliveries,
        send: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self._projects = projects
        self._deliveries = deliveries
        self._send = send
        self._clock = clock

    def announce(self, result: Result) -> None:
        """Record and queue the message of a result if its project has a webhook; may be repeated.

        A repeat queues the message again unless an attempt was made: then a queue message was there, and it stays
        until the delivery ends. So nothing is lost when the first call died between record and queue.
        """
        card = self._projects.card(result.project_id)
        if card is None or not card.webhook:
            return
        delivery = task_completed(card, result, self._clock())
        if not self._deliveries.add(delivery):
            known = self._deliveries.get(delivery.id)
            if known is None or known.state != "waiting" or known.tries:
                return
        self._queue(delivery)

    def _queue(self, delivery: Delivery) -> None:
        self._send({"delivery": delivery.id, "project_id": delivery.project_id})

    def log(self, project_id: int, last_id: str, limit: int) -> list[dict[str, Any]]:
        """Rows of the delivery log above `last_id`, in the shape of contract events.md §2 with `state` and `attempts`
        beside."""
        return [log_row(delivery) for delivery in self._deliveries.after(project_id, last_id, limit)]

    def row(self, delivery_id: str) -> dict[str, Any]:
        """One row of the log; raises NotFound."""
        delivery = self._deliveries.get(delivery_id)
        if delivery is None:
            raise NotFound("no such webhook message")
        return log_row(delivery)

    def replay(self, project_id: int, delivery_id: str) -> dict[str, Any]:
        """Start the schedule of one message anew; its row of the log. Raises NotFound, also for a message of another
        project."""
        for _ in range(ROUNDS):
            delivery = self._deliveries.get(delivery_id)
            if delivery is None or delivery.project_id != project_id:
                raise NotFound("no such webhook message")
            replayed = delivery.replayed(self._clock())
            if self._deliveries.replace(delivery, replayed):
                self._queue(replayed)
                return log_row(replayed)
        raise Unavailable("The message is being delivered; try again in a moment.")

    def replay_many(self, project_id: int, last_id: str, only_failed: bool) -> tuple[list[str], str | None]:
        """Replay among the next messages above `last_id`; their ids, and where to go on (None: at the end)."""
        page = self._deliveries.after(project_id, last_id, REPLAYED_AT_ONCE)
        chosen = [one.id for one in page if one.state == "failed" or not only_failed]
        for delivery_id in chosen:
            self.replay(project_id, delivery_id)
        return chosen, page[-1].id if len(page) == REPLAYED_AT_ONCE else None


def task_completed(card: Card, result: Result, now: float) -> Delivery:
    """The message of a result version. Its text depends on nothing but project and result, so that whoever makes it
    again makes the same (contract events.md §2)."""
    fired_at = datetime.fromisoformat(result.created).replace(tzinfo=UTC)
    payload = {
        "event": "task_completed",
        "project_short_name": card.short_name,
        "project_id": result.project_id,
        "task_id": result.task_id,
        "result_id": result.id,
        "fired_at": f"{fired_at:%Y-%m-%d %H:%M:%S}",
    }
    return Delivery(
        id=f"{result.task_id}.{result.gen}",
        project_id=result.project_id,
        created=timestamp(now),
        updated=timestamp(now),
        payload=orjson.dumps(payload).decode(),
        due=int(now),
    )


def log_row(delivery: Delivery) -> dict[str, Any]:
    """One row of the delivery log; `response` and its code are those of the last attempt."""
    last = delivery.last
    answered = last is not None and last.status is not None
    return {
        "id": delivery.id,
        "created": delivery.created,
        "updated": delivery.updated,
        "project_id": delivery.project_id,
        "payload": orjson.loads(delivery.payload),
        "response": (last.response if answered else NOTHING_ANSWERED) if last is not None else None,
        "response_status_code": last.status if last is not None else None,
        "state": delivery.state,
        "attempts": [
            {name: getattr(attempt, name) for name in attempt.__struct_fields__} for attempt in delivery.attempts
        ],
    }
