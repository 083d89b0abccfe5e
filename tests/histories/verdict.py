"""Whether a history kept what is promised: every rule over the whole of it, never a sample.

A rule takes the history and gives each violation with the steps and changes that show it. To promise more, write a rule
and put it into RULES.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from chalicelib.core.agreement import Votes
from chalicelib.core.queueing import queue_key
from chalicelib.core.results import Result
from chalicelib.core.seats import Sheet
from chalicelib.core.stores import Accuracy
from chalicelib.core.tallies import Tally
from chalicelib.core.tasks import TaskRun
from tests.histories.changes import Change
from tests.histories.journal import Step


@dataclass
class History:
    """What clients were told, what became of the sheets, and what is stored once everything was delivered.

    `results` are all versions, `messages` the results that each message told of, by its id. `counted` is what the
    statistics say, `recounted` what they come to when counted from the runs. `accuracies` are all that are stored."""

    steps: Sequence[Step]
    changes: Sequence[Change]
    sheets: Mapping[int, Sheet]
    runs: Sequence[TaskRun]
    results: Sequence[Result] = ()
    messages: Mapping[str, Collection[int]] = field(default_factory=dict)
    counted: Tally = field(default_factory=Tally)
    recounted: Tally = field(default_factory=Tally)
    accuracies: Sequence[Accuracy] = ()

    @cached_property
    def by_task(self) -> Mapping[int, Sequence[Change]]:
        """The changes of each task's sheet in order."""
        found: dict[int, list[Change]] = defaultdict(list)
        for change in self.changes:
            sheet = change.after or change.before
            assert sheet is not None
            found[sheet.task].append(change)
        return found

    @cached_property
    def stored(self) -> Mapping[int, TaskRun]:
        return {run.id: run for run in self.runs}

    @cached_property
    def removed(self) -> frozenset[int]:
        """Runs that somebody asked to withdraw, and may have."""
        withdrawals = (step for step in self.steps if step.what == "withdraw" and _may_be_done(step))
        return frozenset(run for step in withdrawals for run in self._runs_of(step))

    def _runs_of(self, step: Step) -> Iterable[int]:
        """Those that it names, or those of a volunteer with smaller ids."""
        if "runs" in step.asked:
            return list(step.asked["runs"])
        who, before = step.asked["who"], step.asked["before"]
        held = (-change.after.seats.get(who, 0) for change in self.changes if change.after is not None)
        return {run for run in held if 0 < run < before}

    @cached_property
    def deleted(self) -> frozenset[int]:
        """Tasks that somebody asked to delete, and may have."""
        return frozenset(step.asked["task"] for step in self.steps if step.what == "delete" and _may_be_done(step))

    @cached_property
    def completions(self) -> Mapping[tuple[int, int], list[list[int]]]:
        """The runs of each completion, by task and generation: there should be one of each."""
        found: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
        for task, changes in self.by_task.items():
            for change in changes:
                if change.after is not None and _completes(change.before, change.after):
                    found[task, change.after.gen].append(change.after.run_ids)
        return found

    @cached_property
    def beyond(self) -> Sequence[Step]:
        """Steps of volunteers in which full tasks are handed out again, and answered (`at_least`)."""
        return [step for step in self.steps if step.asked.get("beyond")]

    def about(self, task: int) -> str:
        """Everything that concerns a task."""
        concerned = [step for step in self.steps if task in (step.asked.get("task"), *step.told.get("tasks", ()))]
        return "\n".join(f"    {one}" for one in [*concerned, *self.by_task.get(task, ())])


@dataclass(frozen=True)
class Violation:
    rule: str
    what: str
    shown_by: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}\n{self.shown_by}"


def _may_be_done(step: Step) -> bool:
    return step.outcome == "unknown" or "done" in step.told


def _completes(old: Sheet | None, new: Sheet) -> bool:
    """The last answer that is wanted came, or n fell to their number; once complete, each new generation does too: an
    answer beyond redundancy, or a run taken back of which there are enough without it."""
    return new.completed and (old is None or not old.completed or new.gen != old.gen)


def _of_task(history: History, rule: str, task: int, what: str) -> Violation:
    return Violation(rule, f"task {task}: {what}", history.about(task))


def never_one_too_many(history: History) -> Iterator[Violation]:
    """R1. Where n was lowered under them, more answers than n may stand, yet none is added; unless `at_least`."""
    for task, change, old, new in _moves(history):
        if new.ans > old.ans and new.ans > new.ceiling and not _may_go_beyond(history, change):
            yield _of_task(history, "R1 one answer too many", task, str(change))


def leases_fit(history: History) -> Iterator[Violation]:
    """No seat is given that is not there; unless `at_least`."""
    for task, change, old, new in _moves(history):
        more = len(new.seats) > len(old.seats) and len(new.seats) > new.ceiling
        if more and not _may_go_beyond(history, change):
            yield _of_task(history, "R1 more seats than answers wanted", task, str(change))


def _may_go_beyond(history: History, change: Change) -> bool:
    """Whether it was made in a step under `at_least`, which may have been turned off meanwhile."""
    return any(step.began <= change.at <= step.over for step in history.beyond)


def answers_come_from_leases(history: History) -> Iterator[Violation]:
    for task, change, old, new in _moves(history):
        for who, held in new.seats.items():
            if held < 0 and old.seats.get(who, -1) < 0 and old.seats.get(who) != held:
                yield _of_task(history, "R1 an answer without a lease", task, f"{who} in {change}")


def answers_stay(history: History) -> Iterator[Violation]:
    """R6, on the sheet: only a withdrawal takes an answer away."""
    for task, change, old, new in _moves(history):
        gone = {held for who, held in old.seats.items() if held < 0 and new.seats.get(who) != held}
        if not gone <= {-run for run in history.removed}:
            yield _of_task(history, "R6 an answer was taken away", task, str(change))


def sheets_are_true(history: History) -> Iterator[Violation]:
    """What a sheet says of itself: counts, listing, when it may have a seat, what is spared, that gold is no work."""
    for task, changes in history.by_task.items():
        for change in changes:
            if change.after is not None and not (_is_listed_right(change.after) and _is_counted_right(change.after)):
                yield _of_task(history, "a sheet that is not true", task, str(change))


def _is_counted_right(sheet: Sheet) -> bool:
    votes, spared = sum(sheet.votes.values()) <= sheet.ans, not sheet.spared or sheet.completed
    return votes and spared and not (sheet.gold and (sheet.completed or sheet.gen or not sheet.marked))


def _is_listed_right(sheet: Sheet) -> bool:
    if (sheet.open is None) != sheet.closed or (sheet.ready is None) != sheet.closed or sheet.ans != len(sheet.run_ids):
        return False
    place = queue_key(sheet.queue, sheet.prio, sheet.task, sheet.ans)
    if sheet.open not in (None, sheet.queue) or (sheet.open is not None and sheet.qk != place):
        return False
    taken = [held for held in sheet.seats.values() if held < 0 or held >= (sheet.ready or 0)]
    return not sheet.ready or len(taken) >= sheet.ceiling  # no seat is free before it


def sheets_go_on(history: History) -> Iterator[Violation]:
    """Nothing goes back, and what the statistics see is of a new version each time."""
    for task, change, old, new in _moves(history):
        counted = _counted(new) != _counted(old)
        if new.gen < old.gen or new.ver < old.ver or (counted and new.ver == old.ver):
            yield _of_task(history, "a sheet that went back", task, str(change))


def _counted(sheet: Sheet) -> tuple[object, ...]:
    return sheet.n, sheet.run_ids, sheet.spared, sheet.gold


def ended_early_by_their_votes(history: History) -> Iterator[Violation]:
    """Answers are spared by the answer that makes a majority, and by nothing else."""
    for task, change, old, new in _moves(history):
        if new.spared > old.spared:
            largest = max(new.votes.values(), default=0)
            last = new.ans == old.ans + 1 == new.n and new.n + new.spared == old.n
            if not last or 2 * largest <= new.ans or sum(new.votes.values()) != sum(old.votes.values()) + 1:
                yield _of_task(history, "ended early without agreement", task, str(change))


def nobody_is_stuck(history: History) -> Iterator[Violation]:
    """R2: at the end of a history, others kept asking until nothing was left; gold tasks are no work."""
    for task, sheet in history.sheets.items():
        if not sheet.completed and not sheet.gold:
            yield _of_task(history, "R2 a task is stuck", task, f"{sheet}")


def one_answer_each(history: History) -> Iterator[Violation]:
    """R3."""
    for (task, who), count in Counter((run.task_id, run.contributor) for run in history.runs).items():
        if count > 1:
            yield _of_task(history, "R3 answered twice", task, who)


def repeats_are_told_the_same(history: History) -> Iterator[Violation]:
    """R3: one key, one run, as long as it was not taken away in between."""
    told: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for step in history.steps:
        if step.what == "submit" and step.outcome == "ok" and step.asked["key"]:
            told[step.asked["who"], step.asked["task"], step.asked["key"]].add(step.told["run"])
    for (_, task, key), runs in told.items():
        if len(runs - history.removed) > 1:
            yield _of_task(history, "R3 one key, two runs", int(str(task)), f"{key}: {runs}")


def what_was_acknowledged_is_there(history: History) -> Iterator[Violation]:
    """R6."""
    for step in history.steps:
        if step.what == "submit" and step.outcome == "ok":
            run, task = step.told["run"], step.asked["task"]
            if run not in history.stored and run not in history.removed and task not in history.deleted:
                yield _of_task(history, "R6 an acknowledged answer is lost", task, f"run {run}")


def what_is_there_was_sent(history: History) -> Iterator[Violation]:
    """No run that nobody sent, and none whose sender was refused each time."""
    sent = {(one.asked["who"], one.asked["task"]) for one in _submissions(history) if one.outcome != "refused"}
    for run in history.runs:
        if (run.contributor, run.task_id) not in sent:
            yield _of_task(history, "R6 a run that nobody was told of", run.task_id, f"run {run.id}")


def runs_and_sheets_agree(history: History) -> Iterator[Violation]:
    """Their votes, too."""
    runs: dict[int, list[TaskRun]] = defaultdict(list)
    for run in history.runs:
        runs[run.task_id].append(run)
    for task in {*runs, *history.sheets}:
        stored, sheet = sorted(run.id for run in runs[task]), history.sheets.get(task)
        listed, votes = (sheet.run_ids, sheet.votes) if sheet is not None else ([], {})
        if stored != listed or votes_of(runs[task]) != votes:
            yield _of_task(history, "runs and sheet differ", task, f"{runs[task]} and {sheet}")


def votes_of(runs: Iterable[TaskRun]) -> Votes:
    """What the sheet of their task has to say."""
    return Counter(run.vote for run in runs if run.vote is not None)


def accuracies_equal_the_runs(history: History) -> Iterator[Violation]:
    """A volunteer's answers to gold tasks are counted with the run, and taken back with it."""
    known = {one.contributor: (one.answered, one.right) for one in history.accuracies if one.answered or one.right}
    if known != accuracies_of(history.runs):
        yield Violation("accuracies and runs differ", f"{known} and {accuracies_of(history.runs)}")


def accuracies_of(runs: Iterable[TaskRun]) -> Mapping[str, tuple[int, int]]:
    """How many answers to gold tasks there are, and how many are right, by contributor."""
    judged = [run for run in runs if run.right is not None]
    right = Counter(run.contributor for run in judged if run.right)
    return {who: (count, right[who]) for who, count in Counter(run.contributor for run in judged).items()}


def leases_are_real(history: History) -> Iterator[Violation]:
    """Whoever was handed a task has held a seat on it."""
    sheets = [one.after for one in history.changes if one.after is not None]
    held = {(sheet.task, who) for sheet in sheets for who, end in sheet.seats.items() if end >= 0}
    for step in history.steps:
        tasks = step.told.get("tasks", ()) if step.what == "ask" else ()
        if len(set(tasks)) < len(tasks):
            yield Violation("a task handed out twice at once", str(step))
        for task in tasks:
            if (task, step.asked["who"]) not in held:
                yield _of_task(history, "handed out without a seat", task, str(step))


def completed_once(history: History) -> Iterator[Violation]:
    """R4: one version for each completion, with its runs; the newest one is the last version."""
    stored = {(one.task_id, one.gen): one for one in history.results}
    wanted = {key: runs for key, runs in history.completions.items() if key[0] in history.sheets}
    for task, gen in sorted({*stored, *wanted}):
        completions, version = wanted.get((task, gen), []), stored.get((task, gen))
        if len(completions) != 1 or version is None or version.task_run_ids != completions[0]:
            what = f"generation {gen} completed with {completions}, stored is {version}"
            yield _of_task(history, "R4 results and completions differ", task, what)
    for task in {task for task, _ in stored}:
        newest = max(gen for other, gen in stored if other == task)
        last = [gen for (other, gen), version in stored.items() if other == task and version.last_version]
        if last != [newest]:
            yield _of_task(history, "R4 not one last version", task, f"{last} of {newest}")


def told_once(history: History) -> Iterator[Violation]:
    """R4: one message for each completion, and it tells of one result, however often it is made."""
    for task, gen in history.completions:
        results = {*history.messages.get(f"{task}.{gen}", ())}
        stored = {one.id for one in history.results if (one.task_id, one.gen) == (task, gen)}
        if len(results) != 1 and task in history.sheets:
            yield _of_task(history, "R4 a completion without its one message", task, f"{gen}: {results}")
        if stored and not results <= stored:
            yield _of_task(history, "R4 a message of another result", task, f"{gen}: {results}, stored {stored}")
    for name in history.messages:
        if tuple(map(int, name.split("."))) not in history.completions:
            yield Violation("R4 a message without a completion", name)


def statistics_equal_the_runs(history: History) -> Iterator[Violation]:
    """R5."""
    if history.counted != history.recounted:
        yield Violation("R5 statistics and runs differ", f"\n    {history.counted}\n    {history.recounted}")


def highest_priority_first(history: History) -> Iterator[Violation]:
    """R10: asked while no lease was outstanding, in a step that noted what was due."""
    for step in history.steps:
        if "due" in step.asked and step.outcome == "ok" and step.told["tasks"] != step.asked["due"]:
            yield Violation("R10 not the first of the queue", str(step))


def _moves(history: History) -> Iterator[tuple[int, Change, Sheet, Sheet]]:
    """Changes of sheets that were there before and after."""
    for task, changes in history.by_task.items():
        for change in changes:
            if change.before is not None and change.after is not None:
                yield task, change, change.before, change.after


def _submissions(history: History) -> Iterable[Step]:
    return (step for step in history.steps if step.what == "submit")


def changes_are_whole(history: History) -> Iterator[Violation]:
    """Of the record itself: each change goes on from the one before."""
    for task, changes in history.by_task.items():
        for one, two in pairwise(changes):
            if one.new != two.old and one.key == two.key:
                yield _of_task(history, "the record of changes has a gap", task, f"{one} … {two}")


Rule = Callable[[History], Iterator[Violation]]

RULES: list[Rule] = [
    changes_are_whole,
    never_one_too_many,
    leases_fit,
    answers_come_from_leases,
    answers_stay,
    sheets_are_true,
    sheets_go_on,
    ended_early_by_their_votes,
    nobody_is_stuck,
    one_answer_each,
    repeats_are_told_the_same,
    what_was_acknowledged_is_there,
    what_is_there_was_sent,
    runs_and_sheets_agree,
    accuracies_equal_the_runs,
    leases_are_real,
    completed_once,
    told_once,
    statistics_equal_the_runs,
    highest_priority_first,
]


def violations(history: History, rules: Iterable[Rule] = RULES) -> list[Violation]:
    """Everything that was not kept."""
    return [found for rule in rules for found in rule(history)]
