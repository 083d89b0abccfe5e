"""What volunteers and owners do to a project, each from a container of its own whose edges may break."""

import copy
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from chalicelib.core.agreement import Agreement
from chalicelib.core.contributors import Contributor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.gold import set_gold
from chalicelib.core.queueing import queue_name
from chalicelib.core.redundancy import set_n_answers, set_priority, set_queue
from chalicelib.core.schedulers import OneOf
from chalicelib.core.scheduling import Handout
from chalicelib.core.seats import GRACE_SECONDS, vote
from chalicelib.core.stores import SeatChanged
from chalicelib.core.submission import Content
from chalicelib.core.tasks import Task, TaskRun
from tests.fakes.heart import LEASE_CAP, LEASE_SECONDS, Heart
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance
from tests.histories.journal import Journal
from tests.histories.lag import LaggingQueue

Deed = tuple[Callable[[], None], float]  # and how often
OPTIONS = ("agreement", "at_least", "gold", "leaving")
AGREEMENT = Agreement(0.6, 2, "a")
GOLD_RATE, GOLD_ANSWER = 0.5, {"a": 1}
SCHEDULERS = ("default", "breadth_first", "depth_first_all", "incremental", "locked")
LETTERS = "AQgw"  # first letters of contributors' keys: one for each kind of volunteer


def contributor(number: int) -> str:
    """The key of a volunteer, as long as the product's and of one of its kinds."""
    return f"{LETTERS[number % len(LETTERS)]}{number}".ljust(16, "_")


class Project:
    """What clients share besides the stores: the tasks there are, the scheduler that is set, and the options that are
    used, which come and go: some of OPTIONS."""

    def __init__(self, heart: Heart, scheduler: str, tasks: list[Task], options: Collection[str] = ()) -> None:
        self.heart = heart
        self.scheduler = scheduler
        self.tasks = tasks
        self.used = options
        self.on = set(options)


class Client:
    """One container. It learns of another scheduler or option late, as its card of the project is kept for a while."""

    def __init__(self, name: str, project: Project, breakage: Breakage, chance: Chance, journal: Journal) -> None:
        self.name = name
        self._project = project
        self._chance = chance
        self._journal = journal
        self.breakage = breakage
        self.lease_seconds = LEASE_SECONDS
        self.lag = LaggingQueue(project.heart.queue, chance.of("lag"))
        self.heart = self._behind_edges(project.heart)
        self._read_card()

    def _behind_edges(self, heart: Heart) -> Heart:
        mine, edge = copy.copy(heart), self.breakage.around
        mine.sheets, mine.participations = edge(heart.sheets), edge(heart.participations)
        mine.answers, mine.tasks, mine.queue = edge(heart.answers), edge(heart.tasks), edge(self.lag)
        return mine

    def learn(self) -> None:
        """Of the project's scheduler and options, more often than not."""
        if self._chance.happens(0.7):
            self._read_card()
        self.heart.queue_name = queue_name(self.heart.project, self._scheduler)

    def _read_card(self) -> None:
        self._scheduler = self._project.scheduler
        self.heart.agreement = AGREEMENT if "agreement" in self._project.on else None
        self.heart.at_least = "at_least" in self._project.on
        self.heart.gold_rate = GOLD_RATE if "gold" in self._project.on else 0.0

    def a_task(self) -> Task:
        return self._chance.choice(self._project.tasks)

    def step(self, what: str, **asked: Any) -> Any:
        """Begin a step in the journal."""
        return self._journal.step(self.name, what, **asked)


class Volunteer(Client):
    """Asks and answers. Two clients of one volunteer are one browser with two windows, or a request sent twice."""

    def __init__(self, who: str, *given: Any) -> None:
        super().__init__(*given)
        self.who = who
        self._held: list[Task] = []
        self._sent: list[tuple[Task, str | None, Any]] = []

    def act(self) -> None:
        """One step."""
        self.learn()
        asked = [(self.ask, 4.0), (self.submit, 4.0), (self.submit_again, 1.0), (self.submit_unasked, 0.5)]
        leaving = [(self.give_back, 2.0)] if "leaving" in self._project.used else []
        self._chance.weighted([*asked, *leaving])()

    def ask(self) -> None:
        limit, offset = self._chance.choice([(1, 0), (1, 0), (1, 0), (2, 0), (3, 0), (1, 1), (25, 0)])
        order = OneOf(limit) if self._scheduler == "incremental" and limit > 1 else None
        limit = 1 if self._scheduler in ("incremental", "locked") else limit
        scheduling, heart = self.heart.scheduling, self.heart
        found: list[Handout] = []
        with self.step("ask", who=self.who, limit=limit, offset=offset, beyond=heart.at_least) as told:
            found = scheduling.next_tasks(
                heart.project,
                heart.queue_name,
                self.who,
                self.lease_seconds,
                LEASE_CAP,
                limit,
                offset,
                order,
                heart.gold_rate,
                heart.at_least,
            )
            told["tasks"] = [handout.task.id for handout in found]
        self._held = [*self._held, *(handout.task for handout in found)][-6:]

    def submit(self) -> None:
        """Answer a task at hand, at times with a key of the request's own."""
        if self._held:
            task = self._held.pop(self._chance.randrange(len(self._held)))
            key = f"{self.name}-{len(self._sent)}" if self._chance.happens(0.6) else None
            self._send(task, key, self._info())

    def submit_again(self) -> None:
        """Its answer may have been lost."""
        if self._sent:
            self._send(*self._chance.choice(self._sent[-3:]))

    def submit_unasked(self) -> None:
        self._send(self.a_task(), None, self._info())

    def _info(self) -> Any:
        """Answers that agree more often than not, where it matters."""
        compared = bool({"agreement", "gold"} & {*self._project.used})
        return {"by": self.name, "a": self._chance.choice([1, 1, 1, 2])} if compared else {"by": self.name}

    def _send(self, task: Task, key: str | None, info: Any) -> None:
        self._sent.append((task, key, info))
        me, content, heart = Contributor(self.who, user_ip="10.1.2.3"), Content(info, idem=key), self.heart
        with self.step("submit", who=self.who, task=task.id, key=key, beyond=heart.at_least) as told:
            told["run"] = heart.submission.submit(
                heart.project, task.id, me, content, self.lease_seconds, heart.agreement, heart.at_least
            ).id

    def give_back(self) -> None:
        """One task or all, at once or in a moment; the page may still send what it had begun."""
        tasks = [self._chance.choice(self._held).id] if self._held and self._chance.happens(0.5) else None
        seconds = self._chance.choice([0, GRACE_SECONDS])
        with self.step("give back", who=self.who, given=tasks) as told:
            told["ended"] = self.heart.giving_back.own(self.who, self.heart.project, tasks, seconds).tasks


class Owner(Client):
    """Changes tasks while they are answered."""

    def act(self) -> None:
        """One step."""
        self.learn()
        weights: list[Deed] = [
            (self.change_redundancy, 4.0),
            (self.change_priority, 2.0),
            (self.change_scheduler, 1.0),
            (self.walk, 1.0),
            (self.withdraw, 2.0),
            (self.delete_run, 1.0),
            (self.delete_task, 0.5),
        ]
        more: dict[str, list[Deed]] = {
            "agreement": [(self.change_answer, 2.0)],
            "gold": [(self.change_gold, 4.0)],
            "leaving": [(self.take_back, 2.0), (self.withdraw_volunteer, 1.0)],
        }
        for option in self._project.used:
            weights += [(self.change_option, 0.5), *more.get(option, [])]
        self._chance.weighted(weights)()

    def change_redundancy(self) -> None:
        task, n = self.a_task(), self._chance.randint(1, 4)
        self._change("redundancy", task, lambda: set_n_answers(self.heart.sheets, task.sheet, n), n=n)

    def change_priority(self) -> None:
        task, priority = self.a_task(), self._chance.choice([0.0, 0.5, 1.0])
        self._change("priority", task, lambda: set_priority(self.heart.sheets, task.sheet, priority), priority=priority)

    def _change(self, what: str, task: Task, change: Callable[[], bool], **asked: Any) -> None:
        with self.step(what, task=task.id, **asked) as told:
            try:
                told["changed"] = change()
            except NotFound:
                told["changed"] = False

    def change_scheduler(self) -> None:
        self._project.scheduler = self._chance.choice(SCHEDULERS)
        with self.step("scheduler", scheduler=self._project.scheduler):
            pass

    def walk(self) -> None:
        """Bring some of the tasks into the queue of the scheduler."""
        for task in self._chance.sample(self._project.tasks, min(3, len(self._project.tasks))):
            self._bring(task, self.heart.queue_name)

    def _bring(self, task: Task, queue: str) -> None:
        self._change("queue", task, lambda: set_queue(self.heart.sheets, task.sheet, queue), queue=queue)

    def withdraw(self) -> None:
        """Any run, as the draft's clearing does; its task wants an answer more."""
        self._withdraw(lambda completed: True)

    def delete_run(self) -> None:
        """As the API does it: a run that a result rests on stays (contract rest-api.md §12.3)."""
        self._withdraw(lambda completed: not completed)

    def _withdraw(self, may: Callable[[bool], bool]) -> None:
        task = self.a_task()
        run = self._a_run(task)
        if run is None:
            return
        with self.step("withdraw", task=task.id, runs=[run.id]) as told, suppress(SeatChanged):
            sheet = self.heart.sheets.read([task.sheet], [], consistent=True)[0].get(task.sheet)
            if sheet is None or not may(sheet.completed):
                raise Forbidden("a result rests on it")
            self.heart.answers.withdraw(sheet, run)
            told["done"] = True

    def _a_run(self, task: Task) -> TaskRun | None:
        """Looked up aside, without an edge."""
        sheets, _ = self._project.heart.sheets.read([task.sheet], [], consistent=True)
        runs = [run for sheet in sheets.values() for run in self._project.heart.answers.of_task(sheet)]
        return self._chance.choice(runs) if runs else None

    def change_option(self) -> None:
        """On or off."""
        option = self._chance.choice([*self._project.used])
        self._project.on ^= {option}
        with self.step("option", option=option, on=option in self._project.on):
            pass

    def change_gold(self) -> None:
        task, answer = self.a_task(), self._chance.choice([None, GOLD_ANSWER])
        with self.step("gold", task=task.id, answer=answer):
            set_gold(self.heart.sheets, task, self.heart.queue_name, answer)

    def take_back(self) -> None:
        """All leases of a task."""
        task = self.a_task()
        with self.step("take back", task=task.id) as told:
            told["ended"] = self.heart.giving_back.of_tasks([task.sheet])

    def withdraw_volunteer(self) -> None:
        """What somebody has answered up to now."""
        run = self._a_run(self.a_task())
        if run is None:
            return
        before = self.heart.identifiers.next()
        with self.step("withdraw", who=run.contributor, before=before) as told:
            assert self.heart.withdraw_runs_of(run.contributor, before) == 0
            told["done"] = True

    def change_answer(self) -> None:
        """As the API does it: the vote goes with it while the task is open."""
        task, info = self.a_task(), {"a": self._chance.choice([1, 2])}
        run = self._a_run(task)
        with self.step("answer", task=task.id), suppress(SeatChanged):
            sheet = self.heart.sheets.read([task.sheet], [], consistent=True)[0].get(task.sheet)
            voting = vote(sheet, self.heart.agreement, info) if sheet is not None else None
            if run is not None and sheet is not None and voting is not None and not sheet.completed:
                self.heart.answers.change_vote(sheet, run, info, None, voting.vote)

    def delete_task(self) -> None:
        task = self.a_task()
        with self.step("delete", task=task.id) as told:
            sheet = self.heart.sheets.read([task.sheet], [], consistent=True)[0].get(task.sheet)
            if sheet is not None and self.heart.tasks.delete(task, sheet):
                told["done"] = True
