"""Queue keys are text that sorts in the order in which tasks are offered."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.queueing import Entry, queue_at, queue_key, queue_name

PRIORITIES = st.integers(0, 10**9).map(lambda step: step / 10**9)
PLACES = st.lists(st.tuples(PRIORITIES, st.integers(1, 2**53 - 1), st.integers(0, 1000)), min_size=2, max_size=20)


@given(PLACES)
def test_priority_descends_and_then_the_id_ascends(places: list[tuple[float, int, int]]) -> None:
    by_key = sorted(places, key=lambda one: queue_key("1:p", one[0], one[1], one[2]))
    assert [one[:2] for one in by_key] == [one[:2] for one in sorted(places, key=lambda one: (-one[0], one[1]))]


@given(PLACES)
def test_breadth_first_puts_the_number_of_answers_before_both(places: list[tuple[float, int, int]]) -> None:
    by_key = sorted(places, key=lambda one: queue_key("1:b", *one))
    assert by_key == sorted(places, key=lambda one: (one[2], -one[0], one[1])) or len(set(places)) < len(places)


@given(PRIORITIES, st.integers(1, 2**53 - 1), st.integers(0, 1000), st.sampled_from(["1:p", "1:b", "1:a"]))
def test_an_entry_gives_its_task_back_and_equals_share_a_rank(
    priority: float, task: int, answers: int, queue: str
) -> None:
    entry = Entry(queue, queue_key(queue, priority, task, answers), "sheet", 0)
    other = Entry(queue, queue_key(queue, priority, 5, answers), "sheet", 0)
    assert entry.task == task
    assert entry.below == round((1 - priority) * 10**9)
    assert entry.answers == (answers if queue == "1:b" else 0)
    assert entry.rank == other.rank


@given(PRIORITIES, st.integers(0, 1000), st.sampled_from(["default", "breadth_first", "depth_first_all", "locked"]))
def test_a_key_tells_its_queue_also_while_the_task_is_not_listed(priority: float, answers: int, scheduler: str) -> None:
    queue = queue_name(12, scheduler)
    assert queue_at(12, queue_key(queue, priority, 7, answers)) == queue
