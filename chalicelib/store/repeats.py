"""Repeats of POSTs and their answers, deflated, in parts when they are larger than an item."""

import time
import zlib
from collections.abc import Callable

import orjson

from chalicelib.core.errors import Unavailable
from chalicelib.core.repeats import Claim, Kept, Standing
from chalicelib.store.conditions import save_if, update_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import RepeatItem

PART_BYTES = 350_000  # an item holds 400 KB (AWS: "Quotas in Amazon DynamoDB")


class RepeatStore:
    """All repeats. `clock` gives epoch seconds; time to live only cleans up, up to days late."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def claim(self, key: str, digest: str, holder: str, until: int, expires: int) -> Claim | Standing:
        """See core/repeats.py. One write unit for a new key."""
        item = RepeatItem(key, digest=digest, holder=holder, until=until, expires=expires)
        if save_if(item, RepeatItem.key.does_not_exist()):
            return Claim(key, digest, holder)
        standing = self._read(key)
        if standing is None:
            return self.claim(key, digest, holder, until, expires)
        if standing.expires <= self._clock():
            return self._take_over(standing, item)
        if standing.parts is None and standing.digest == digest and (standing.until or 0) <= self._clock():
            item.ids = standing.ids
            return self._take_over(standing, item)
        return self._standing(standing)

    def _take_over(self, standing: RepeatItem, item: RepeatItem) -> Claim | Standing:
        if not save_if(item, RepeatItem.holder == standing.holder):
            return Standing(item.digest or "")
        return Claim(item.key, item.digest or "", item.holder or "", orjson.loads(item.ids) if item.ids else [])

    def _standing(self, item: RepeatItem) -> Standing:
        digest = item.digest or ""
        return Standing(digest) if item.parts is None else Standing(digest, self._answer(item))

    def _answer(self, item: RepeatItem) -> Kept:
        names = [f"{item.key}#{item.holder}#{number}" for number in range(1, item.parts or 1)]
        found = read_together(Wanted(RepeatItem, [(name,) for name in names], consistent=True))[RepeatItem]
        rest = {part.key: part.body for part in found}
        deflated = b"".join([item.body or b"", *(rest.get(name) or b"" for name in names)])
        return Kept(item.status or 200, orjson.loads(zlib.decompress(deflated)))

    def _read(self, key: str) -> RepeatItem | None:
        found: list[RepeatItem] = read_together(Wanted(RepeatItem, [(key,)], consistent=True))[RepeatItem]
        return next(iter(found), None)

    def note(self, claim: Claim) -> None:
        actions = [RepeatItem.ids.set(orjson.dumps(claim.ids).decode())]
        if not update_if(RepeatItem, (claim.key,), actions, RepeatItem.holder == claim.holder):
            raise Unavailable("This took so long that another request with its Idempotency-Key goes on with it.")

    def finish(self, claim: Claim, answer: Kept) -> None:
        deflated = zlib.compress(orjson.dumps(answer.body), 1)
        parts = [deflated[start : start + PART_BYTES] for start in range(0, len(deflated), PART_BYTES)]
        expires = self._expires(claim)
        for number, part in enumerate(parts[1:], 1):
            RepeatItem(f"{claim.key}#{claim.holder}#{number}", body=part, expires=expires).save()
        actions = [
            RepeatItem.status.set(answer.status),
            RepeatItem.parts.set(len(parts)),
            RepeatItem.body.set(parts[0]),
        ]
        update_if(RepeatItem, (claim.key,), actions, RepeatItem.holder == claim.holder)

    def _expires(self, claim: Claim) -> int:
        found = self._read(claim.key)
        return found.expires if found is not None else int(self._clock())

    def release(self, claim: Claim) -> None:
        """A key that was used for nothing expires at once. Where ids were taken, something may be stored under them
        though nobody heard of it: the next sender of the same goes on with them, at once."""
        now = int(self._clock())
        actions = [RepeatItem.until.set(now) if claim.ids else RepeatItem.expires.set(now)]
        update_if(RepeatItem, (claim.key,), actions, RepeatItem.holder == claim.holder)
