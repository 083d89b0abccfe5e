"""One history of concurrent clients that a seed replays whole, and that shrinks by leaving out clients and steps."""

import itertools
import random
import traceback
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.core.tasks import Task
from tests.fakes.heart import LEASE_SECONDS
from tests.histories.breakage import Breakage
from tests.histories.chance import Chance
from tests.histories.clients import OPTIONS, SCHEDULERS, Owner, Project, Volunteer, contributor
from tests.histories.closing import deliver, finish, look
from tests.histories.delivery import SHARDS, Handler, Killed, Reader, Shard
from tests.histories.ground import Ground, MemoryGround
from tests.histories.journal import Journal
from tests.histories.turns import Turns
from tests.histories.verdict import RULES, History, Rule, Violation, violations
from tests.reliability.faults import Crash

GroundFor = Callable[[str, Callable[[], float]], Ground]
HandlerFor = Callable[[Ground, Breakage], Handler]
UNEXPECTED = "an unexpected error"
EPOCH = 1_795_000_000.0
JUMPS = (-30.0, LEASE_SECONDS / 2, *[LEASE_SECONDS + 1.0] * 3, -LEASE_SECONDS / 2)


class Scenario(Struct, frozen=True):
    """All there is to a history. `steps` says how many each client takes; without one a client is not there."""

    seed: int
    scheduler: str
    redundancies: tuple[int, ...]
    steps: tuple[tuple[str, int], ...]
    broken: float = 0.03  # the share of requests that break
    stale: float = 0.3  # the share of index entries that are stale
    thinking: float = 0.0  # seconds between two steps of a client, in the mean
    frozen: float = 0.0  # the share of requests before which a client stands still for longer than a lease lasts
    options: tuple[str, ...] = ()  # of the project, see clients.OPTIONS

    def smaller(self) -> Iterator["Scenario"]:
        """Scenarios to try instead, the much smaller ones first."""
        for place, (name, count) in enumerate(self.steps):
            before, after = self.steps[:place], self.steps[place + 1 :]
            yield replace(self, steps=before + after)
            for fewer in sorted({count // 2, count - 1} - {0, count}):
                yield replace(self, steps=(*before, (name, fewer), *after))
        for place in range(len(self.options)):
            yield replace(self, options=self.options[:place] + self.options[place + 1 :])
        if self.broken:
            yield replace(self, broken=0.0)
        if self.stale:
            yield replace(self, stale=0.0)
        if self.frozen or self.thinking:
            yield replace(self, frozen=0.0, thinking=0.0)
        if len(self.redundancies) > 1:
            yield replace(self, redundancies=self.redundancies[:-1])


def scenario(
    seed: int, scheduler: str | None = None, slow: bool | None = None, options: tuple[str, ...] | None = None
) -> Scenario:
    """The scenario of a seed, at times with slow people and machines: leases expire between any two requests; every
    second time without options."""
    chance = Chance("scenario", seed)
    people = [f"volunteer {number}" for number in range(chance.randint(2, 5))]
    some = [("owner", 2), ("twin", 1), ("time", 2)]
    others = [*(name for name, most in some for _ in range(chance.randint(0, most))), "stream", "stream"]
    names = [*people, *(f"{name} {place}" for place, name in enumerate(others))]
    return Scenario(
        seed,
        scheduler or chance.choice(SCHEDULERS),
        tuple(chance.choice([1, 1, 2, 2, 3]) for _ in range(chance.choice([1, 1, 1, 2, 2, 4]))),
        tuple((name, chance.randint(3, 14)) for name in names),
        chance.choice([0.0, 0.02, 0.05]),
        chance.choice([0.0, 0.3]),
        *((600.0, 0.1) if (chance.happens(0.3) if slow is None else slow) else (0.0, 0.0)),
        _options(chance) if options is None else options,
    )


def _options(chance: Chance) -> tuple[str, ...]:
    used = chance.happens(0.5)
    return tuple(option for option in OPTIONS if used and chance.happens(0.5))


class Play:
    """A scenario while it is played, on the ground and with the stream's function that are made for it."""

    def __init__(
        self, scenario: Scenario, ground_for: GroundFor = MemoryGround, handler_for: HandlerFor = Handler
    ) -> None:
        self._scenario = scenario
        self._handler_for = handler_for
        self._chance = Chance("play", scenario.seed)
        self._ticks = itertools.count(1)
        self._turns = Turns(self._chance.of("turns"), self._tick, scenario.frozen)
        self._journal = Journal(self._now)
        self._ground = ground_for(scenario.scheduler, self._now)
        self._heart = self._ground.heart
        self._heart.clock.now = EPOCH
        self._project = Project(self._heart, scenario.scheduler, self._tasks(), scenario.options)
        self._shards = [Shard(self._ground, number) for number in range(SHARDS)]
        self._breakages: list[Breakage] = []
        self._readers: list[Reader] = []
        self._handlers: list[Handler] = []

    def _tick(self, seconds: float) -> None:
        self._heart.clock.jump(seconds)

    def run(self) -> History:
        """From the first step to the end of the delivery."""
        state = random.getstate()
        random.seed(self._scenario.seed)  # who loses a race chooses by it
        try:
            self._turns.run({name: self._client(name, count) for name, count in self._scenario.steps})
            self._end()
        finally:
            random.setstate(state)
        sent = [str(message["delivery"]) for handler in self._handlers for message in handler.sent]
        return look(self._ground, self._journal, sent)

    def _end(self) -> None:
        for breakage in self._breakages:
            breakage.rate = 0.0
        self._reading("stream last", self._chance.of("stream last"))
        finish(self._ground, self._project, self._journal)
        deliver(self._readers)

    def _tasks(self) -> list[Task]:
        chance = self._chance.of("tasks")
        return [self._heart.add(1, n, lambda _: chance.choice([0.0, 0.5, 1.0]))[0] for n in self._scenario.redundancies]

    def _now(self) -> float:
        """Orders steps and changes: the time of the turns, and within it the order of asking."""
        return round(self._turns.now, 3) + next(self._ticks) * 1e-7

    def _breakage(self, chance: Chance, died: type[BaseException]) -> Breakage:
        rate = self._scenario.broken * (3 if died is Killed else 1)
        breakage = Breakage(chance.of("breakage"), rate, self._turns.pause, self._late, died)
        self._breakages.append(breakage)
        return breakage

    def _late(self, work: Callable[[], None]) -> None:
        def wait_and_work() -> None:
            self._turns.pause()
            work()

        self._turns.begin("late", wait_and_work)

    def _client(self, name: str, count: int) -> Callable[[], None]:
        act = self._deed(name)

        thinking, chance = self._scenario.thinking, self._chance.of(name, "thinking")

        def live() -> None:
            for _ in range(count):
                self._turns.pause(thinking and chance.expovariate(1 / thinking))
                act()

        return live

    def _deed(self, name: str) -> Callable[[], None]:
        """What a client does again and again."""
        kind, number = name.split()
        chance = self._chance.of(name)
        if kind == "time":
            return lambda: self._heart.clock.jump(chance.choice(JUMPS))
        if kind == "stream":
            return self._reading(name, chance)
        client = self._person(kind, int(number), name, chance)
        client.lag.stale = self._scenario.stale
        return client.act

    def _person(self, kind: str, number: int, name: str, chance: Chance) -> Owner | Volunteer:
        given = name, self._project, self._breakage(chance, Crash), chance, self._journal
        if kind == "owner":
            return Owner(*given)
        return Volunteer(contributor(0 if kind == "twin" else number), *given)

    def _reading(self, name: str, chance: Chance) -> Callable[[], None]:
        handler = self._handler_for(self._ground, self._breakage(chance, Killed))
        readers = [Reader(shard, handler, chance.of(name, place)) for place, shard in enumerate(self._shards)]
        self._handlers.append(handler)
        self._readers += readers
        return lambda: chance.choice(readers).read()


Check = Callable[[Scenario], list[Violation]]


def check(
    scenario: Scenario,
    ground_for: GroundFor = MemoryGround,
    handler_for: HandlerFor = Handler,
    rules: Sequence[Rule] = RULES,
) -> list[Violation]:
    """What a scenario violates; an error that no client should ever see is a violation too."""
    try:
        history = Play(scenario, ground_for, handler_for).run()
    except Exception:
        return [Violation(UNEXPECTED, traceback.format_exc())]
    return violations(history, rules)


def shrunk(scenario: Scenario, check: Check) -> tuple[Scenario, list[Violation]]:
    """The smallest scenario found that still violates what the given one does, and its violations."""
    found = check(scenario)
    rules = {one.rule for one in found}
    smaller = scenario.smaller()
    while (tried := next(smaller, None)) is not None:
        violated = check(tried)
        if rules & {one.rule for one in violated}:
            scenario, found, smaller = tried, violated, tried.smaller()
    return scenario, found


def report(scenario: Scenario, check: Check) -> str:
    """How a scenario fails, made smaller first."""
    smallest, found = shrunk(scenario, check)
    told = "\n".join(map(str, found[:3]))
    return f"Scenario of seed {scenario.seed} fails; smaller, `check({smallest!r})` shows\n{told}"
