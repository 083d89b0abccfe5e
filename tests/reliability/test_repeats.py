"""Keyed requests and bulk creation on the real stores: senders that die, and keys that expire."""

from typing import Any

import pytest

from chalicelib.core.repeats import Claim, Kept, Standing
from chalicelib.core.tasks import NewTask
from chalicelib.store.repeats import PART_BYTES, RepeatStore
from chalicelib.store.task_bulk import TaskBulk
from chalicelib.store.tasks import TaskStore
from tests.fakes.heart import Heart

NOW = 1_800_000_000
LATER = 100


class Clock:
    now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def repeats(connected: Any, clock: Clock) -> RepeatStore:
    return RepeatStore(clock)


def claim(repeats: RepeatStore, clock: Clock, key: str, holder: str, digest: str = "d") -> Claim | Standing:
    return repeats.claim(key, digest, holder, int(clock()) + 60, int(clock()) + 1000)


def held(found: Claim | Standing) -> Claim:
    assert isinstance(found, Claim)
    return found


def test_a_key_is_held_by_one_until_it_is_late(repeats: RepeatStore, clock: Clock) -> None:
    first = held(claim(repeats, clock, "a", "one"))
    assert claim(repeats, clock, "a", "two") == Standing("d")
    first.ids = [3, 4]
    repeats.note(first)
    clock.now += 60
    assert claim(repeats, clock, "a", "two", digest="other") == Standing("d")
    assert held(claim(repeats, clock, "a", "three")).ids == [3, 4]
    repeats.finish(first, Kept(200, "too late"))  # it lost the key
    repeats.release(first)
    assert claim(repeats, clock, "a", "four") == Standing("d")


@pytest.mark.parametrize("body", [{"id": 1}, "ü" * 10, list(range(200_000))], ids=["small", "text", "large"])
def test_an_answer_comes_back_whole_until_it_expires(repeats: RepeatStore, clock: Clock, body: Any) -> None:
    key = f"answer {len(str(body))}"
    mine = held(claim(repeats, clock, key, "one"))
    repeats.finish(mine, Kept(200, body))
    assert claim(repeats, clock, key, "two") == Standing("d", Kept(200, body))
    clock.now += 1000
    assert isinstance(claim(repeats, clock, key, "three"), Claim)
    clock.now -= 1000


def test_the_large_answer_of_the_test_is_in_parts() -> None:
    import zlib

    import orjson

    assert len(zlib.compress(orjson.dumps(list(range(200_000))), 1)) > PART_BYTES


def test_a_released_key_is_free(repeats: RepeatStore, clock: Clock) -> None:
    repeats.release(held(claim(repeats, clock, "r", "one")))
    assert isinstance(claim(repeats, clock, "r", "two", digest="other"), Claim)


def test_whoever_goes_on_with_the_same_ids_makes_only_what_is_missing(heart: Heart) -> None:
    tasks = TaskStore(heart.clock)
    bulk, news = TaskBulk(tasks), [NewTask(info={"n": n % 70}) for n in range(120)]
    queue = f"{heart.project}:p"
    made = list(zip(bulk.take_ids(heart.project, 120), news, strict=True))
    bulk.create(heart.project, queue, made[:60])  # and dies
    for _ in range(2):
        created = bulk.create(heart.project, queue, made)
        assert [task.id for task in created] == [task_id for task_id, _ in made]
    stored = tasks.after(heart.project, 0, 500)
    assert [(task.id, task.info) for task in stored] == [(task_id, new.info) for task_id, new in made]
    assert tasks.count(heart.project) == 120
    sheets, _ = heart.sheets.read([task.sheet for task in stored], [], consistent=True)
    assert sorted(sheet.task for sheet in sheets.values()) == [task_id for task_id, _ in made]


def test_an_import_finds_the_duplicates_of_what_was_made_in_bulk(heart: Heart) -> None:
    bulk = TaskBulk(TaskStore(heart.clock))
    ids = bulk.take_ids(heart.project, 3)
    bulk.create(heart.project, f"{heart.project}:p", [(one, NewTask(info=one % 2)) for one in ids])
    from chalicelib.store.task_batches import TaskBatches

    batch = TaskBatches(heart.clock).open(heart.project, f"{heart.project}:p", 1)
    assert batch.create([(1, NewTask(info=0)), (2, NewTask(info=1)), (3, NewTask(info=2))]) == [False, False, True]


def test_a_sender_who_gives_up_after_taking_ids_leaves_them_to_the_next_of_the_same(
    repeats: RepeatStore, clock: Clock
) -> None:
    """Its write may have come through though nobody heard of it."""
    first = held(claim(repeats, clock, "given up", "one"))
    first.ids = [7]
    repeats.note(first)
    repeats.release(first)
    assert claim(repeats, clock, "given up", "two", digest="other") == Standing("d")
    assert held(claim(repeats, clock, "given up", "three")).ids == [7]
