"""Requests to addresses that users gave: what comes back, and the reasons why nothing does.

OutgoingFailure
├── RefusedAddress  the egress guard does not let us go there
├── Unreachable     no such name, no connection, no trust in the certificate
├── TooSlow         a time limit passed
└── BadAnswer       what came back is not HTTP, or too large
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class OutgoingFailure(Exception):
    """No usable answer; the message says why, in words for the owner of the address."""


class RefusedAddress(OutgoingFailure):
    """The egress guard does not let us go there."""


class Unreachable(OutgoingFailure):
    """No such name, no connection, or no trust in the certificate."""


class TooSlow(OutgoingFailure):
    """A time limit passed."""


class BadAnswer(OutgoingFailure):
    """What came back is not HTTP, or too large."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Header names are in lower case; `whole` is False when the body was cut by a limit of size or
    time or by the other side."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True)
class Streamed:
    """An HTTP answer whose body comes in pieces, decompressed, to be read once. Reading raises OutgoingFailure."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
