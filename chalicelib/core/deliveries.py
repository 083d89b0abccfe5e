"""A webhook message and its attempts, as pure moves: claimed, noted, settled, replayed.

Each move makes a new record with `ver` one higher; the store replaces the old one only if nobody else has meanwhile.
A claim keeps other handlers off for as long as one attempt can take, and logs the attempt before it is made, so that a
crash leaves its trace and cannot make the schedule longer.
"""

from typing import Any, Literal, Protocol

import msgspec

from chalicelib.core.moments import timestamp

State = Literal["waiting", "delivered", "failed"]

CLAIM_SECONDS = 60  # an attempt takes at most 20 s, and the resolver's time
KEPT_ATTEMPTS = 30  # of the log; each has up to 2 KB of the answer
INTERRUPTED = "Interrupted: the attempt was begun and its end is not known"


class Attempt(msgspec.Struct, frozen=True):
    """One attempt: when it began, how many milliseconds it took, and what came back or why nothing did."""

    number: int
    at: str
    ms: int = 0
    status: int | None = None
    error: str | None = INTERRUPTED
    response: str = ""


class Delivery(msgspec.Struct, frozen=True):
    """One message. `payload` is the exact text sent each time; `due` is epoch seconds; `tries` counts the attempts
    since the last replay; `rerun` says that it was replayed."""

    id: str
    project_id: int
    created: str
    updated: str
    payload: str
    state: State = "waiting"
    due: int = 0
    tries: int = 0
    rerun: bool = False
    ver: int = 0
    attempts: tuple[Attempt, ...] = ()

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    def claimed(self, now: float) -> "Delivery":
        """The next attempt is begun."""
        begun = Attempt(self.last.number + 1 if self.last else 1, timestamp(now))
        return self._moved(
            now,
            due=int(now) + CLAIM_SECONDS,
            tries=self.tries + 1,
            attempts=(*self.attempts, begun)[-KEPT_ATTEMPTS:],
        )

    def noted(self, attempt: Attempt, now: float) -> "Delivery":
        """The log has the end of an attempt that was begun before."""
        return self._moved(now, attempts=self._with(attempt))

    def settled(self, attempt: Attempt, state: State, due: int, now: float) -> "Delivery":
        """The attempt ended; the message is done with, or due again."""
        return self._moved(now, attempts=self._with(attempt), state=state, due=due)

    def given_up(self, now: float) -> "Delivery":
        return self._moved(now, state="failed")

    def replayed(self, now: float) -> "Delivery":
        """The schedule starts anew with the same id and payload (contract events.md §2, re-fire)."""
        return self._moved(now, state="waiting", due=int(now), tries=0, rerun=True)

    def _with(self, attempt: Attempt) -> tuple[Attempt, ...]:
        return tuple(attempt if begun.number == attempt.number else begun for begun in self.attempts)

    def _moved(self, now: float, **changes: Any) -> "Delivery":
        return msgspec.structs.replace(self, ver=self.ver + 1, updated=timestamp(now), **changes)


class Courier(Protocol):
    """Makes the attempts of all messages."""

    def deliver(self, delivery_id: str) -> float | None:
        """Make the next attempt if it is due; seconds until the message should be looked at again, None when it is
        done with."""


class Webhooks(Protocol):
    """Messages before and after their delivery."""

    def log(self, project_id: int, last_id: str, limit: int) -> list[dict[str, Any]]:
        """Rows of the delivery log above `last_id` (contract events.md §2)."""

    def row(self, delivery_id: str) -> dict[str, Any]:
        """One row; raises NotFound."""

    def replay(self, project_id: int, delivery_id: str) -> dict[str, Any]:
        """Start the schedule of one message anew; its row of the log. Raises NotFound."""

    def replay_many(self, project_id: int, last_id: str, only_failed: bool) -> tuple[list[str], str | None]:
        """Replay among the next messages above `last_id`; their ids, and where to go on (None: at the end)."""


class WebhookSecrets(Protocol):
    """Signing secrets, newest first. All raise NotFound for an unknown project."""

    def current(self, project_id: int) -> list[str]: ...

    def rotate(self, project_id: int) -> list[str]:
        """Put a new secret in front; the one before stays valid beside it."""

    def retire(self, project_id: int) -> list[str]:
        """End the rotation: only the newest secret stays."""


class Queues(Protocol):
    """The stack's queues, by their addresses."""

    def hide(self, queue_url: str, receipt_handle: str, seconds: float) -> None:
        """Keep a received message from being received again for so long, or as long as the queue allows."""
