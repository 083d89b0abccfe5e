"""Any history of volunteers, an owner, crashes and a clock, on stores in memory: what is promised holds after each step
(reliability.md R1, R2, R3, R10)."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.core.agreement import Agreement, Votes, recounted, vote_of
from chalicelib.core.errors import Forbidden
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_priority, set_queue
from chalicelib.core.seats import GRACE_SECONDS, Sheet, vote
from chalicelib.core.seats import place as placing_of
from chalicelib.core.tasks import Task
from chalicelib.core.withdrawals import Withdrawal
from chalicelib.core.withdrawing import Tools
from tests.fakes.heart import LEASE_SECONDS, key_of
from tests.fakes.memory import memory_heart

VOLUNTEERS = st.sampled_from(["ann", "bob", "cid", "dot"])
TASKS = st.integers(0, 5)
SCHEDULERS = st.sampled_from(["default", "breadth_first", "depth_first_all"])
AGREEMENTS = st.sampled_from([None, Agreement(0.6, 2), Agreement(1.0, 2, "a")])
ANSWERS = st.sampled_from([{"a": 1}, {"a": 1.0, "b": 2}, {"a": 2}, None])


class Crash(Exception):
    pass


class Breakable:
    """Passes everything on; when told to, dies before or after the next call of one method."""

    def __init__(self, real: Any, method: str) -> None:
        self._real = real
        self._method = method
        self.dies: str | None = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        return real if name != self._method else lambda *given: self._call(real, given)

    def _call(self, real: Any, given: tuple[Any, ...]) -> Any:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise Crash
        outcome = real(*given)
        if dies == "after":
            raise Crash
        return outcome


class Histories(RuleBasedStateMachine):
    @initialize(
        scheduler=SCHEDULERS,
        agreement=AGREEMENTS,
        gold_rate=st.sampled_from([0.0, 0.25, 0.5]),
        redundancies=st.lists(st.integers(1, 4), min_size=1, max_size=6),
        priorities=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=6, max_size=6),
    )
    def begin(
        self,
        scheduler: str,
        agreement: Agreement | None,
        gold_rate: float,
        redundancies: list[int],
        priorities: list[float],
    ) -> None:
        self.heart = memory_heart(scheduler)
        self.heart.agreement = agreement
        self.heart.gold_rate = gold_rate
        self.tasks: list[Task] = []
        for place, n in enumerate(redundancies):
            self.tasks += self.heart.add(1, n, lambda _, place=place: priorities[place])  # type: ignore[misc]
        self.breakable = {
            "move": Breakable(self.heart.sheets, "move"),
            "remember": Breakable(self.heart.participations, "remember"),
            "record": Breakable(self.heart.answers, "record"),
        }
        self.heart.sheets = self.breakable["move"]
        self.heart.participations = self.breakable["remember"]
        self.heart.answers = self.breakable["record"]

    def _sheets(self) -> list[Sheet]:
        return [self.heart.sheet(task) for task in self.tasks]

    @rule(who=VOLUNTEERS, limit=st.integers(1, 3), offset=st.integers(0, 2))
    def ask(self, who: str, limit: int, offset: int) -> None:
        try:
            found = self.heart.ask(who, limit, offset)
        except Crash:
            return
        assert len(found) == len({handout.task.id for handout in found}) <= limit
        for handout in found:
            assert (self.heart.sheet(handout.task).leased_until(key_of(who)) or 0) > self.heart.clock()

    @rule(who=VOLUNTEERS)
    def ask_while_nobody_holds_a_lease(self, who: str) -> None:
        """R10: then it is a task of the first place in the queue that the volunteer may do, or nothing is left."""
        if any(held > self.heart.clock() for sheet in self._sheets() for held in sheet.seats.values()):
            return
        queue = self.heart.queue_name
        sheets = [one for one in self._sheets() if self._wants(one) and one.seats.get(key_of(who), 0) >= 0]
        still_elsewhere = [one for one in self._sheets() if one.queue != queue and not one.gold]
        gold = {one.task for one in self._sheets() if one.gold and one.seats.get(key_of(who), 0) >= 0}
        try:
            found = self.heart.ask_ids(who)
        except Crash:
            return
        if gold.issuperset(found) and found:
            assert self.heart.gold_rate
        elif still_elsewhere:  # while the scheduler changes, the order is not exact; that there is something is
            assert len(found) == min(1, len(sheets))
        else:
            assert found == [sheet.task for sheet in sorted(sheets, key=lambda one: one.qk)[:1]]

    def _wants(self, sheet: Sheet) -> bool:
        """Whether it takes answers by the rules of the project's scheduler; one that stands under former rules, which
        closed it, waits for the walk over all tasks."""
        return not sheet.closed and not sheet.gold and placing_of(sheet, self.heart.queue_name).open is not None

    @rule(who=VOLUNTEERS, place=TASKS, info=ANSWERS)
    def submit(self, who: str, place: int, info: Any) -> None:
        """R1 and R3: accepted with a live seat while answers are wanted, and never twice."""
        task = self.tasks[place % len(self.tasks)]
        before = self.heart.sheet(task)
        until = before.leased_until(key_of(who))
        may = until is not None and until > self.heart.clock() and (not before.closed or self.heart.at_least)
        try:
            self.heart.submit(who, task, info)
        except Forbidden:
            assert not may
        except Crash:
            pass
        else:
            assert may
            after = self.heart.sheet(task)
            assert after.ans == before.ans + 1
            assert before.ans < before.ceiling or self.heart.at_least
            self._ended_early_if_they_agree(before, after, info)

    def _ended_early_if_they_agree(self, before: Sheet, after: Sheet, info: Any) -> None:
        rule, votes = self.heart.agreement, before.votes
        if rule is None or before.ceiling != before.n or before.closed:
            assert (after.n, after.spared, after.votes) == (before.n, 0, votes) or before.spared
            return
        votes = recounted(votes, None, vote_of(rule, info))
        agree = after.ans >= rule.minimum and max(votes.values(), default=0) >= rule.share * after.ans
        assert after.votes == votes
        assert (after.n, after.spared) == ((after.ans, before.n - after.ans) if agree else (before.n, 0))

    @rule(agreement=AGREEMENTS)
    def change_agreement(self, agreement: Agreement | None) -> None:
        self.heart.agreement = agreement

    @rule(place=TASKS, info=ANSWERS)
    def change_an_answer(self, place: int, info: Any) -> None:
        """Its vote goes with it while the task is open."""
        sheet, rule = self.heart.sheet(self.tasks[place % len(self.tasks)]), self.heart.agreement
        for run in self.heart.answers.of_task(sheet)[:1]:
            voting = vote(sheet, rule, info)
            if voting is not None and not sheet.completed:
                self.heart.answers.change_vote(sheet, run, info, None, voting.vote)

    @rule(seconds=st.sampled_from([1, LEASE_SECONDS // 2, LEASE_SECONDS + 1, -30]))
    def jump(self, seconds: int) -> None:
        self.heart.clock.jump(seconds)

    @rule(which=TASKS, n=st.integers(1, 4))
    def change_redundancy(self, which: int, n: int) -> None:
        assert self.heart.set_redundancy(self.tasks[which % len(self.tasks)], n)

    @rule(place=TASKS, answer=st.sampled_from([None, {"a": 1}]))
    def change_gold(self, place: int, answer: Any) -> None:
        """What has a result stays what it is."""
        task = self.tasks[place % len(self.tasks)]
        before = self.heart.sheet(task)
        with suppress(Forbidden):
            self.heart.set_gold(task, answer)
            assert answer is None or not before.completed
            assert self.heart.sheet(task).gold is (answer is not None)

    @rule(place=TASKS, priority=st.sampled_from([0.0, 0.5, 1.0]))
    def change_priority(self, place: int, priority: float) -> None:
        set_priority(self.heart.sheets, self.tasks[place % len(self.tasks)].sheet, priority)

    @rule(at_least=st.booleans())
    def hand_out_full_tasks_again(self, at_least: bool) -> None:
        """Off, R1 holds again from that moment on, whatever was leased beyond it."""
        self.heart.at_least = at_least

    @rule(who=VOLUNTEERS, seconds=st.sampled_from([0, GRACE_SECONDS]), place=st.none() | TASKS)
    def give_back(self, who: str, seconds: int, place: int | None) -> None:
        before, end = self._sheets(), int(self.heart.clock()) + seconds
        try:
            tasks = None if place is None else [self.tasks[place % len(self.tasks)]]
            ended = self.heart.give_back(who, seconds, tasks)
        except Crash:
            return
        for old, new in zip(before, self._sheets(), strict=True):
            changed = {key: held for key, held in new.seats.items() if held != old.seats[key]}
            assert changed == ({key_of(who): end} if new.task in ended else {})
            assert new.seats.keys() == old.seats.keys()

    @rule(place=TASKS)
    def take_back(self, place: int) -> None:
        sheet = self.heart.sheet(self.tasks[place % len(self.tasks)])
        try:
            self.heart.giving_back.of_tasks([sheet.key])
        except Crash:
            return
        now = self.heart.clock()
        assert not any(held > now for held in self.heart.sheet(self.tasks[place % len(self.tasks)]).seats.values())

    @rule(scheduler=SCHEDULERS)
    def change_scheduler(self, scheduler: str) -> None:
        self.heart.queue_name = queue_name(self.heart.project, scheduler)

    @rule(which=TASKS)
    def walk_over_a_task(self, which: int) -> None:
        set_queue(self.heart.sheets, self.tasks[which % len(self.tasks)].sheet, self.heart.queue_name)

    @rule(place=TASKS)
    def withdraw(self, place: int) -> None:
        sheet = self.heart.sheet(self.tasks[place % len(self.tasks)])
        for run in self.heart.answers.of_task(sheet)[:1]:
            self.heart.answers.withdraw(sheet, run)

    @rule(who=VOLUNTEERS)
    def withdraw_a_volunteer(self, who: str) -> None:
        """Whatever they answered before is gone, and what they hold stays theirs."""
        heart = self.heart
        before = {sheet.task: sheet.seats.get(key_of(who)) for sheet in self._sheets()}
        nothing: Any = None
        tools = Tools(nothing, heart.tasks, heart.sheets, heart.answers, nothing, map, heart.clock)
        newest = max((-held for held in before.values() if held is not None), default=0)
        asked = Withdrawal(heart.project, newest + 1, "", None, contributors=(key_of(who),))
        work = tools.work_of(asked)
        assert work.withdraw(asked, work.page(asked, None).things) == 0
        after = {sheet.task: sheet.seats.get(key_of(who)) for sheet in self._sheets()}
        assert after == {task: held if held is None or held >= 0 else None for task, held in before.items()}

    @precondition(lambda self: hasattr(self, "breakable"))
    @rule(which=st.sampled_from(["move", "remember", "record"]), when=st.sampled_from(["before", "after"]))
    def break_next(self, which: str, when: str) -> None:
        self.breakable[which].dies = when

    @precondition(lambda self: hasattr(self, "heart"))
    @invariant()
    def a_sheet_tells_the_truth_about_its_runs_and_its_listing(self) -> None:
        for sheet in self._sheets():
            runs = self.heart.answers.of_task(sheet)
            assert sheet.run_ids == [run.id for run in runs]
            assert sheet.ans == len(runs) == len({run.contributor for run in runs})
            assert (sheet.open is None) == sheet.closed == (sheet.ready is None)
            assert sheet.open in (None, sheet.queue)
            assert sheet.votes == _votes([run.vote for run in runs])
            assert sheet.spared == 0 or sheet.completed
            assert not (sheet.gold and (sheet.completed or sheet.gen))
            if sheet.ready is not None:
                assert sheet.ready == 0 or len(sheet.seats) >= sheet.ceiling
                before = [held for held in sheet.seats.values() if held < 0 or held >= sheet.ready]
                assert sheet.ready == 0 or len(before) >= sheet.ceiling  # no seat is free before it

    @precondition(lambda self: hasattr(self, "heart"))
    @invariant()
    def accuracies_are_those_of_the_runs(self) -> None:
        judged = [
            run for sheet in self._sheets() for run in self.heart.answers.of_task(sheet) if run.right is not None
        ]
        answered = Counter(run.contributor for run in judged)
        right = Counter(run.contributor for run in judged if run.right)
        known = self.heart.participations.accuracies(self.heart.project, "", 100)
        assert {one.contributor: one.answered for one in known} == answered
        assert {one.contributor: one.right for one in known if one.right} == right

    def teardown(self) -> None:
        """R2: once everybody has gone away, other volunteers who keep asking complete every task."""
        if not hasattr(self, "heart"):
            return
        for one in self.breakable.values():
            one.dies = None
        self.heart.clock.jump(LEASE_SECONDS * 3)  # more than all the jumps back
        for place in range(5):
            while self.heart.answer_next(f"later-{place}") is not None:
                pass
        assert all(sheet.completed or sheet.gold for sheet in self._sheets())
        assert [task for task in self.heart.listed() if not self.heart.queue_name.endswith("a")] == []


def _votes(cast: Sequence[str | None]) -> Votes:
    return Counter(vote for vote in cast if vote is not None)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
