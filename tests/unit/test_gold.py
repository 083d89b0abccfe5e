"""Gold tasks on stores in memory: who gets one when, what they are not, and what is right."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.core.agreement import Agreement
from chalicelib.core.errors import DataFault, Forbidden
from chalicelib.core.gold import HAS_RESULT, is_right
from chalicelib.core.gold_rate import due, read_gold_rate
from chalicelib.core.projects import check_rules
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_queue
from chalicelib.core.results import completion
from chalicelib.core.seats import Refusal, Sheet
from chalicelib.core.stores import Hints
from chalicelib.core.tallies import Tally, tally_of
from chalicelib.core.task_facts import GOLD_FACTS, change_of, newer, read
from chalicelib.core.tasks import Task
from tests.fakes.heart import LEASE_SECONDS, Heart, key_of
from tests.fakes.memory import memory_heart


@pytest.fixture
def heart() -> Heart:
    found = memory_heart()
    found.gold_rate = 0.25
    return found


def gold_among(heart: Heart, count: int, gold: int, n: int = 1) -> tuple[list[Task], list[Task]]:
    """Tasks, and gold ones whose answer is "cirrus"."""
    tasks = heart.add(count + gold, n=n)
    for task in tasks[count:]:
        heart.set_gold(task, "cirrus")
    return tasks[:count], tasks[count:]


@pytest.mark.parametrize("wrong", [-0.1, 0.6, 1, True, "0.1", [0.1]])
def test_a_rate_beyond_one_half_is_refused(wrong: Any) -> None:
    with pytest.raises(DataFault, match="a number from 0 to 0"):
        check_rules({"gold_rate": wrong})


def test_a_rate_is_read_and_none_is_off() -> None:
    assert [read_gold_rate(value) for value in (None, 0, 0.5, 0.1)] == [0.0, 0.0, 0.5, 0.1]
    assert not any(due("me", turn, 0.0) for turn in range(100))


@pytest.mark.parametrize("rate", [5e-324, 1e-310, 1e-17])
def test_a_rate_of_next_to_nothing_is_never(rate: float) -> None:
    assert not any(due("me", turn, read_gold_rate(rate)) for turn in range(100))


@pytest.mark.parametrize(("rate", "interval"), [(0.5, 2), (0.25, 4), (0.1, 10), (0.3, 3)])
def test_one_in_so_many_tasks_is_gold_at_a_place_that_differs(rate: float, interval: int) -> None:
    turns = [turn for turn in range(100 * interval) if due("somebody", turn, rate)]
    assert [turn // interval for turn in turns] == list(range(100))
    assert set(Counter(turn % interval for turn in turns)) == set(range(interval))
    assert turns != [turn for turn in range(100 * interval) if due("another", turn, rate)]


def test_a_volunteer_gets_gold_tasks_at_the_rate_each_once_and_then_only_others(heart: Heart) -> None:
    _, gold = gold_among(heart, 40, 3)
    given = []
    while (run := heart.answer_next("me", "x")) is not None:
        given.append(run.task_id in {task.id for task in gold})
    assert (len(given), sum(given)) == (43, 3)
    assert given[:12] == [due(key_of("me"), turn, 0.25) for turn in range(12)]


def test_of_several_tasks_at_most_one_is_gold_and_a_prefetch_counts_what_is_held(heart: Heart) -> None:
    heart.gold_rate = 0.5
    _, gold = gold_among(heart, 20, 5)
    found = heart.ask_ids("me", limit=4)
    assert len(set(found) & {task.id for task in gold}) == 1
    ahead = memory_heart()
    ahead.gold_rate = 0.25
    _, gold = gold_among(ahead, 20, 5)
    handed = [ahead.ask("me")[0]]
    for _ in range(11):  # as a presenter does: the next one is asked for while the last one is answered
        handed += ahead.ask("me", offset=1)
        ahead.submit("me", handed[-2].task)
    given = [one.task.id in {task.id for task in gold} for one in handed]
    assert given == [due(key_of("me"), turn, 0.25) for turn in range(12)]


def test_without_gold_tasks_or_a_rate_everything_is_as_ever(heart: Heart) -> None:
    tasks = heart.add(8)
    assert [heart.answer_next("me").task_id for _ in tasks] == [task.id for task in tasks]  # type: ignore[union-attr]
    heart.gold_rate = 0.0
    _, (gold,) = gold_among(heart, 4, 1)
    found = []
    while (run := heart.answer_next("you")) is not None:
        found.append(run.task_id)
    assert gold.id not in found


def test_what_an_index_still_lists_as_a_usual_task_is_not_handed_out(heart: Heart) -> None:
    heart.gold_rate = 0.0
    gold, usual = heart.add(2)
    old = heart.queue.near(heart.queue_name)
    heart.set_gold(gold, "cirrus")

    class Lagging:
        def near(self, queue: str, least: int = 0, after: str | None = None) -> Any:
            return old

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    real, heart.queue = heart.queue, Lagging()
    assert heart.ask_ids("me") == [usual.id]
    assert heart.sheet(gold).seats == {}


def test_volunteers_begin_at_different_gold_tasks(heart: Heart) -> None:
    heart.gold_rate = 0.5
    _, gold = gold_among(heart, 200, 10)
    first = Counter()
    for place in range(20):
        for _ in range(2):
            run = heart.answer_next(f"volunteer-{place}")
            assert run is not None
            first[run.task_id] += run.task_id in {task.id for task in gold}
    assert sum(count > 0 for count in first.values()) > 5


def test_whoever_has_forgotten_what_was_answered_still_meets_every_gold_task(heart: Heart) -> None:
    heart.gold_rate = 0.5
    _, gold = gold_among(heart, 200, 12)
    key = (key_of("me"), heart.project)
    for _ in range(120):
        heart.answer_next("me")
        known = heart.participations.get(*key)
        heart.participations.remember(*key, known, {}, heart.clock(), Hints(None, None, frozenset()))
    assert all(key_of("me") in heart.sheet(task).seats for task in gold)


def test_a_gold_task_takes_any_number_of_answers_and_is_never_complete(heart: Heart) -> None:
    heart.gold_rate = 0.5
    _, (gold,) = gold_among(heart, 100, 1)
    for place in range(40):
        for _ in range(2):
            heart.answer_next(f"volunteer-{place}", "cirrus")
    sheet = heart.sheet(gold)
    assert (sheet.n, sheet.ans, sheet.gen, sheet.completed, sheet.ready) == (1, 40, 0, False, 0)
    assert heart.listed() == [task for task in heart.listed() if task != gold.id]


def image_of(sheet: Sheet) -> dict[str, Any]:
    """As the stream shows it."""
    seats = {who: {"N": str(held)} for who, held in sheet.seats.items()}
    numbers = {name: {"N": str(getattr(sheet, name))} for name in ("n", "ans", "gen", "ver", "task", "project")}
    return {**numbers, "key": {"S": sheet.key}, "qk": {"S": sheet.qk}, "seats": {"M": seats}}


def test_it_makes_no_result_and_counts_for_nothing_until_it_is_a_task_like_the_others(heart: Heart) -> None:
    heart.gold_rate = 0.5
    (task,) = heart.add(1, n=2)
    plain = image_of(heart.sheet(task))
    heart.set_gold(task, "cirrus")
    gold = image_of(heart.sheet(task))
    change = change_of(plain, gold)
    assert change is not None
    assert read(change.entry) == GOLD_FACTS
    assert tally_of([GOLD_FACTS, GOLD_FACTS]) == Tally(gold=2)
    for who in ("me", "you", "third"):
        heart.answer(who, task)
    answered = image_of(heart.sheet(task))
    assert (completion(gold, answered), change_of(gold, answered)) == (None, None)
    heart.set_gold(task, None)
    after = image_of(heart.sheet(task))
    assert heart.sheet(task).completed
    made = completion(answered, after)
    assert made is not None
    assert len(made.run_ids) == 3
    again = change_of(answered, after)
    assert again is not None
    assert newer(again.entry, change.entry)
    assert len(read(again.entry).runs) == 3  # type: ignore[union-attr]


def test_a_task_with_a_result_cannot_become_one(heart: Heart) -> None:
    (task,) = heart.add(1)
    heart.answer_next("me")
    with pytest.raises(Forbidden, match=HAS_RESULT):
        heart.set_gold(task, "cirrus")
    heart.set_redundancy(task, 2)
    with pytest.raises(Forbidden, match=HAS_RESULT):
        heart.set_gold(task, "cirrus")
    heart.set_gold(task, None)  # is none


@pytest.mark.parametrize("scheduler", ["breadth_first", "depth_first_all", "default"])
def test_another_scheduler_leaves_gold_tasks_where_they_are(heart: Heart, scheduler: str) -> None:
    heart.gold_rate = 0.5
    _, (gold,) = gold_among(heart, 10, 1)
    heart.queue_name = queue_name(heart.project, scheduler)
    assert not set_queue(heart.sheets, gold.sheet, heart.queue_name)
    found = heart.scheduling.lease_task(heart.queue_name, gold, key_of("direct"), LEASE_SECONDS)
    assert not isinstance(found, Refusal)
    seen = [heart.answer_next("me").task_id for _ in range(2)]  # type: ignore[union-attr]
    assert gold.id in seen
    assert heart.sheet(gold).gold


@pytest.mark.parametrize(
    ("expected", "info", "field", "right"),
    [
        ({"kind": "cirrus"}, {"kind": "cirrus"}, None, True),
        ({"kind": "cirrus"}, {"kind": "cirrus", "seconds": 2}, None, False),
        ({"kind": "cirrus"}, {"kind": "cirrus", "seconds": 2}, "kind", True),
        ({"kind": "cirrus"}, {"kind": "fog"}, "kind", False),
        ({"kind": "cirrus"}, "cirrus", "kind", False),
        ("cirrus", "cirrus", "kind", True),
        (1, 1.0, None, True),
        (1, "1", None, False),
        ({"kind": "cirrus"}, None, "kind", False),
    ],
)
def test_an_answer_is_right_when_it_or_its_field_is_equal(
    expected: Any, info: Any, field: str | None, right: bool
) -> None:
    assert is_right(expected, info, field) is right


def test_accuracy_counts_right_answers_and_follows_deleted_runs(heart: Heart) -> None:
    heart.gold_rate = 0.5
    heart.agreement = Agreement(0.8, 3, "kind")
    _, gold = gold_among(heart, 20, 3)
    for task in gold:
        heart.set_gold(task, {"kind": "cirrus"})
    infos = iter([{"kind": "cirrus", "seconds": 1}, {"kind": "fog"}, {"kind": "cirrus"}])
    ids = {task.id for task in gold}
    runs = []
    for _ in range(8):
        (handout,) = heart.ask("me")
        info = next(infos, {"kind": "cirrus"}) if handout.task.id in ids else {"kind": "fog"}
        runs.append(heart.submit("me", handout.task, info, idem=f"{handout.task.id:032d}"))
        assert heart.submit("me", handout.task, info, idem=f"{handout.task.id:032d}") == runs[-1]  # a repeat
    judged = [run for run in runs if run.task_id in ids]
    (mine,) = heart.participations.accuracies(heart.project, "", 10)
    assert (mine.contributor, mine.answered, mine.right) == (key_of("me"), 3, 2)
    task = next(task for task in gold if task.id == judged[1].task_id)
    heart.answers.withdraw(heart.sheet(task), judged[1])
    (mine,) = heart.participations.accuracies(heart.project, "", 10)
    assert (mine.answered, mine.right) == (2, 2)
    assert all(run.right is None for run in runs if run.task_id not in ids)
