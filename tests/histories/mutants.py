"""Stores and handlers that each leave out one thing that the heart rests on: what the checker has to find."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from chalicelib.core.results import Completion, Image, Orphans, Result
from chalicelib.core.seats import Answer, Move, Renew, Sheet, Take, TakeOver
from chalicelib.core.statistics import Node
from chalicelib.core.stores import SeatChanged
from chalicelib.core.tasks import TaskRun
from chalicelib.webhooks.outbox import task_completed
from tests.fakes.memory import MemoryAnswers, MemorySheets
from tests.fakes.memory_results import MemoryResults
from tests.fakes.memory_statistics import MemoryStatistics
from tests.histories.breakage import Breakage
from tests.histories.delivery import Handler
from tests.histories.ground import Ground, MemoryGround


class SeatsUncounted(MemorySheets):
    """Takes a seat without `size(seats) < n`."""

    def allows(self, now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
        return (isinstance(move, Take) and me not in now.seats) or super().allows(now, seen, me, move)


class ReclaimsAnyway(MemorySheets):
    """Takes an expired seat over whatever it has become (heart.md §3, 7)."""

    def allows(self, now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
        reclaims = isinstance(move, TakeOver) and move.expired in now.seats and me not in now.seats
        return reclaims or super().allows(now, seen, me, move)


class LastSeatAsBefore(MemorySheets):
    """Decides on an old read whether a seat is the last one (2)."""

    def allows(self, now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
        last = isinstance(move, Take) and move.ready is not None and me not in now.seats and not now.closed
        return last or super().allows(now, seen, me, move)


class CountsUnpinned(MemorySheets):
    """Changes redundancy and place as computed from an old read (12)."""

    def same(self, now: Sheet, seen: Sheet) -> bool:
        return True


class PriorityWithoutPlace(MemorySheets):
    """Leaves a task where it stood."""

    def change_priority(self, sheet: Sheet, priority: float) -> bool:
        now = self._memory.sheets.get(sheet.key)
        if now is not None:
            self._memory.sheets[sheet.key] = replace(now, prio=priority)
        return now is not None


class ReadyTooLate(MemorySheets):
    """Says of a full task that it is worth a look after the last lease, not after the first."""

    def move(self, sheet: Sheet, me: str, move: Move) -> bool:
        if isinstance(move, Take | TakeOver) and move.ready is not None:
            move = replace(move, ready=move.until)
        return super().move(sheet, me, move)


class GivenBackUnpinned(MemorySheets):
    """Says from an old read when a task is worth a look, once a lease is given back."""

    def allows(self, now: Sheet, seen: Sheet, me: str, move: Take | TakeOver | Renew) -> bool:
        return super().allows(replace(now, ver=seen.ver) if isinstance(move, Renew) else now, seen, me, move)


class SeatUnpinned(MemoryAnswers):
    """Answers on a seat that may have gone to somebody else."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        return super().allows(replace(now, seats={**now.seats, run.contributor: answer.observed}), seen, run, answer)


class RedundancyUnpinned(MemoryAnswers):
    """Answers though n was changed."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        return super().allows(replace(now, n=seen.n, open=seen.open), seen, run, answer)


class AnswersUncounted(MemoryAnswers):
    """Answers whether or not it is the last one."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        return super().allows(replace(now, ans=answer.least), seen, run, answer)


class OldPlaceComesBack(MemoryAnswers):
    """A place in the queue made of the priority that was read (10)."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        return super().allows(replace(now, prio=seen.prio), seen, run, answer)


class AgreementUnpinned(MemoryAnswers):
    """Decides on votes that were read before whether answers agree, and whether it is the last of them."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        if answer.voting is not None:
            now = replace(now, votes=answer.voting.observed, ans=answer.least)
        return super().allows(now, seen, run, answer)


class GoldUnnoticed(MemoryAnswers):
    """Answers as if the task were work, though it became a gold one."""

    def allows(self, now: Sheet, seen: Sheet, run: TaskRun, answer: Answer) -> bool:
        return super().allows(replace(now, open=seen.open), seen, run, answer)


class RunBeforeSeat(MemoryAnswers):
    """Two writes instead of a transaction: the run is there though its seat was not."""

    def record(self, sheet: Sheet, run: TaskRun, answer: Answer) -> None:
        try:
            super().record(sheet, run, answer)
        except SeatChanged:
            self._memory.runs[run.project_id, run.contributor, run.task_id] = run
            raise


class LastAnswerStaysListed(MemoryAnswers):
    """The listing is left to another write, which nobody makes (1)."""

    def record(self, sheet: Sheet, run: TaskRun, answer: Answer) -> None:
        super().record(sheet, run, replace(answer, last=False))


class WithdrawnUnlisted(MemoryAnswers):
    """A task that wants an answer again is not listed again."""

    def withdraw(self, sheet: Sheet, run: TaskRun) -> None:
        super().withdraw(sheet, run)
        now = self._memory.sheets[sheet.key]
        if sheet.closed and not now.closed:
            self._memory.sheets[sheet.key] = replace(now, open=None, ready=None)


class ResultsOverwritten(MemoryResults):
    """Stores a version again when its record comes again."""

    def add(self, completion: Completion, result_id: int, created: str) -> Result | None:
        self._memory.results.pop((completion.task_id, completion.gen), None)
        return super().add(completion, result_id, created)


class NeverSuperseded(MemoryResults):
    """Forgets that a former version is no longer the last."""

    def _supersede(self, key: tuple[int, int]) -> None:
        return


class NeverRemoved(MemoryResults):
    """Leaves the result of a task whose deletion came first."""

    def remove(self, orphans: Orphans) -> None:
        return


class LatestWins(MemoryStatistics):
    """Whatever is delivered last counts, be it older."""

    def write(self, leaf: Node, entries: Mapping[int, str], again: bool = False) -> None:
        self._entries[leaf].update(entries)


class NeverMarked(MemoryStatistics):
    """Nobody learns that a sum is old."""

    def mark(self, node: Node) -> None:
        if node.level == 1:
            super().mark(node)


class Rereading(Handler):
    """Looks at the sheet as it is now instead of at the record's images (12)."""

    def __init__(self, ground: Ground, breakage: Breakage) -> None:
        super().__init__(ground, breakage)
        stock = self.completions.changed

        def changed(old: Image | None, new: Image | None) -> Result | None:
            sheet = ground.sheets().get(int((new or old or {})["task"]["N"]))
            if new is None or sheet is None:
                return stock(old, new)
            counts = {name: {"N": str(getattr(sheet, name))} for name in ("n", "ans", "gen")}
            return stock(old, {**new, **counts})

        self.completions.changed = changed  # type: ignore[method-assign]


class GoldIsWork(Handler):
    """Takes a gold task with answers enough for a complete one."""

    def __init__(self, ground: Ground, breakage: Breakage) -> None:
        super().__init__(ground, breakage)
        stock = self.completions.changed

        def changed(old: Image | None, new: Image | None) -> Result | None:
            return stock(old and {**old, "qk": {"S": ""}}, new and {**new, "qk": {"S": ""}})

        self.completions.changed = changed  # type: ignore[method-assign]


class AnnouncedOnce(Handler):
    """Takes a message that is noted for one that was queued."""

    def __init__(self, ground: Ground, breakage: Breakage) -> None:
        super().__init__(ground, breakage)
        deliveries = breakage.around(ground.deliveries)

        def announce(result: Result) -> None:
            card = self.hook.card(result.project_id)
            if card is not None and deliveries.add(task_completed(card, result, ground.heart.clock())):
                self.sent.append({"delivery": f"{result.task_id}.{result.gen}"})

        self.outbox.announce = announce  # type: ignore[method-assign]


SHEETS = (
    SeatsUncounted,
    ReclaimsAnyway,
    LastSeatAsBefore,
    CountsUnpinned,
    PriorityWithoutPlace,
    ReadyTooLate,
    GivenBackUnpinned,
)
ANSWERS = (
    SeatUnpinned,
    RedundancyUnpinned,
    AnswersUncounted,
    OldPlaceComesBack,
    AgreementUnpinned,
    GoldUnnoticed,
    RunBeforeSeat,
    LastAnswerStaysListed,
    WithdrawnUnlisted,
)
RESULTS = (ResultsOverwritten, NeverSuperseded, NeverRemoved)
STATISTICS = (LatestWins, NeverMarked)
HANDLERS = (Rereading, AnnouncedOnce, GoldIsWork)
MUTANTS: tuple[type, ...] = (*SHEETS, *ANSWERS, *RESULTS, *STATISTICS, *HANDLERS)


def ground_with(mutant: type) -> Callable[[str, Callable[[], float]], Ground]:
    """A ground with one of its stores replaced; as it is, for a mutant that is no store."""

    def make(scheduler: str, now: Callable[[], float]) -> Ground:
        ground = MemoryGround(scheduler, now)
        if mutant in SHEETS:
            ground.heart.sheets = mutant(ground.memory)
        elif mutant in ANSWERS:
            ground.heart.answers = mutant(ground.memory)
        elif mutant in RESULTS:
            ground.results = mutant(ground.memory)
        elif mutant in STATISTICS:
            ground.statistics = mutant()
        return ground

    return make
