"""Statistics do not depend on how the stream delivers: twice, late, out of order, split in any way (R5)."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.contributors import contributor_key
from chalicelib.core.identifiers import EPOCH_MILLISECONDS, WORKERS
from chalicelib.core.results import MalformedRecord
from chalicelib.core.statistics import ROOT, SPANS, Known, Leaf, Node, Statistics, groups
from chalicelib.core.tallies import EXACT, Tally, summed, tally_of
from chalicelib.core.task_facts import GONE, Change, Facts, change_of, facts_of, newer, read, written
from tests.fakes.memory_statistics import MemoryStatistics

PROJECT = 7
DAY = 24 * 3_600_000
KEYS = [contributor_key(b"secret", f"{kind}:{number}") for kind in ("user", "ip", "browser") for number in range(9)]
Image = dict[str, Any]


def run_id(milliseconds: int, worker: int = 0) -> int:
    """Of a run made so long after ids began."""
    return milliseconds * WORKERS + worker


def image(task: int, ver: int, n: int, seats: dict[str, int]) -> Image:
    numbers = {"task": task, "project": PROJECT, "n": n, "ver": ver}
    held = {who: {"N": str(value)} for who, value in seats.items()}
    return {"key": {"S": str(task)}, "seats": {"M": held}, **{key: {"N": str(one)} for key, one in numbers.items()}}


@st.composite
def lives(draw: st.DrawFn) -> list[Image | None]:
    """A task's images from its creation on; it may be removed at the end."""
    task = draw(st.integers(1, 40_000))
    seats: dict[str, int] = {}
    n = draw(st.integers(1, 4))
    images: list[Image | None] = [image(task, 0, n, seats)]
    for ver in range(1, draw(st.integers(0, 8)) + 1):
        who = draw(st.sampled_from(KEYS))
        match draw(st.sampled_from(["lease", "answer", "withdraw", "redundancy"])):
            case "lease":
                seats.setdefault(who, 1_795_000_000)
            case "answer":
                seats[who] = -run_id(draw(st.integers(1, 60 * DAY)), ver)
            case "withdraw":
                seats.pop(who, None)
            case "redundancy":
                n = draw(st.integers(1, 5))
        images.append(image(task, ver, n, seats))
    return images + [None] * draw(st.booleans())


def changes_in(images: Sequence[Image | None]) -> list[Change]:
    found = (change_of(old, new) for old, new in itertools.pairwise([None, *images]))
    return [change for change in found if change is not None]


def in_the_end(images: Sequence[Image | None]) -> Tally:
    last = images[-1]
    if last is None:
        return Tally()
    runs = [(-int(held["N"]), who) for who, held in last["seats"]["M"].items() if int(held["N"]) < 0]
    return tally_of([facts_of(int(last["n"]["N"]), runs)])


def statistics(store: MemoryStatistics) -> Statistics:
    ticks = itertools.count(0, 100)  # nothing is remembered
    folding = Statistics(store, lambda project: 0.0, lambda: 0.0)
    folding._remembered._clock = ticks.__next__  # type: ignore[assignment]
    return folding


distinct_lives = st.lists(lives(), max_size=6, unique_by=lambda images: images[0]["task"]["N"])  # type: ignore[index]


@given(distinct_lives, st.data())
def test_the_sum_depends_on_neither_order_nor_repetition_nor_splitting(
    all_lives: list[list[Image | None]], data: st.DataObject
) -> None:
    changes = [change for images in all_lives for change in changes_in(images)]
    again = data.draw(st.lists(st.sampled_from(changes))) if changes else []
    delivered = data.draw(st.permutations(changes + again))
    folding = statistics(MemoryStatistics())
    while delivered:
        size = data.draw(st.integers(1, len(delivered)))
        batch, delivered = delivered[:size], delivered[size:]
        for group in groups(batch):
            folding.fold(group)
        if data.draw(st.booleans()):
            folding.of_project(PROJECT)
    assert folding.of_project(PROJECT) == summed(map(in_the_end, all_lives))


@given(st.lists(lives(), max_size=8), st.randoms(use_true_random=False))
def test_a_sum_of_sums_is_the_sum_of_all(all_lives: list[list[Image | None]], random: Any) -> None:
    parts = list(map(in_the_end, all_lives))
    whole = summed(parts)
    random.shuffle(parts)
    middle = random.randint(0, len(parts))
    assert summed([summed(parts[:middle]), summed(parts[middle:])]) == whole


@given(lives())
def test_what_is_written_of_a_task_is_read_back(images: list[Image | None]) -> None:
    for change in changes_in(images):
        facts = read(change.entry)
        assert (facts is None) is (change.entry == GONE)
        assert facts is None or written(int(change.entry[:8], 16), facts) == change.entry


def test_a_lease_is_no_news_and_an_answer_is() -> None:
    empty = image(5, 0, 2, {})
    leased = image(5, 1, 2, {KEYS[0]: 1_795_000_000})
    answered = image(5, 2, 2, {KEYS[0]: -run_id(DAY)})
    assert change_of(empty, leased) is None
    change = change_of(leased, answered)
    assert change is not None
    facts = read(change.entry)
    assert facts == Facts(2, (((EPOCH_MILLISECONDS + DAY) // 3_600_000, KEYS[0][:7]),), EPOCH_MILLISECONDS + DAY)


def test_a_removed_task_stays_removed_whatever_comes_late() -> None:
    change = change_of(image(5, 3, 2, {}), None)
    assert change is not None
    assert change.entry == GONE
    assert not newer(written(2**31, Facts(1)), GONE)


def test_a_guard_is_no_task() -> None:
    guard = {**image(5, 0, 1, {}), "src": {"S": "guard"}}
    assert change_of(None, guard) is None


def test_an_image_without_its_numbers_is_told() -> None:
    with pytest.raises(MalformedRecord, match="n is not a whole number"):
        change_of(None, {**image(5, 0, 1, {}), "n": {"S": "two"}})


def test_a_leaf_of_three_full_tasks_answered_in_twenty_hours_stays_below_a_kilobyte() -> None:
    keys = [contributor_key(b"s", f"user:{number}") for number in range(30)]
    runs = [(run_id(number * 2 // 3 * DAY // 4), key) for number, key in enumerate(keys)]
    entries = [written(60, facts_of(30, runs)) for _ in range(SPANS[0])]
    names = sum(len(f"t{10**9}") for _ in entries)
    assert sum(map(len, entries)) + names + len("leaf:100000.1.1000000placenode") + 21 <= 1024


def test_volunteers_are_counted_one_by_one_up_to_a_thousand_and_estimated_beyond() -> None:
    for number, off in ((EXACT, 0.0), (20_000, 0.1)):
        keys = [contributor_key(b"s", f"user:{one}") for one in range(number)]
        tasks = [facts_of(1, [(run_id(1), key), (run_id(2), key)]) for key in keys]
        tally = summed([tally_of(tasks[: number // 3]), tally_of(tasks[number // 5 :])])
        assert abs(tally.count("user") - number) <= off * number
        assert tally.count("ip", "browser", "external") == 0


class Meeting(MemoryStatistics):
    """At each step of one party, `others` may take steps: what two processes do at once."""

    def __init__(self, others: Iterator[None], when: Iterator[bool]) -> None:
        super().__init__()
        self._others, self._when = others, when

    def _meet(self) -> None:
        while next(self._when, False) and next(self._others, "over") != "over":
            pass

    def write(self, *given: Any, **more: Any) -> None:
        self._meet()
        super().write(*given, **more)

    def unmarked(self, nodes: Sequence[Node]) -> list[Node]:
        self._meet()
        found = super().unmarked(nodes)
        self._meet()
        return found

    def begin(self, node: Node) -> int:
        self._meet()
        return super().begin(node)

    def leaves(self, node: Node) -> Any:
        self._meet()
        found = super().leaves(node)
        self._meet()
        return found

    def children(self, node: Node) -> Any:
        self._meet()
        found = super().children(node)
        self._meet()
        return found

    def known(self, node: Node) -> Known:
        return super().known(node)

    def finish(self, *given: Any) -> None:
        self._meet()
        super().finish(*given)


def writing(store: list[MemoryStatistics], changes: list[Change]) -> Iterator[None]:
    """The stream's function as single steps on the store; it may stop after any of them, as one that died."""
    for change in changes:
        leaf = Node(PROJECT, 0, change.task_id // SPANS[0])
        MemoryStatistics.write(store[0], leaf, {change.task_id: change.entry})
        yield
        for node in MemoryStatistics.unmarked(store[0], leaf.above):
            yield
            MemoryStatistics.mark(store[0], node)
            yield


@given(distinct_lives, st.lists(st.booleans(), max_size=80))
def test_a_reader_who_meets_a_writer_at_any_step_misses_nothing_in_the_end(
    all_lives: list[list[Image | None]], when: list[bool]
) -> None:
    changes = [change for images in all_lives for change in changes_in(images)]
    holder: list[MemoryStatistics] = []
    writer = writing(holder, changes)
    store = Meeting(writer, iter(when))
    holder.append(store)
    reader = statistics(store)
    reader.of_project(PROJECT)
    reader.of_project(PROJECT)
    for _ in writer:
        pass
    assert reader.of_project(PROJECT) == summed(map(in_the_end, all_lives))


@given(distinct_lives, st.integers(0, 60), st.integers(0, 60))
def test_a_writer_who_dies_at_any_step_is_made_good_by_the_next_delivery(
    all_lives: list[list[Image | None]], steps: int, more: int
) -> None:
    changes = [change for images in all_lives for change in changes_in(images)]
    store = MemoryStatistics()
    for dies in (steps, more):
        for _ in itertools.islice(writing([store], changes), dies):
            pass
        statistics(store).of_project(PROJECT)
    for group in groups(changes):
        statistics(store).fold(group)
    assert statistics(store).of_project(PROJECT) == summed(map(in_the_end, all_lives))


def test_a_reader_without_time_gives_what_was_read_and_the_next_one_goes_on() -> None:
    store, now = MemoryStatistics(), itertools.count(0.0, 1.0)
    changes = [Change(PROJECT, 400 * number, written(1, Facts(1))) for number in range(1, 30)]
    for group in groups(changes):
        statistics(store).fold(group)
    seen = [Statistics(store, lambda project: 0.0, now.__next__).of_project(PROJECT).tasks for _ in range(60)]
    assert seen[0] < 29
    assert seen[-1] == 29


def test_nothing_is_known_of_a_new_project_and_that_is_zeros() -> None:
    assert statistics(MemoryStatistics()).of_project(PROJECT) == Tally()


def test_each_node_has_its_parent_up_to_the_root() -> None:
    leaf = Node(PROJECT, 0, 45_000_123 // SPANS[0])
    assert [(node.level, node.index) for node in leaf.above] == [(1, 300_000), (2, 5_000), (ROOT, 0)]
    assert Leaf({}, 0).tally == Tally()


@pytest.mark.parametrize(("answers", "early", "spared"), [(3, 1, 2), (4, 1, 1), (5, 0, 0), (6, 0, 0)])
def test_what_came_nevertheless_was_not_spared(answers: int, early: int, spared: int) -> None:
    """A task that wanted 5 was completed by 3 that agree; under at_least further leases are good for answers."""
    facts = facts_of(3, [(run_id(one), f"u{one:015}") for one in range(1, answers + 1)], spared=2)
    assert read(written(1, facts)) == facts
    tally = tally_of([facts])
    assert (tally.runs, tally.completed, tally.early, tally.spared) == (answers, 1, early, spared)
