"""Generated histories of concurrent clients on stores that break, lag and forget, every request of every client in turn
with those of the others: nothing that is promised is broken (R1–R6, R10).

Half a second is some fifteen histories. `NIMBOSSA_SEED=<seed>` plays the same ones again, `NIMBOSSA_HISTORIES=100` a
hundred times as many. A history that fails is made smaller and printed as a call that plays it.
"""

import pytest

from tests.histories.chance import run_seed, times
from tests.histories.clients import SCHEDULERS
from tests.histories.delivery import Handler
from tests.histories.interleaved import UNEXPECTED, check, report, scenario
from tests.histories.mutants import HANDLERS, MUTANTS, ground_with

HISTORIES = 50  # under each scheduler
BUDGET = 1000  # histories in which a mutant has to be found; the hardest take about 60 in the mean
EMPHASIS = {  # where a fault shows: under which scheduler, with slow clients or not, with which options
    "ReclaimsAnyway": (None, True),
    "SeatUnpinned": (None, True),
    "OldPlaceComesBack": ("breadth_first", False, ()),
    "AnswersUncounted": (None, False),
    "RedundancyUnpinned": (None, False),
    "AgreementUnpinned": ("default", False, ("agreement",)),
    "GoldUnnoticed": ("default", False, ("gold",)),
    "GoldIsWork": (None, False, ("gold",)),
    "GivenBackUnpinned": ("default", False, ("leaving",)),
}


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_history_keeps_what_is_promised(scheduler: str) -> None:
    for number in range(times(HISTORIES)):
        tried = scenario(run_seed() + number, scheduler)
        assert not check(tried), report(tried, check)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.__name__))
def test_a_heart_that_leaves_one_thing_out_is_found(mutant: type) -> None:
    """What the checker cannot find, no history can show to be kept."""
    handler = mutant if mutant in HANDLERS else Handler
    tried = (scenario(run_seed() + number, *EMPHASIS.get(mutant.__name__, ())) for number in range(BUDGET))
    found = (one.rule for played in tried for one in check(played, ground_with(mutant), handler))
    assert next(found, UNEXPECTED) != UNEXPECTED, mutant.__doc__


def test_a_seed_replays_a_history_to_the_same_end() -> None:
    for number in range(10):
        tried = scenario(run_seed() + number)
        mutant = ground_with(MUTANTS[0])
        first, second = ([one.rule for one in check(tried, mutant)] for _ in range(2))
        assert first == second


def test_a_failing_history_is_made_smaller() -> None:
    mutant = ground_with(MUTANTS[0])
    failing = next(one for one in map(scenario, range(1000)) if check(one, mutant))
    told = report(failing, lambda one: check(one, mutant))
    assert told.count("('volunteer") == 2
    assert "more seats than answers wanted" in told
