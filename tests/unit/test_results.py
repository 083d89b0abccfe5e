"""When one change of a seat sheet completes its task (contract rest-api.md §12.1, heart.md §3, failure 12)."""

from typing import Any

import pytest

from chalicelib.core.results import Completion, MalformedRecord, Orphans, completion, orphans, reopened


def image(ans: int = 3, n: int = 3, gen: int = 0, seats: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """A sheet as a stream record shows it."""
    held = seats if seats is not None else {f"volunteer{place}": -(100 + place) for place in range(ans)}
    numbers = {"ans": ans, "n": n, "gen": gen, "task": 7, "project": 4, "ver": 9}
    return {
        "key": {"S": "4-digest"},
        **{name: {"N": str(value)} for name, value in numbers.items()},
        "seats": {"M": {who: {"N": str(value)} for who, value in held.items()}},
        **more,
    }


def test_the_last_answer_completes_the_task_with_all_runs_ascending() -> None:
    seats = {"c": -12, "a": -3, "b": -7}
    assert completion(image(ans=2), image(seats=seats)) == Completion(4, 7, 0, [3, 7, 12])


def test_a_live_lease_beside_the_answers_is_not_a_run() -> None:
    found = completion(image(ans=1, n=2), image(ans=2, n=2, seats={"a": -1, "b": -2, "late": 1_800_000_000}))
    assert found is not None
    assert found.run_ids == [1, 2]


def test_lowering_the_redundancy_completes_the_task() -> None:
    assert completion(image(ans=2, n=5), image(ans=2, n=2)) == Completion(4, 7, 0, [100, 101])


def test_completing_again_after_a_reopening_is_a_generation_of_its_own() -> None:
    found = completion(image(ans=3, n=4, gen=1), image(ans=4, n=4, gen=1))
    assert found is not None
    assert found.gen == 1


def test_a_complete_task_that_loses_a_run_it_can_spare_is_completed_anew_by_the_others() -> None:
    old = image(ans=3, n=2, seats={"a": -1, "b": -2, "c": -3})
    new = image(ans=2, n=2, gen=1, seats={"a": -1, "c": -3})
    assert completion(old, new) == Completion(4, 7, 1, [1, 3])
    assert reopened(old, new) is None


def test_a_complete_task_that_wants_an_answer_again_has_no_result_that_rests_on_the_withdrawn_run() -> None:
    old, new = image(seats={"a": -1, "b": -2, "c": -3}), image(ans=2, gen=1, seats={"a": -1, "b": -2, "d": 1_800_000})
    assert reopened(old, new) == (7, 1)
    assert completion(old, new) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (image(), image(n=4, gen=1)),
        (image(ans=2), image(ans=1)),
        (image(), None),
        (None, image()),
        (None, image(ans=1)),
    ],
    ids=["more wanted", "was open", "removed", "born complete", "born open"],
)
def test_other_changes_take_no_result_away(old: Any, new: Any) -> None:
    assert reopened(old, new) is None


def test_a_sheet_that_is_born_complete_counts() -> None:
    assert completion(None, image()) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, image(ans=0)),
        (image(ans=1), image(ans=2)),
        (image(ans=3), image(ans=3, gen=0, prio={"N": "1"})),
        (image(ans=3), image(ans=4)),
        (image(ans=3), image(ans=3, n=4, gen=1)),
        (image(ans=3), None),
        (None, None),
    ],
    ids=["born open", "an answer", "a priority", "an answer too many", "reopened", "removed", "nothing"],
)
def test_other_changes_complete_nothing(old: Any, new: Any) -> None:
    assert completion(old, new) is None


def test_a_guard_against_duplicates_completes_nothing_whatever_it_holds() -> None:
    assert completion(None, image(src={"S": "guard"})) is None
    assert completion(None, {"key": {"S": "4-x"}, "src": {"S": "guard"}}) is None


def test_an_imported_task_is_not_a_guard() -> None:
    assert completion(image(ans=2), image(src={"S": "12:guard"})) is not None


@pytest.mark.parametrize("missing", ["n", "ans", "gen", "task", "project", "seats"])
def test_an_image_without_what_every_sheet_has_is_refused_by_name(missing: str) -> None:
    broken = {name: value for name, value in image().items() if name != missing}
    with pytest.raises(MalformedRecord, match=rf"Sheet 4-digest: {missing} "):
        completion(None, broken)


@pytest.mark.parametrize("value", [{"S": "3"}, {"N": "three"}, {"NULL": True}, "3", None])
def test_a_count_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(MalformedRecord, match="ans"):
        completion(None, {**image(), "ans": value})


def test_a_seat_that_is_no_number_is_refused() -> None:
    with pytest.raises(MalformedRecord, match=r"seats\.x"):
        completion(None, {**image(), "seats": {"M": {"x": {"S": "run"}}}})


def test_a_broken_old_image_is_refused_and_not_taken_for_an_open_task() -> None:
    with pytest.raises(MalformedRecord):
        completion({"key": {"S": "4-digest"}}, image())


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (image(), None, Orphans(7, 1)),
        (image(gen=2), None, Orphans(7, 3)),
        (image(ans=3, n=4, gen=1), None, Orphans(7, 1)),
        (image(ans=1), None, None),
        (image(), image(ans=3, n=4, gen=1), None),
        (image(src={"S": "guard"}), None, None),
        (None, image(), None),
    ],
    ids=["completed", "completed again", "reopened", "open", "changed", "guard", "born"],
)
def test_the_removal_of_a_sheet_leaves_each_generation_that_it_completed(old: Any, new: Any, left: Any) -> None:
    assert orphans(old, new) == left
