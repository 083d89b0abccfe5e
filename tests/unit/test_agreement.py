"""When answers agree, and what that does to a task, on stores in memory."""

from typing import Any

import pytest

from chalicelib.core.agreement import Agreement, cast, read_agreement, recounted, vote_of
from chalicelib.core.errors import DataFault, Forbidden
from chalicelib.core.projects import check_rules
from chalicelib.core.submission import ASK_FIRST
from tests.fakes.heart import Heart
from tests.fakes.memory import memory_heart

MOSTLY = Agreement(0.8, 3)


@pytest.fixture
def heart() -> Heart:
    found = memory_heart()
    found.agreement = MOSTLY
    return found


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        ({"share": 0.8, "minimum": 3}, MOSTLY),
        ({"share": 1, "minimum": 2, "field": "kind"}, Agreement(1.0, 2, "kind")),
        ({"share": 0.8, "minimum": 3, "field": None}, MOSTLY),
    ],
)
def test_the_rule_is_read_from_the_projects_info(value: Any, wanted: Agreement | None) -> None:
    assert read_agreement(value) == wanted


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"share": 0.5, "minimum": 3}, "above 0.5"),
        ({"share": 1.1, "minimum": 3}, "at most 1"),
        ({"share": True, "minimum": 3}, "must be a number"),
        ({"share": "0.8", "minimum": 3}, "must be a number"),
        ({"share": 0.8, "minimum": 1}, "from 2 to 1000"),
        ({"share": 0.8, "minimum": 1001}, "from 2 to 1000"),
        ({"share": 0.8, "minimum": 3.0}, "from 2 to 1000"),
        ({"share": 0.8}, '"minimum"'),
        ({"minimum": 3}, '"share"'),
        ({"share": 0.8, "minimum": 3, "fields": "a"}, '"field"'),
        ({"share": 0.8, "minimum": 3, "field": ""}, "a member of the answers' info"),
        ({"share": 0.8, "minimum": 3, "field": ["a"]}, "a member of the answers' info"),
        ([0.8, 3], "must be null or"),
        (True, "must be null or"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_and_said_why(value: Any, said: str) -> None:
    with pytest.raises(DataFault, match=said):
        check_rules({"agreement": value})


def test_equal_answers_are_equal_votes_whatever_the_order_of_their_members() -> None:
    assert vote_of(MOSTLY, {"a": 1, "b": [2]}) == vote_of(MOSTLY, {"b": [2.0], "a": 1})
    assert vote_of(MOSTLY, {"a": 1}) != vote_of(MOSTLY, {"a": "1"})
    by_field = Agreement(0.8, 3, "a")
    assert vote_of(by_field, {"a": 1, "seconds": 3}) == vote_of(by_field, {"a": 1, "seconds": 8})
    assert vote_of(by_field, {"a": {"a": 1}}) != vote_of(MOSTLY, {"a": 1})
    assert vote_of(by_field, {"a": 1}) != vote_of(Agreement(0.8, 3, "b"), {"b": 1})


@pytest.mark.parametrize("info", [None, {"b": 1}, {"a": None}, "text", [1]])
def test_an_answer_without_the_field_agrees_with_nobody(info: Any) -> None:
    assert vote_of(Agreement(0.8, 2, "a"), info) is None


def test_the_share_is_of_all_answers_also_of_empty_ones_and_those_without_a_vote() -> None:
    votes = recounted({"x": 10}, None, "x")
    assert cast(Agreement(0.55, 3), {"x": 10}, 20, None).votes == {"x": 10}
    vote = vote_of(MOSTLY, "yes")
    assert vote is not None
    assert cast(Agreement(0.55, 3), {vote: 10}, 20, "yes").agreed  # 11 of 20, exactly the share
    assert not cast(Agreement(0.55, 3), {vote: 10}, 21, "yes").agreed
    assert recounted(votes, "x", "y") == {"x": 10, "y": 1}
    assert recounted({"x": 1}, "x", None) == {}


def answers(heart: Heart, *infos: Any) -> None:
    for info in infos:
        place = len(heart.sheet(next(iter(heart.tasks._memory.tasks.values()))).run_ids)
        assert heart.answer_next(f"v{place}", info) is not None


def test_a_task_is_complete_when_enough_answers_agree(heart: Heart) -> None:
    (task,) = heart.add(n=10)
    answers(heart, "x", "x")
    assert not heart.sheet(task).completed
    answers(heart, "x")
    sheet = heart.sheet(task)
    assert (sheet.n, sheet.ans, sheet.spared, sheet.completed, sheet.open) == (3, 3, 7, True, None)
    assert heart.listed() == []


def test_a_late_answer_to_it_is_refused_in_the_contracts_words(heart: Heart) -> None:
    (task,) = heart.add(n=10)
    heart.ask("late")
    answers(heart, "x", "x", "x")
    with pytest.raises(Forbidden, match=ASK_FIRST):
        heart.submit("late", task, "x")


def test_answers_that_differ_go_on_until_they_agree_or_redundancy_is_reached(heart: Heart) -> None:
    (task,) = heart.add(n=5)
    answers(heart, "x", "y", "x", "x")
    assert not heart.sheet(task).completed  # 3 of 4
    answers(heart, "x")
    assert (heart.sheet(task).n, heart.sheet(task).spared) == (5, 0)  # 4 of 5, but there was nothing to spare
    assert heart.sheet(task).completed


def test_redundancy_that_is_raised_again_reopens_the_task_and_spares_nothing(heart: Heart) -> None:
    (task,) = heart.add(n=10)
    answers(heart, "x", "x", "x")
    heart.set_redundancy(task, 6)
    sheet = heart.sheet(task)
    assert (sheet.n, sheet.spared, sheet.gen, sheet.completed, sheet.ready) == (6, 0, 1, False, 0)
    answers(heart, "y")
    assert not heart.sheet(task).completed  # 3 of 4
    answers(heart, "x")
    assert (heart.sheet(task).n, heart.sheet(task).spared) == (5, 1)


def test_what_the_owner_lowers_is_wanted_and_not_spared(heart: Heart) -> None:
    (task,) = heart.add(n=10)
    answers(heart, "x", "x", "x")
    heart.set_redundancy(task, 2)
    assert (heart.sheet(task).n, heart.sheet(task).spared, heart.sheet(task).completed) == (2, 0, True)


def test_answers_from_before_the_rule_count_as_answers_that_agree_with_nobody(heart: Heart) -> None:
    (task,) = heart.add(n=10)
    heart.agreement = None
    answers(heart, "x")
    heart.agreement = MOSTLY
    answers(heart, "x", "x", "x")
    assert not heart.sheet(task).completed  # 3 of 4
    answers(heart, "x")
    assert (heart.sheet(task).n, heart.sheet(task).spared) == (5, 5)


def test_under_depth_first_all_nobody_votes() -> None:
    heart = memory_heart("depth_first_all")
    heart.agreement = MOSTLY
    (task,) = heart.add(n=10)
    answers(heart, "x", "x", "x", "x")
    sheet = heart.sheet(task)
    assert (sheet.n, sheet.ans, sheet.votes, sheet.open) == (10, 4, {}, heart.queue_name)
    assert [run.vote for run in heart.answers.of_task(sheet)] == [None] * 4
