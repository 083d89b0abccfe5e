"""Keyed requests are done once, whoever comes when."""

from typing import Any

import pytest

from chalicelib.core.errors import Conflict, Unavailable, ValueFault
from chalicelib.core.repeats import CLAIM_SECONDS, KEPT_SECONDS, Claim, Kept, Once, Standing


class Shelf:
    """Repeats in memory, by the rules of the protocol."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.kept: dict[str, tuple[Claim, int, int, Kept | None]] = {}

    def claim(self, key: str, digest: str, holder: str, until: int, expires: int) -> Claim | Standing:
        old, old_until, old_expires, answer = self.kept.get(key, (None, 0, 0, None))
        late = old and answer is None and old.digest == digest and old_until <= self._clock()
        if old and old_expires > self._clock() and not late:
            return Standing(old.digest, answer)
        made = Claim(key, digest, holder, old.ids if old and late else [])
        self.kept[key] = made, until, expires, None
        return made

    def note(self, claim: Claim) -> None:
        assert self.kept[claim.key][0] is claim

    def finish(self, claim: Claim, answer: Kept) -> None:
        _, until, expires, _ = self.kept[claim.key]
        self.kept[claim.key] = claim, until, expires, answer

    def release(self, claim: Claim) -> None:
        _, _, expires, answer = self.kept.pop(claim.key)
        if claim.ids:
            self.kept[claim.key] = claim, 0, expires, answer


class Site:
    def __init__(self) -> None:
        self.now = 1000.0
        self.shelf = Shelf(lambda: self.now)
        self.once = Once(self.shelf, lambda: self.now, self.sleep)
        self.meanwhile: Any = lambda: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()

    def begin(self, key: str = "k", body: bytes = b"1", scope: str = "me /api/task") -> Claim | Kept:
        return self.once.begin(scope, key, body)


@pytest.fixture
def site() -> Site:
    return Site()


ANSWER = Kept(200, {"id": 1})


def test_the_second_gets_the_first_answer(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    site.once.finish(claim, ANSWER)
    assert site.begin() == ANSWER
    site.now += KEPT_SECONDS - 2
    assert site.begin() == ANSWER
    site.now += 2
    assert isinstance(site.begin(), Claim)


def test_callers_paths_and_keys_do_not_meet(site: Site) -> None:
    for given in ({}, {"key": "other"}, {"scope": "you /api/task"}, {"scope": "me /api/project"}):
        assert isinstance(site.begin(**given), Claim)


def test_another_body_under_the_same_key_is_a_conflict(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    for _ in range(2):
        with pytest.raises(Conflict):
            site.begin(body=b"2")
        site.once.finish(claim, ANSWER)


def test_who_comes_meanwhile_waits_for_the_answer(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    site.meanwhile = lambda: site.once.finish(claim, ANSWER)
    assert site.begin() == ANSWER


def test_who_waits_too_long_is_told_to_come_again(site: Site) -> None:
    site.begin()
    with pytest.raises(Unavailable):
        site.begin()


def test_a_refusal_frees_the_key(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    site.once.release(claim)
    assert isinstance(site.begin(body=b"2"), Claim)


def test_who_goes_on_for_a_sender_that_died_has_its_ids(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    site.once.note(claim, [5, 6])
    site.now += CLAIM_SECONDS
    heir = site.begin()
    assert isinstance(heir, Claim)
    assert heir.ids == [5, 6]


def test_who_comes_after_a_sender_that_gave_up_with_ids_goes_on_with_them(site: Site) -> None:
    claim = site.begin()
    assert isinstance(claim, Claim)
    site.once.note(claim, [5])
    site.once.release(claim)
    heir = site.begin()
    assert isinstance(heir, Claim)
    assert heir.ids == [5]


@pytest.mark.parametrize("key", ["k" * 256, "a\x00b", "ü\n"])
def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    with pytest.raises(ValueFault):
        site.begin(key)
