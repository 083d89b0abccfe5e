"""Rules of volunteers: they ask, answer, send again, give back, and think for a while."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from chalicelib.core.agreement import recounted, vote_of
from chalicelib.core.seats import GRACE_SECONDS, Sheet, vote
from chalicelib.core.tasks import Task
from tests.fakes.heart import LEASE_SECONDS, key_of
from tests.histories.closing import due
from tests.histories.machine.stage import TASKS, VOLUNTEERS, Stage

ANSWERS = st.sampled_from([{"a": 1}, {"a": 1.0, "b": 2}, {"a": 2}, None])
KEYS = st.sampled_from([None, "one", "two"])


class VolunteerRules(Stage):
    """Each says what a client may be told, from the sheets before and after it."""

    @rule(who=VOLUNTEERS, limit=st.integers(1, 3), offset=st.integers(0, 2))
    def ask(self, who: str, limit: int, offset: int) -> None:
        found = self._asked(who, limit, offset)
        assert found is None or len(found) == len({task.id for task in found}) <= limit
        for task in found or ():
            assert (self.heart.sheet(task).leased_until(key_of(who)) or 0) > self.heart.clock()

    def _asked(self, who: str, limit: int = 1, offset: int = 0) -> list[Task] | None:
        """What is handed out; None when nobody heard of it."""
        found: list[Task] | None = None
        with self.told(who, "ask", limit=limit, offset=offset) as told:
            found = [handout.task for handout in self.heart.ask(who, limit, offset)]
            told["tasks"] = [task.id for task in found]
        return found

    @rule(who=VOLUNTEERS)
    def ask_while_nobody_holds_a_lease(self, who: str) -> None:
        """R10: then it is a task of the first place in the queue that the volunteer may do, or nothing is left; or a
        gold one at its time."""
        before = self.sheets()
        if any(held > self.heart.clock() for sheet in before for held in sheet.seats.values()):
            return
        # Nobody can be given a task whose import has stored the sheet and not yet the task.
        whole = [sheet for sheet in before if sheet.task in self.ground.memory.tasks]
        first, queue = due(whole, self.heart.queue_name, key_of(who)), self.heart.queue_name
        gold = {sheet.task for sheet in before if sheet.gold and sheet.seats.get(key_of(who), 0) >= 0}
        asked = self._asked(who)
        found = [task.id for task in asked or ()]
        if asked is None or (found and gold.issuperset(found)):
            assert not found or self.heart.gold_rate
        elif any(sheet.queue != queue and not sheet.gold for sheet in before):
            assert len(found) == len(first)  # while the scheduler changes, the order is not exact; that there is one is
        else:
            assert found == first

    @rule(who=VOLUNTEERS, place=TASKS, info=ANSWERS, key=KEYS)
    def submit(self, who: str, place: int, info: Any, key: str | None) -> None:
        """R1 and R3: accepted with a live seat while answers are wanted, and never twice; who says that it is the same
        request again gets the same run."""
        task, idem = self.task(place), key and f"{key:_<16}"
        before = self.heart.sheet(task)
        live = (before.leased_until(key_of(who)) or 0) > self.heart.clock()
        may = live and (not before.closed or self.heart.at_least)
        repeats = self._is_repeat(who, task, idem)
        with self.told(who, "submit", task=task.id, key=key) as told:
            told["run"] = self.heart.submit(who, task, info, idem).id
        after = self.heart.sheet(task)
        if self.last.outcome == "refused":
            assert not may
            assert not repeats
        if self.last.outcome == "ok":
            assert may or repeats
            assert after.ans == before.ans + may
            assert after.ans <= max(before.ceiling, before.ans) or self.heart.at_least
        if after.ans > before.ans:
            self._ended_early_if_they_agree(before, after, info)

    def _is_repeat(self, who: str, task: Task, idem: str | None) -> bool:
        runs = self.heart.answers.of_task(self.heart.sheet(task))
        return any(run.contributor == key_of(who) and run.idem == idem for run in runs if run.idem)

    def _ended_early_if_they_agree(self, before: Sheet, after: Sheet, info: Any) -> None:
        rule, votes = self.heart.agreement, before.votes
        if rule is None or before.ceiling != before.n or before.closed:
            assert (after.n, after.spared, after.votes) == (before.n, before.spared, votes)
            return
        votes = recounted(votes, None, vote_of(rule, info))
        agree = after.ans >= rule.minimum and max(votes.values(), default=0) >= rule.share * after.ans
        assert after.votes == votes
        assert (after.n, after.spared) == ((after.ans, before.n - after.ans) if agree else (before.n, 0))

    @rule(place=TASKS, info=ANSWERS)
    def change_an_answer(self, place: int, info: Any) -> None:
        """Its vote goes with it while the task is open."""
        sheet = self.heart.sheet(self.task(place))
        voting = vote(sheet, self.heart.agreement, info)
        for run in self.heart.answers.of_task(sheet)[:1]:
            if voting is not None and not sheet.completed:
                self.heart.answers.change_vote(sheet, run, info, None, voting.vote)

    @rule(who=VOLUNTEERS, seconds=st.sampled_from([0, GRACE_SECONDS]), place=st.none() | TASKS)
    def give_back(self, who: str, seconds: int, place: int | None) -> None:
        before, end = self.ground.sheets(), int(self.heart.clock()) + seconds
        with self.told(who, "give back") as told:
            told["ended"] = self.heart.give_back(who, seconds, None if place is None else [self.task(place)])
        for task, new in self.ground.sheets().items() if self.last.outcome == "ok" else ():
            changed = {key: held for key, held in new.seats.items() if held != before[task].seats[key]}
            assert changed == ({key_of(who): end} if task in self.last.told["ended"] else {})
            assert new.seats.keys() == before[task].seats.keys()

    @rule(seconds=st.sampled_from([1, LEASE_SECONDS // 2, LEASE_SECONDS + 1, -30]))
    def jump(self, seconds: int) -> None:
        self.heart.clock.jump(seconds)
