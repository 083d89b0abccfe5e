"""Answers that agree, at once and on the real stores: exactly one of them ends the task, votes never drift, and the
sheets and statistics know what was spared."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core.agreement import Agreement, vote_of
from chalicelib.core.completions import Completions
from chalicelib.core.errors import Forbidden
from chalicelib.core.recount import Recount
from chalicelib.core.redundancy import set_n_answers
from chalicelib.core.seats import Sheet
from chalicelib.core.statistics import Statistics
from chalicelib.core.stores import SeatChanged
from chalicelib.core.task_facts import change_of
from chalicelib.store.results import ResultStore
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tables import SheetItem
from tests.fakes.heart import Heart, key_of
from tests.meter.meter import Meter
from tests.reliability.test_at_once import at_once
from tests.reliability.test_ceilings import FULL, KB, Unheard, image, within

RULE = Agreement(0.8, 3)
KEYS = [f"volunteer-{place}" for place in range(20)]


@pytest.fixture
def agreeing(connected: Any) -> Heart:
    return Heart(agreement=RULE)


def votes_are_those_of_the_runs(heart: Heart, sheet: Sheet) -> None:
    runs = heart.answers.of_task(sheet)
    assert sheet.votes == Counter(run.vote for run in runs if run.vote is not None)
    assert sheet.ans == len(runs)


@pytest.mark.parametrize("trial", range(5))
def test_twenty_agreeing_volunteers_at_once_complete_a_task_once_with_three_answers(
    agreeing: Heart, trial: int
) -> None:
    heart = agreeing
    (task,) = heart.add(n=20)
    for who in KEYS:
        heart.ask(who)
    made: list[Any] = []
    completions = Completions(
        ResultStore(), Unheard(), heart.tasks, heart.sheets, heart.identifiers.next, lambda: heart.clock()
    )
    outcomes = at_once([lambda who=who: heart.submit(who, task, {"kind": "cloud"}) for who in KEYS])  # type: ignore[misc]
    sheet = heart.sheet(task)
    stored = [one for one in outcomes if not isinstance(one, Exception)]
    assert sorted(run.id for run in stored) == sheet.run_ids, trial
    assert (sheet.n, sheet.ans, sheet.spared, sheet.open, sheet.ready) == (3, 3, 17, None, None)
    votes_are_those_of_the_runs(heart, sheet)
    made.append(completions.changed(None, image(task)))
    assert [one.task_run_ids for one in made] == [sheet.run_ids]


@pytest.mark.parametrize("trial", range(5))
def test_with_an_owner_who_raises_and_lowers_at_once_no_answer_is_one_too_many(agreeing: Heart, trial: int) -> None:
    heart = agreeing
    tasks = heart.add(6, n=10)

    def volunteer(who: str) -> int:
        answered = 0
        while handouts := heart.ask(who):
            with suppress(Forbidden):  # the others agreed meanwhile
                heart.submit(who, handouts[0].task, {"kind": "cloud"})
                answered += 1
        return answered

    def owner() -> None:
        for place, n in enumerate([5, 12, 2, 8, 4, 20] * 3):
            set_n_answers(heart.sheets, tasks[place % 6].sheet, n)

    counts = at_once([owner, *(lambda who=who: volunteer(who) for who in KEYS[:10])])  # type: ignore[misc]
    more = sum(volunteer(who) for who in KEYS)
    sheets = [heart.sheet(task) for task in tasks]
    assert sum(counts[1:]) + more == sum(sheet.ans for sheet in sheets), trial
    for sheet in sheets:
        assert (sheet.completed, sheet.open, sheet.spared == 0 or sheet.ans == sheet.n) == (True, None, True)
        votes_are_those_of_the_runs(heart, sheet)


def test_twenty_who_differ_at_once_are_all_stored(agreeing: Heart) -> None:
    (task,) = agreeing.add(n=20)
    for who in KEYS:
        agreeing.ask(who)
    runs = at_once([lambda who=who: agreeing.submit(who, task, who) for who in KEYS])  # type: ignore[misc]
    assert sorted(run.id for run in runs) == agreeing.sheet(task).run_ids
    votes_are_those_of_the_runs(agreeing, agreeing.sheet(task))


def test_votes_stay_those_of_the_runs_while_answers_come_change_and_go_at_once(agreeing: Heart) -> None:
    (task,) = agreeing.add(n=40)
    for who in KEYS:
        agreeing.ask(who)

    def change(take_back: bool) -> None:
        for turn in range(12):
            sheet = agreeing.sheet(task)
            for run in agreeing.answers.of_task(sheet)[turn % 3 : turn % 3 + 1]:
                with suppress(SeatChanged):
                    if take_back and turn % 4 == 3:
                        agreeing.answers.withdraw(sheet, run)
                    else:
                        new = f"changed-{turn}"
                        agreeing.answers.change_vote(sheet, run, new, None, vote_of(RULE, new))

    answers = [lambda who=who: agreeing.submit(who, task, who) for who in KEYS[:10]]  # type: ignore[misc]
    at_once([*answers, lambda: change(False), lambda: change(True)])
    votes_are_those_of_the_runs(agreeing, agreeing.sheet(task))


def test_the_statistics_tell_what_was_spared_and_so_does_a_rebuild(agreeing: Heart) -> None:
    heart = agreeing
    early, late = heart.add(2, n=5)
    statistics = Statistics(StatisticStore(), lambda project: 0.0, lambda: heart.clock())
    for who, info in zip(KEYS, ["x", "x", "x", "y"], strict=False):
        for handout in heart.ask(who, limit=2):
            heart.submit(who, handout.task, info if handout.task.id == early.id else who)
    changes = [change for change in (change_of(None, image(task)) for task in (early, late)) if change is not None]
    statistics.fold(changes)
    tally = statistics.of_project(heart.project)
    assert (tally.early, tally.spared, tally.completed, tally.runs, tally.wanted) == (1, 2, 1, 7, 8)
    assert again(heart, [early, late]) == tally


def again(heart: Heart, tasks: list[Any]) -> Any:
    """The sums that `make rebuild-stats` makes, in a tree of their own."""

    class Listed:
        def after(self, project_id: int, last_id: int, limit: int) -> list[Any]:
            return [task for task in tasks if task.id > last_id]

    fresh = Statistics(StatisticStore(), lambda project: 0.0, lambda: heart.clock())
    Recount(Listed(), heart.sheets, heart.answers, ResultStore(), fresh).project(heart.project)  # type: ignore[arg-type]
    return fresh.of_project(heart.project)


def seated(heart: Heart, n: int, votes: dict[str, int]) -> Any:
    """A task with `n` seats, the last one leased to "me", and these votes; and the size of its sheet in bytes."""
    (task,) = heart.add(1, n=n)
    seats = {key_of(f"other-{place}"): -heart.identifiers.next() for place in range(n - 1)}
    until = int(heart.clock()) + 100
    actions = [
        SheetItem.seats.set({**seats, key_of("me"): until}),
        SheetItem.ans.set(n - 1),
        SheetItem.votes.set(votes),
        SheetItem.ready.set(until),
    ]
    SheetItem(task.sheet).update(actions)
    return task


@pytest.mark.parametrize(("different", "units"), [(5, 11), (FULL - 1, 13)])
def test_a_submission_in_an_agreeing_project_stays_under_its_ceiling(
    agreeing: Heart, meter: Meter, different: int, units: int
) -> None:
    """With few different answers thirty seats and the votes still stay within a kilobyte; each answer different, the
    sheet takes a second one: two units more, as it is written in a transaction."""
    votes = {f"vote{place:02d}": 1 for place in range(different)}
    task = seated(agreeing, FULL, votes)
    agreeing.sheet(task)  # a container that has handed it out knows where its sheet is
    with meter as bill:
        agreeing.submit("me", task, "a" * (KB - 40))
    within(bill, (2, units))
    assert agreeing.sheet(task).completed
