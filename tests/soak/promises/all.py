"""Every promise that is checked over a whole history."""

from collections.abc import Callable, Iterator

from tests.soak.promises import answers, figures, redundancy, results
from tests.soak.promises.violations import Facts, Violation

Check = Callable[[Facts], Iterator[Violation]]

CHECKS: tuple[Check, ...] = (
    redundancy.never_too_many,
    redundancy.nothing_stuck,
    redundancy.the_last_change_holds,
    answers.one_run_each,
    answers.one_run_acknowledged,
    answers.repeats_get_the_first,
    answers.nothing_lost,
    answers.nothing_invented,
    answers.deleted_is_gone,
    answers.withdrawn_is_gone,
    answers.imported_once,
    results.one_last_version,
    results.no_result_of_nothing,
    results.one_version_per_completion,
    results.one_message_per_version,
    figures.statistics_equal_the_runs,
    figures.a_rebuild_changes_nothing,
    figures.series_equal_the_runs,
    figures.progress_equals_the_runs,
)


def violations(facts: Facts) -> list[Violation]:
    """What is broken."""
    return [violation for check in CHECKS for violation in check(facts)]
