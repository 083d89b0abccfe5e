"""When the attempts are made, and what an answer means for the next one."""

import math
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import Enum

from chalicelib.settings import SettingsError

JITTER = 0.1  # of the delay, added: many messages that failed together do not come back together
LONGEST_RETRY_AFTER_SECONDS = 86_400.0
MAY_ASK_TO_WAIT = {429, 502, 503, 504}


class Verdict(Enum):
    """What an attempt's status means (Standard Webhooks 1.0, "Deliverability and reliability")."""

    DELIVERED = "delivered"
    GONE = "gone"
    FAILED = "failed"


def judge(status: int | None) -> Verdict:
    """Any 2xx is success; 410 asks never to be called again; all else, redirects included, is a failure."""
    if status is not None and 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.FAILED


def asked_wait(status: int, headers: Mapping[str, str], now: float) -> float:
    """Seconds that the answer's Retry-After asks to wait (number or date, RFC 9110 §10.2.3), at most a day; else 0."""
    value = headers.get("retry-after", "").strip()
    if status not in MAY_ASK_TO_WAIT or not value:
        return 0.0
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), LONGEST_RETRY_AFTER_SECONDS))
    try:
        seconds = parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


class Schedule:
    """The delays before each attempt, in seconds. `chance` gives a number in [0, 1)."""

    def __init__(self, delays: Sequence[float], chance: Callable[[], float]) -> None:
        self._delays = delays
        self._chance = chance

    @classmethod
    def parse(cls, text: str, chance: Callable[[], float]) -> "Schedule":
        """From the setting `webhook_delays`; raises SettingsError."""
        try:
            delays = [float(part) for part in text.split(",")]
        except ValueError:
            delays = []
        if not delays or not all(math.isfinite(delay) and delay >= 0 for delay in delays):
            raise SettingsError(f"NIMBOSSA_WEBHOOK_DELAYS is {text!r}: give seconds, comma separated, like 0,5,300")
        return cls(delays, chance)

    @property
    def attempts(self) -> int:
        return len(self._delays)

    def wait(self, tries: int, asked: float = 0.0) -> float | None:
        """Seconds to wait after `tries` failed attempts, and at least as long as the listener asked; None: no more."""
        if tries >= self.attempts:
            return None
        return max(self._delays[tries] * (1 + JITTER * self._chance()), asked)
