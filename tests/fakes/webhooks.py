"""Webhook messages in memory, a listener that answers as told, and a queue that hides messages: a post office without
a network, in which days pass at once."""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.deliveries import Delivery
from chalicelib.core.outgoing import Answer, OutgoingFailure
from chalicelib.core.projects import Card, Rules
from chalicelib.core.results import Result
from chalicelib.webhooks.courier import Courier, Tools
from chalicelib.webhooks.outbox import Deliveries, Outbox
from chalicelib.webhooks.schedule import Schedule
from chalicelib.webhooks.secrets import Secrets
from tests.fakes.heart import Clock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DELAYS = (0.0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
HOOK = "https://hook.example.com/"

Reply = Answer | OutgoingFailure | Exception


class MemoryDeliveries:
    """The messages of all projects, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}

    def add(self, delivery: Delivery) -> bool:
        return self.kept.setdefault(delivery.id, delivery) is delivery

    def get(self, delivery_id: str) -> Delivery | None:
        return self.kept.get(delivery_id)

    def replace(self, old: Delivery, new: Delivery) -> bool:
        if old.id not in self.kept or self.kept[old.id].ver != old.ver:
            return False
        self.kept[old.id] = new
        return True

    def after(self, project_id: int, last_id: str, limit: int) -> list[Delivery]:
        chosen = [one for one in self.kept.values() if one.project_id == project_id and one.id > last_id]
        return sorted(chosen, key=lambda one: one.id)[:limit]


class MemoryHook:
    """One project's webhook settings."""

    def __init__(self, project_id: int, url: str | None = HOOK) -> None:
        self.project_id = project_id
        self.url = url
        self.kept = [SECRET]

    def card(self, project_id: int) -> Card | None:
        if project_id != self.project_id:
            return None
        return Card(project_id, "birds", 1, [1], True, True, "key", self.url, Rules())

    def secrets(self, project_id: int) -> list[str] | None:
        return list(self.kept) if project_id == self.project_id else None

    def replace_secrets(self, project_id: int, seen: Sequence[str], new: Sequence[str]) -> bool:
        self.kept = list(new)
        return True

    def turn_off(self, project_id: int, url: str) -> bool:
        if url != self.url:
            return False
        self.url = None
        return True


@dataclass
class Heard:
    """One request that a listener got."""

    at: float
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PostOffice:
    """Outbox, courier and queue of one project. `reply` answers each request; `latency` seconds pass meanwhile."""

    reply: Callable[[Heard], Reply]
    project: int = 4
    deliveries: Deliveries = field(default_factory=MemoryDeliveries)
    clock: Clock = field(default_factory=Clock)
    delays: Sequence[float] = DELAYS
    chance: Callable[[], float] = lambda: 0.0
    latency: float = 0.25

    def __post_init__(self) -> None:
        self.hook = MemoryHook(self.project)
        self.heard: list[Heard] = []
        self.dead: list[Mapping[str, Any]] = []
        self.queue: list[tuple[float, int, str]] = []  # visible at, order, delivery id
        self.receives = 0
        self._order = itertools.count()
        self.outbox = Outbox(self.hook, self.deliveries, self._send, self.clock)
        tools = Tools(self._post, self.hook.turn_off, self.dead.append, self.clock)
        schedule = Schedule(self.delays, self.chance)
        self.courier = Courier(self.hook, self.deliveries, Secrets(self.hook, self.clock), schedule, tools)

    def _send(self, message: Mapping[str, Any]) -> None:
        self.hide(message["delivery"], 0)

    def hide(self, delivery_id: str, seconds: float) -> None:
        heapq.heappush(self.queue, (self.clock() + seconds, next(self._order), delivery_id))

    def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.heard.append(Heard(self.clock(), url, headers, body))
        self.clock.jump(self.latency)
        reply = self.reply(self.heard[-1])
        if isinstance(reply, Answer):
            return reply
        raise reply

    def receive(self, longest_hiding: float = 39_600) -> None:
        """Receive the next message, waiting for it if need be; a crashed handler's comes back after 1,440 s."""
        visible, _, delivery_id = heapq.heappop(self.queue)
        self.clock.now = max(self.clock.now, visible)
        self.receives += 1
        try:
            wait = self.courier.deliver(delivery_id)
        except Crash:
            wait = 1440
        if wait is not None:
            self.hide(delivery_id, min(wait, longest_hiding))

    def run(self, most_receives: int = 100) -> None:
        """Receive until the queue is empty."""
        while self.queue:
            assert self.receives < most_receives, "the queue does not come to an end"
            self.receive()

    def announced(self, task: int = 7, gen: int = 0) -> Delivery:
        """Announce a result; its message."""
        self.outbox.announce(result_of(self.project, task, gen))
        delivery = self.deliveries.get(f"{task}.{gen}")
        assert delivery is not None
        return delivery

    def stored(self, delivery_id: str = "7.0") -> Delivery:
        delivery = self.deliveries.get(delivery_id)
        assert delivery is not None
        return delivery


class Crash(Exception):
    """The handler died here."""


def result_of(project: int, task: int = 7, gen: int = 0) -> Result:
    return Result(900 + gen, "2026-11-22T17:07:13.346655", project, task, [11, 12, 13], True, None, gen)


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
