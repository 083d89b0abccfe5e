"""The end of a history: everybody has gone, nothing breaks any more; others come until nothing is left, the stream is
delivered to its end, and what is stored is looked at."""

from collections.abc import Iterable, Sequence

import orjson

from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_queue
from chalicelib.core.seats import Sheet, place
from chalicelib.core.tallies import Tally, tally_of
from chalicelib.core.task_facts import GOLD_FACTS, facts_of
from chalicelib.core.tasks import Task
from tests.fakes.heart import LEASE_SECONDS, Heart
from tests.histories.clients import Project, contributor
from tests.histories.delivery import Reader, fold
from tests.histories.ground import Ground
from tests.histories.journal import Journal
from tests.histories.verdict import History

NEWCOMERS = 4  # as many as answers are wanted at most
FIRST_NEWCOMER = 1000
MOST_BATCHES = 20_000
MOST_VOLUNTEERS = 1000


def finish(ground: Ground, project: Project, journal: Journal) -> None:
    """Nobody holds a lease any more, the walk over all tasks is done, and newcomers, who are given no gold tasks,
    answer whatever is open."""
    heart = project.heart
    heart.gold_rate = 0.0
    heart.queue_name = queue_name(heart.project, project.scheduler)
    for sheet in ground.sheets().values():
        set_queue(heart.sheets, sheet.key, heart.queue_name)
    heart.clock.jump(1000 * LEASE_SECONDS)  # more than all the jumps back
    for number in range(NEWCOMERS):
        who = contributor(FIRST_NEWCOMER + number)
        while _answer_next(ground, heart, journal, who):
            pass


def _answer_next(ground: Ground, heart: Heart, journal: Journal, who: str) -> bool:
    """Ask, and answer what was handed out; False when nothing was."""
    found: list[Task] = []
    first = due(ground.sheets().values(), heart.queue_name, who)
    with journal.step("newcomer", "ask", who=who, due=first) as told:
        found = [handout.task for handout in heart.ask(who)]
        told["tasks"] = [task.id for task in found]
    for task in found:
        with journal.step("newcomer", "submit", who=who, task=task.id, key=None) as told:
            told["run"] = heart.submit(who, task).id
    return bool(found)


def due(sheets: Iterable[Sheet], queue: str, who: str) -> list[int]:
    """What has to be handed out while nobody holds a lease: the first in the queue that takes an answer of theirs. One
    that stands under former rules, which closed it, waits for the walk over all tasks."""
    theirs = [one for one in sheets if one.seats.get(who, 0) >= 0 and not one.closed and not one.gold]
    places = {place(one, queue).qk: one.task for one in theirs if place(one, queue).open is not None}
    return [places[min(places)]] if places else []


def deliver(readers: Sequence[Reader]) -> None:
    """Until each reader has read to its shard's end."""
    for _ in range(MOST_BATCHES):
        waiting = [reader for reader in readers if not reader.done]
        if not waiting:
            return
        for reader in waiting:
            reader.read()
    raise AssertionError("The stream is not delivered to its end.")


def look(ground: Ground, journal: Journal, sent: Sequence[str]) -> History:
    """The whole history. `sent` are the ids of the messages that were queued."""
    messages = {one.id: {orjson.loads(one.payload)["result_id"]} for one in ground.messages() if one.id in sent}
    return History(
        steps=journal.steps,
        changes=ground.changes(),
        sheets=ground.sheets(),
        runs=ground.runs(),
        results=ground.versions(),
        messages=messages,
        counted=fold(ground.statistics).of_project(ground.heart.project),
        recounted=recount(ground),
        accuracies=ground.heart.participations.accuracies(ground.heart.project, "", MOST_VOLUNTEERS),
    )


def recount(ground: Ground) -> Tally:
    """From the runs, as a rebuild does."""
    runs: dict[int, list[tuple[int, str]]] = {task: [] for task in ground.sheets()}
    for run in ground.runs():
        runs.setdefault(run.task_id, []).append((run.id, run.contributor))
    return tally_of(
        facts_of(sheet.n, runs[task], sheet.spared) if not sheet.gold else GOLD_FACTS
        for task, sheet in ground.sheets().items()
    )
