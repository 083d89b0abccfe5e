"""Any history of volunteers, an owner who changes options too, imports, a stream, crashes and a clock, one step after
the other, on stores in memory: what is promised holds after each step, and at the end over the whole of it
(reliability.md R1–R7, R10).

`tests/reliability/test_histories_interleaved.py` puts the steps of several clients between each other. To add a rule:
write it as a method in `tests/histories/machine`, with `self.told` or `self.journal` if a client is told something;
what holds over whole histories goes into `tests/histories/verdict.py`. `NIMBOSSA_HISTORIES=100` tries a hundred times
as many.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from chalicelib.core.agreement import Agreement
from tests.histories.chance import times
from tests.histories.closing import finish, look
from tests.histories.machine.options import AGREEMENTS, GOLD_RATES, OptionRules
from tests.histories.machine.owner import OwnerRules
from tests.histories.machine.stage import PRIORITIES, SCHEDULERS
from tests.histories.machine.stream import StreamRules
from tests.histories.machine.volunteers import VolunteerRules
from tests.histories.verdict import accuracies_of, violations, votes_of


class Histories(VolunteerRules, OwnerRules, OptionRules, StreamRules):
    """All rules together."""

    @initialize(
        scheduler=SCHEDULERS,
        agreement=AGREEMENTS,
        gold_rate=GOLD_RATES,
        redundancies=st.lists(st.integers(1, 4), min_size=1, max_size=6),
        priorities=st.lists(PRIORITIES, min_size=6, max_size=6),
    )
    def begin(
        self,
        scheduler: str,
        agreement: Agreement | None,
        gold_rate: float,
        redundancies: list[int],
        priorities: list[float],
    ) -> None:
        self.open(scheduler, redundancies, priorities)
        self.heart.agreement = agreement
        self.heart.gold_rate = gold_rate
        self.read_the_stream()

    @invariant()
    def a_sheet_tells_the_truth_about_its_runs(self) -> None:
        for sheet in self.sheets():
            runs = self.heart.answers.of_task(sheet)
            assert sheet.run_ids == [run.id for run in runs]
            assert sheet.ans == len(runs) == len({run.contributor for run in runs})
            assert sheet.votes == votes_of(runs)

    @invariant()
    def accuracies_are_those_of_the_runs(self) -> None:
        known = self.heart.participations.accuracies(self.heart.project, "", 100)
        shown = {one.contributor: (one.answered, one.right) for one in known}
        assert shown == accuracies_of(self.ground.runs())

    def teardown(self) -> None:
        """R2: once everybody has gone away, other volunteers who keep asking complete every task."""
        if not hasattr(self, "heart"):
            return
        self.mend()
        self.import_again(self.rows, lambda: None)
        finish(self.ground, self.project, self.journal)
        sent = self.deliver_the_rest()
        found = violations(look(self.ground, self.journal, sent))
        assert not found, "\n".join(map(str, found))
        assert sorted(self._imported()) == sorted(self.rows)

    def _imported(self) -> list[int]:
        """R7: each row once, however often and from however many files it came."""
        return [task.info["row"] for task in self.ground.memory.tasks.values() if "row" in task.info]


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=times(160), stateful_step_count=50, deadline=None)
