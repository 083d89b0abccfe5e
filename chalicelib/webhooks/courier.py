"""One attempt at one message: claimed, sent, judged, logged."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.core.deliveries import CLAIM_SECONDS, Attempt, Delivery, State
from chalicelib.core.outgoing import Answer, OutgoingFailure
from chalicelib.webhooks.outbox import Cards, Deliveries
from chalicelib.webhooks.schedule import Schedule, Verdict, asked_wait, judge
from chalicelib.webhooks.secrets import Secrets
from chalicelib.webhooks.signing import signature_headers

KEPT_RESPONSE_BYTES = 2048
ROUNDS = 5
AGENT = "Nimbossa-Webhooks/1"


class Post(Protocol):
    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises OutgoingFailure."""


@dataclass(frozen=True)
class Tools:
    """What an attempt needs of the outside. `turn_off` removes a project's webhook if it is still the given one;
    `give_up` puts an object on the dead-letter queue; `clock` gives epoch seconds."""

    post: Post
    turn_off: Callable[[int, str], Any]
    give_up: Callable[[Mapping[str, Any]], None]
    clock: Callable[[], float]


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; `ends` when there is no address to call any more, `asked` are the listener's seconds."""

    attempt: Attempt
    verdict: Verdict
    asked: float = 0.0
    ends: bool = False


class Courier:
    """Makes the attempts of all messages."""

    def __init__(
        self, projects: Cards, deliveries: Deliveries, secrets: Secrets, schedule: Schedule, tools: Tools
    ) -> None:
        self._projects = projects
        self._deliveries = deliveries
        self._secrets = secrets
        self._schedule = schedule
        self._tools = tools

    def deliver(self, delivery_id: str) -> float | None:
        """Make the next attempt if it is due; seconds until the message should be looked at again, None when it is
        done with. Of several handlers at once, one makes the attempt."""
        now = self._tools.clock()
        delivery = self._deliveries.get(delivery_id)
        if delivery is None or delivery.state != "waiting":
            return None
        if delivery.due > now:
            return delivery.due - now
        if delivery.tries >= self._schedule.attempts:  # the last attempt's handler died before it could say so
            return self._abandon(delivery)
        claimed = delivery.claimed(now)
        if not self._deliveries.replace(delivery, claimed):
            return CLAIM_SECONDS
        return self._settle(claimed, self._attempt(claimed))

    def _abandon(self, delivery: Delivery) -> float | None:
        self._tools.give_up(_dead_letter(delivery))
        given_up = delivery.given_up(self._tools.clock())
        return None if self._deliveries.replace(delivery, given_up) else CLAIM_SECONDS

    def _attempt(self, delivery: Delivery) -> Outcome:
        begun = delivery.attempts[-1]
        card = self._projects.card(delivery.project_id)
        if card is None or not card.webhook:
            ended = Attempt(begun.number, begun.at, error="The project has no webhook any more")
            return Outcome(ended, Verdict.FAILED, ends=True)
        url = f"{card.webhook}{'&' if '?' in card.webhook else '?'}rerun=True" if delivery.rerun else card.webhook
        outcome = self._call(url, delivery, begun)
        if outcome.verdict is Verdict.GONE:
            self._tools.turn_off(delivery.project_id, card.webhook)
        return outcome

    def _call(self, url: str, delivery: Delivery, begun: Attempt) -> Outcome:
        secrets = self._secrets.of_project(delivery.project_id)
        start = self._tools.clock()
        headers = {
            "Content-type": "application/json",
            "Accept": "text/plain",
            "User-Agent": AGENT,
            **signature_headers(secrets, delivery.id, start, delivery.payload),
        }
        try:
            answer = self._tools.post(url, headers, delivery.payload.encode())
        except OutgoingFailure as failure:
            spent = self._milliseconds_since(start)
            error = f"{type(failure).__name__}: {failure}"[:KEPT_RESPONSE_BYTES]
            return Outcome(Attempt(begun.number, begun.at, spent, error=error), Verdict.FAILED)
        text = answer.body[:KEPT_RESPONSE_BYTES].decode(errors="replace")
        ended = Attempt(begun.number, begun.at, self._milliseconds_since(start), answer.status, None, text)
        asked = asked_wait(answer.status, answer.headers, self._tools.clock())
        return Outcome(ended, judge(answer.status), asked)

    def _milliseconds_since(self, start: float) -> int:
        return max(0, round((self._tools.clock() - start) * 1000))

    def _settle(self, claimed: Delivery, outcome: Outcome) -> float | None:
        now = self._tools.clock()
        wait = self._schedule.wait(claimed.tries, outcome.asked)
        if outcome.verdict is Verdict.FAILED and not outcome.ends and wait is not None:
            due = math.ceil(now + wait)
            settled = claimed.settled(outcome.attempt, "waiting", due, now)
            return due - now if self._deliveries.replace(claimed, settled) else self._note(claimed, outcome)
        state: State = "delivered" if outcome.verdict is Verdict.DELIVERED else "failed"
        settled = claimed.settled(outcome.attempt, state, claimed.due, now)
        if outcome.verdict is Verdict.FAILED and not outcome.ends:
            # Before the record says so: a crash in between repeats the dead letter instead of losing it.
            self._tools.give_up(_dead_letter(settled))
        return None if self._deliveries.replace(claimed, settled) else self._note(claimed, outcome)

    def _note(self, claimed: Delivery, outcome: Outcome) -> float:
        """The record moved on while the attempt was made: it was replayed, or the attempt outlasted its claim. Log
        the attempt's end, and count it if it was a success; the rest is the business of who moved the record."""
        for _ in range(ROUNDS):
            now = self._tools.clock()
            current = self._deliveries.get(claimed.id)
            if current is None:
                break
            noted = current.noted(outcome.attempt, now)
            if outcome.verdict is Verdict.DELIVERED and current.rerun == claimed.rerun:
                noted = current.settled(outcome.attempt, "delivered", current.due, now)
            if self._deliveries.replace(current, noted):
                break
        return CLAIM_SECONDS


def _dead_letter(delivery: Delivery) -> dict[str, Any]:
    last = delivery.last
    return {
        "delivery": delivery.id,
        "project_id": delivery.project_id,
        "payload": delivery.payload,
        "tries": delivery.tries,
        "status": last.status if last else None,
        "error": last.error if last else None,
    }
