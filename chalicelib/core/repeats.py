"""A POST with an Idempotency-Key is done once; who sends it again gets the first answer (design §3, "beyond PYBOSSA").

A repeat is known by caller, path and key. The first sender claims it and answers; who comes meanwhile waits. Successes
are kept for a day, refusals are not: nothing was made, and a mended request may follow under the same key.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from chalicelib.core.errors import Conflict, Unavailable, ValueFault

LONGEST_KEY = 255
KEPT_SECONDS = 86400
CLAIM_SECONDS = 60  # longer than any request runs; after it, whoever comes answers in place of a sender that died
WAIT_SECONDS = 10.0
PAUSE_SECONDS = 0.15


class Kept(msgspec.Struct, frozen=True):
    """The first answer."""

    status: int
    body: Any


class Claim(msgspec.Struct):
    """The right to answer a repeat. `ids` are those that were taken for it, also by a sender that died."""

    key: str
    digest: str
    holder: str
    ids: list[int] = []


class Standing(msgspec.Struct, frozen=True):
    """What stands under a key already; `answer` is missing while it is worked on."""

    digest: str
    answer: Kept | None = None


class Repeats(Protocol):
    """Where they are kept."""

    def claim(self, key: str, digest: str, holder: str, until: int, expires: int) -> Claim | Standing:
        """Take a key that is free, expired, or whose holder of the same digest is late."""

    def note(self, claim: Claim) -> None:
        """Keep the claim's ids. Raises Unavailable when it is no longer held."""

    def finish(self, claim: Claim, answer: Kept) -> None:
        """Keep the answer, if the claim is still held."""

    def release(self, claim: Claim) -> None:
        """Free the key, if the claim is still held; with ids, for the same digest only, which goes on with them."""


class Once:
    """Does each keyed request once. `clock` gives epoch seconds."""

    def __init__(
        self, repeats: Repeats, clock: Callable[[], float], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._repeats = repeats
        self._clock = clock
        self._sleep = sleep

    def begin(self, scope: str, key: str, body: bytes) -> Claim | Kept:
        """The right to answer, or the first answer. Raises ValueFault for a key that is none, Conflict when the key
        came with another body before, Unavailable when the first answer takes too long."""
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise ValueFault(f"Idempotency-Key must have at most {LONGEST_KEY} characters, all printable.")
        name, digest = _hashed(f"{scope}\n{key}".encode()), _hashed(body)
        deadline = self._clock() + WAIT_SECONDS
        while True:
            now = int(self._clock())
            found = self._repeats.claim(name, digest, secrets.token_hex(8), now + CLAIM_SECONDS, now + KEPT_SECONDS)
            if isinstance(found, Claim):
                return found
            if found.digest != digest:
                raise Conflict("This Idempotency-Key came with another body before; use a new key for a new request.")
            if found.answer is not None:
                return found.answer
            if self._clock() > deadline:
                raise Unavailable("The first request with this Idempotency-Key is still being answered; ask again.")
            self._sleep(PAUSE_SECONDS)

    def note(self, claim: Claim, ids: list[int]) -> None:
        """Remember the ids that are taken, before they are used: whoever goes on in place of a sender that died then
        finds what is there already."""
        claim.ids = ids
        self._repeats.note(claim)

    def finish(self, claim: Claim, answer: Kept) -> None:
        self._repeats.finish(claim, answer)

    def release(self, claim: Claim) -> None:
        self._repeats.release(claim)


def _hashed(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
