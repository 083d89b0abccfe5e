"""Rules of an owner who turns a project's options on and off, and makes and unmakes gold tasks."""

from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from chalicelib.core.agreement import Agreement
from chalicelib.core.errors import Forbidden
from tests.histories.machine.stage import TASKS, Stage

AGREEMENTS = st.sampled_from([None, Agreement(0.6, 2), Agreement(1.0, 2, "a")])
GOLD_RATES = st.sampled_from([0.0, 0.25, 0.5])


class OptionRules(Stage):
    """Whatever they are, and were before."""

    @rule(agreement=AGREEMENTS)
    def change_agreement(self, agreement: Agreement | None) -> None:
        self.heart.agreement = agreement

    @rule(at_least=st.booleans())
    def hand_out_full_tasks_again(self, at_least: bool) -> None:
        """Off, R1 holds again from that moment on, whatever was leased beyond it."""
        self.heart.at_least = at_least

    @rule(place=TASKS, answer=st.sampled_from([None, {"a": 1}]))
    def change_gold(self, place: int, answer: Any) -> None:
        """What has a result stays what it is."""
        task = self.task(place)
        before = self.heart.sheet(task)
        with suppress(Forbidden):
            self.heart.set_gold(task, answer)
            assert answer is None or not before.completed
            assert self.heart.sheet(task).gold is (answer is not None)
