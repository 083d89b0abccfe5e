"""USD for a million contributions: counted units, measured time, list prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core import costs, prices
from chalicelib.core.consumption import Usage
from tests.benchmarks.scale.steps import Contributions, Step

MILLION = 1_000_000
API_GB, STREAM_GB = 1.0, 0.5  # .chalice/config.json
BATCH = 100  # records that one call of the stream's function gets when there are many
LISTENER_SECONDS = 0.2  # that a webhook's listener takes; one message a call, the dearest case
RATE_SUM = 0.1  # write units for a request, at most (core/rate_limits.py)
DOORS = {"function URL": 0.0, "HTTP API": prices.HTTP_API.each, "REST API": prices.REST_API.each}


@dataclass(frozen=True)
class Bill:
    """USD for a million contributions, by what they are for; `requests` came to the front door for one of them."""

    reads: float
    writes: float
    functions: float
    messages: float
    requests: float

    @property
    def whole(self) -> float:
        return self.reads + self.writes + self.functions + self.messages

    def behind(self, door: str) -> float:
        return self.whole + MILLION * self.requests * DOORS[door]


def bill(
    counted: Contributions, alone: Contributions, prefetch: int, webhook: Step | None, milliseconds: Mapping[str, float]
) -> Bill:
    """`alone` is the count with redundancy 1 that the stream's time was measured with; `webhook` a message's step."""
    asked = milliseconds["newtask" if prefetch == 1 else f"newtask_of_{prefetch}"] / prefetch
    requests = 1 / prefetch + 1
    share = counted.stream.requests / counted.stream.times / (alone.stream.requests / alone.stream.times)
    streamed = milliseconds["stream_record"] * share
    messages = 1 / counted.n if webhook is not None else 0.0
    usage = Usage(
        reads=counted.reads + messages * (webhook.reads if webhook is not None else 0.0),
        writes=counted.writes + RATE_SUM * requests + messages * (webhook.writes if webhook is not None else 0.0),
        requests=requests + 2 / BATCH + messages,
        gb_seconds=(API_GB * (asked + milliseconds["taskrun"]) + STREAM_GB * streamed) / 1000
        + STREAM_GB * LISTENER_SECONDS * messages,
        messages=messages,
    )
    counting = usage.usd / costs.WORTH  # write units of the cost line itself
    return Bill(
        reads=MILLION * Usage(reads=usage.reads).usd,
        writes=MILLION * Usage(writes=usage.writes + counting).usd,
        functions=MILLION * Usage(requests=usage.requests, gb_seconds=usage.gb_seconds).usd,
        messages=MILLION * Usage(messages=usage.messages).usd,
        requests=requests,
    )
