"""Every operation on the volunteers' path stays under its ceiling (heart.md §2), at 100 and at 10,000 open tasks, for a
newcomer and for a veteran with 2,000 runs (R12). Tasks have 4 KB of info, sheets up to 30 seats."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core.completions import Completions
from chalicelib.core.queueing import Entry, queue_name
from chalicelib.core.results import Result
from chalicelib.core.searching import BEYOND_TRIES
from chalicelib.core.seats import GRACE_SECONDS, change_redundancy
from chalicelib.core.stores import Hints, Lease
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.queue import QueueStore
from chalicelib.store.results import ResultStore
from chalicelib.store.sequences import task_ids
from chalicelib.store.tables import ParticipationItem, RunItem, SheetItem, TaskItem
from chalicelib.store.task_batches import TaskBatches
from chalicelib.store.tasks import sheet_item, task_item
from tests.fakes.heart import LEASE_CAP, LEASE_SECONDS, Heart, define_tasks, key_of
from tests.meter.meter import Bill, Meter

KB = 1024
FULL = 30  # the default redundancy
VETERAN_RUNS = 2000
BIG = "x" * (4 * KB)
LEASE = (5, 3)
AGAIN = (4, 0)


@dataclass
class World:
    """A project with many open tasks, and a veteran who has answered the first ones of them."""

    heart: Heart
    tasks: list[Task]
    veteran_done: int

    def fresh(self, n: int, seats: dict[str, int] | None = None, ready: int = 0, info: Any = BIG) -> Task:
        """One more task, at the head of the queue, with those seats."""
        new = NewTask(info, n, priority_0=1.0)
        (task,) = define_tasks(self.heart.project, [new])
        item = sheet_item(task, new, self.heart.queue_name)
        item.seats.attribute_values.update(seats or {})
        item.ans = sum(held < 0 for held in (seats or {}).values())
        item.ready = ready
        item.save()
        task_item(task).save()
        return task

    def remember(self, who: str, lease: Lease, task: Task) -> None:
        """The lease in the contributor's participation."""
        old = self.heart.participations.get(key_of(who), self.heart.project)
        self.heart.participations.remember(key_of(who), self.heart.project, old, {task.id: lease}, self.heart.clock())

    def answered(self, count: int) -> dict[str, int]:
        """The seats of so many other contributors who have answered."""
        return {key_of(f"other-{place}"): -self.heart.identifiers.next() for place in range(count)}


@pytest.fixture(scope="module", params=[100, 10_000], ids="{} tasks".format)
def world(request: pytest.FixtureRequest, connected: Any) -> World:
    heart = Heart()
    done = min(VETERAN_RUNS, request.param * 3 // 4)
    tasks = define_tasks(
        heart.project, [NewTask(BIG if place < 200 else place, FULL) for place in range(request.param)]
    )
    veteran = {key_of("veteran"): -heart.identifiers.next()}
    with SheetItem.batch_write() as batch:
        for place, task in enumerate(tasks):
            item = sheet_item(task, NewTask(None, FULL), heart.queue_name)
            if place < done:
                item.seats.attribute_values.update(veteran)
                item.ans = 1
            batch.save(item)
    with TaskItem.batch_write() as batch:
        for task in tasks:
            batch.save(task_item(task))
    world = World(heart, tasks, done)
    participate(world, VETERAN_RUNS)
    return world


def participate(world: World, runs: int) -> None:
    """What the veteran's participation says once the front has taken over from the single answers."""
    front = world.heart.sheet(world.tasks[world.veteran_done - 1]).qk
    ParticipationItem(key_of("veteran"), world.heart.project, runs=runs, front=front).save()


@pytest.fixture(params=["newcomer", "veteran"])
def who(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    yield request.param
    if request.param == "veteran":  # leases of the last test, so that each begins alike
        participate(world, VETERAN_RUNS)
    else:
        ParticipationItem(key_of("newcomer"), world.heart.project).delete()


def within(bill: Bill, ceiling: tuple[float, float]) -> None:
    assert bill.read <= ceiling[0], str(bill)
    assert bill.write <= ceiling[1], str(bill)


def test_a_first_task_costs_at_most_five_reads_and_three_writes(world: World, who: str, meter: Meter) -> None:
    with meter as bill:
        assert len(world.heart.ask(who)) == 1
    within(bill, LEASE)


def test_asking_again_costs_at_most_four_reads_and_no_write(world: World, who: str, meter: Meter) -> None:
    first = world.heart.ask_ids(who)
    with meter as bill:
        assert world.heart.ask_ids(who) == first
    within(bill, AGAIN)


def test_taking_the_last_seat_stays_within_the_lease_ceiling(world: World, meter: Meter) -> None:
    task = world.fresh(FULL, world.answered(FULL - 1))
    with meter as bill:
        assert world.heart.ask_ids("newcomer") == [task.id]
    assert world.heart.sheet(task).ready == int(world.heart.clock()) + LEASE_SECONDS
    within(bill, LEASE)


def test_taking_over_an_expired_seat_stays_within_the_lease_ceiling(world: World, meter: Meter) -> None:
    expired = int(world.heart.clock()) - 1
    task = world.fresh(FULL, {**world.answered(FULL - 1), key_of("gone"): expired}, ready=expired)
    with meter as bill:
        assert world.heart.ask_ids("second") == [task.id]
    assert key_of("gone") not in world.heart.sheet(task).seats
    within(bill, LEASE)


def test_renewing_ones_own_expired_seat_stays_within_the_lease_ceiling(world: World, meter: Meter) -> None:
    expired = int(world.heart.clock()) - 1
    task = world.fresh(FULL, {**world.answered(FULL - 1), key_of("third"): expired}, ready=expired)
    with meter as bill:
        assert world.heart.ask_ids("third") == [task.id]
    within(bill, LEASE)


def test_adopting_a_seat_costs_no_write_on_the_sheet(world: World, meter: Meter) -> None:
    live = int(world.heart.clock()) + 100
    task = world.fresh(2, {key_of("fourth"): live})
    with meter as bill:
        assert world.heart.ask_ids("fourth") == [task.id]
    within(bill, (LEASE[0], 1))


@pytest.mark.parametrize(("size", "units"), [(KB, 11), (800, 9)])
@pytest.mark.parametrize("others", [0, FULL - 2, FULL - 1], ids="after {} others".format)
def test_a_submission_stays_under_its_ceiling(
    world: World, who: str, meter: Meter, size: int, units: int, others: int
) -> None:
    until = int(world.heart.clock()) + LEASE_SECONDS
    task = world.fresh(FULL, {**world.answered(others), key_of(who): until})
    world.remember(who, Lease(until, task.sheet), task)
    with meter as bill:
        world.heart.submit(who, task, "a" * (size - 2))
    within(bill, (2, units))
    assert world.heart.sheet(task).completed is (others == FULL - 1)


def test_changing_the_redundancy_costs_one_read_and_two_writes(world: World, meter: Meter) -> None:
    for n in (FULL - 1, FULL - 2, FULL):  # completes, stays complete, reopens
        task = world.fresh(FULL, world.answered(FULL - 1))
        with meter as bill:
            assert world.heart.sheets.change_redundancy(change_redundancy(world.heart.sheet(task), n))
        within(bill, (1, 2))


def test_changing_the_priority_costs_three_writes(world: World, meter: Meter) -> None:
    task = world.fresh(FULL, world.answered(FULL - 1))
    sheet = world.heart.sheet(task)
    with meter as bill:
        world.heart.sheets.change_priority(sheet, 0.25)
    within(bill, (0, 3))


def test_withdrawing_a_run_costs_at_most_two_reads_and_eleven_writes(world: World, who: str, meter: Meter) -> None:
    seats = {**world.answered(FULL - 2), key_of(who): int(world.heart.clock()) + LEASE_SECONDS}
    task = world.fresh(FULL, seats)
    run = world.heart.submit(who, task, "a" * KB)
    with meter as bill:
        world.heart.answers.withdraw(world.heart.sheet(task), run)
    within(bill, (2, 11))


def test_an_imported_item_up_to_one_kilobyte_costs_three_writes(world: World, meter: Meter) -> None:
    batches = TaskBatches(world.heart.clock, workers=1)  # the meter follows one thread
    batch = batches.open(world.heart.project, world.heart.queue_name, import_id=12)
    task_ids(world.heart.project, 1)  # opens the project's first block
    rows = [(place, NewTask(f"{place}{meter}".ljust(700), FULL)) for place in range(100)]
    with meter as bill:
        assert batch.create(rows) == [True] * 100
    within(bill, (4, 3 * 100 + 1))  # and one for the block's ids
    with meter as again:
        assert batch.create(rows) == [True] * 100
    within(again, (3 * 100, 100 + 2))  # a repeat finds them all: a failed condition each


def test_a_completion_costs_three_writes(world: World, meter: Meter) -> None:
    """Of a project without a webhook, for n = 30 as for n = 1; ceiling 4 a task (heart.md §2)."""
    for n in (1, FULL):
        seats = {**world.answered(n - 1), key_of("last"): int(world.heart.clock()) + LEASE_SECONDS}
        task = world.fresh(n, seats)
        before = image(task)
        world.heart.submit("last", task)
        completions = Completions(
            ResultStore(), Unheard(), world.heart.tasks, world.heart.sheets, world.heart.identifiers.next, time.time
        )
        with meter as bill:
            assert completions.changed(before, image(task)) is not None
        within(bill, (2, 3))
        with meter as again:
            completions.changed(before, image(task))
        within(again, (2, 1))


class Unheard:
    def announce(self, result: Result) -> None:
        """The project has no webhook."""


def image(task: Task) -> dict[str, Any]:
    """The sheet as a stream record shows it."""
    item: dict[str, Any] = SheetItem._get_connection().get_item(task.sheet, consistent_read=True)["Item"]
    return item


def test_a_run_costs_at_most_two_writes_more_under_breadth_first(connected: Any, meter: Meter) -> None:
    heart = Heart(scheduler="breadth_first")
    task, _ = heart.add(2, n=3)
    for who in ("one", "two", "three"):
        heart.ask(who)
    with meter as first:
        heart.submit("one", task, "a" * (KB - 2))
    within(first, (2, 11 + 2))


class Stale(QueueStore):
    """A remembered head that proposes some entries more, all of them long completed."""

    def __init__(self, gone: list[Entry]) -> None:
        super().__init__(remember_seconds=0)
        self._gone = gone

    def near(self, queue: str, least: int = 0, after: str | None = None) -> list[Entry]:
        return [*self._gone, *super().near(queue, least, after)]


@pytest.mark.parametrize("skipped", [1, 4, 8])
def test_a_refused_proposal_costs_half_a_read(world: World, meter: Meter, skipped: int) -> None:
    tasks = [world.fresh(1, world.answered(1)) for _ in range(skipped)]
    sheets = [world.heart.sheet(task) for task in tasks]
    stale = Stale([Entry(world.heart.queue_name, sheet.qk, sheet.key, 0) for sheet in sheets])
    for sheet in sheets:  # completed: no longer listed
        SheetItem(sheet.key).update([SheetItem.open.remove(), SheetItem.ready.remove()])
    usual, world.heart.queue = world.heart.queue, stale
    with meter as bill:
        assert len(world.heart.ask(f"skipper{skipped}")) == 1
    world.heart.queue = usual
    within(bill, (LEASE[0] + skipped / 2, LEASE[1]))


def test_a_lost_race_costs_one_write_more(world: World, meter: Meter) -> None:
    world.fresh(2)
    racing = world.heart.sheets
    lost = []

    class Slower:
        """Somebody else is quicker, once, on whichever task is tried first."""

        def __getattr__(self, name: str) -> Any:
            return getattr(racing, name)

        def move(self, sheet: Any, me: str, move: Any) -> bool:
            if not lost:
                meter.aside.update_item(
                    TableName=SheetItem.Meta.table_name,
                    Key={"key": {"S": sheet.key}},
                    UpdateExpression="SET seats.quicker = :until, n = :more",
                    ExpressionAttributeValues={":until": {"N": str(2**40)}, ":more": {"N": str(sheet.n + 1)}},
                )
            moved = bool(racing.move(sheet, me, move))
            lost.append(not moved)
            return moved

    world.heart.sheets = Slower()
    with meter as bill:
        assert len(world.heart.ask("racer")) == 1
    world.heart.sheets = racing
    assert lost == [True, False]
    within(bill, (LEASE[0] + 0.5, LEASE[1] + 1))


def test_to_say_that_nothing_is_left_costs_at_most_three_reads(connected: Any, meter: Meter) -> None:
    """The head, a fresh pass, and the queues of the project's other schedulers, half a read each."""
    heart = Heart()
    with meter as bill:
        assert heart.ask("me") == []
    within(bill, (3, 0))


def full_of_leases(heart: Heart, count: int) -> list[Task]:
    """Tasks of one answer, each leased by somebody."""
    tasks = heart.add(count, n=1)
    for place in range(0, count, LEASE_CAP):
        assert len(heart.ask(f"other-{place}", LEASE_CAP)) == min(LEASE_CAP, count - place)
    return tasks


@pytest.mark.parametrize("tasks", [1, 30, 400])
def test_a_seat_beyond_redundancy_costs_half_a_read_more_than_to_say_that_nothing_is_left(
    connected: Any, meter: Meter, tasks: int
) -> None:
    """The pages that are read to find that out propose it, too. Then its sheet and the task, seat and participation."""
    heart = Heart()
    full_of_leases(heart, tasks)
    with meter as nothing:
        assert heart.ask("strict") == []
    heart.at_least = True
    with meter as bill:
        (found,) = heart.ask("me")
    within(bill, (nothing.read + 1.5, 3))
    with meter as again:
        assert heart.ask_ids("me") == [found.task.id]
    within(again, AGAIN)


def test_to_say_that_there_is_not_even_a_full_task_costs_eight_sheets_more(connected: Any, meter: Meter) -> None:
    heart = Heart()
    for task in heart.add(12, n=2):
        heart.ask("me")
        heart.submit("me", task)
    heart.ask("you", 12)
    heart.participations.remember(
        key_of("me"),
        heart.project,
        heart.participations.get(key_of("me"), heart.project),
        {},
        heart.clock(),
        Hints(None, None, frozenset()),
    )
    heart.at_least = True
    with meter as bill:
        assert heart.ask("me") == []
    within(bill, (3 + 0.5 + BEYOND_TRIES * 0.5, 1))


def test_a_late_answer_costs_no_more_than_a_last_one(world: World, meter: Meter) -> None:
    until = int(world.heart.clock()) + LEASE_SECONDS
    task = world.fresh(FULL, {**world.answered(FULL), key_of("late"): until})
    SheetItem(task.sheet).update([SheetItem.open.remove(), SheetItem.ready.remove()])
    world.remember("late", Lease(until, task.sheet), task)
    world.heart.at_least = True
    with meter as bill:
        world.heart.submit("late", task, "a" * (KB - 2))
    world.heart.at_least = False
    within(bill, (2, 11))
    assert (world.heart.sheet(task).ans, world.heart.sheet(task).gen) == (FULL + 1, 1)


@pytest.mark.parametrize("held", [1, 2, LEASE_CAP])
def test_giving_back_costs_a_read_and_two_writes_a_lease_and_the_participation_once(
    connected: Any, meter: Meter, held: int
) -> None:
    heart = Heart()
    heart.add(held, n=1)
    assert len(heart.ask("me", held)) == held
    with meter as bill:
        assert len(heart.give_back("me", GRACE_SECONDS)) == held
    within(bill, (1 + held, 2 + 2 * held))
    with meter as renewed:
        assert len(heart.ask("me", held)) == held
    within(renewed, (2 + 2 * held, 2 + 2 * held))
    with meter as nothing:
        assert heart.give_back("nobody") == []
    within(nothing, (1, 0))


def test_signing_out_looks_for_leases_in_one_request(connected: Any, meter: Meter) -> None:
    heart = Heart()
    heart.add(1, n=1)
    heart.ask("signed-out")
    with meter as bill:
        heart.giving_back.everywhere(key_of("signed-out"))
    within(bill, (1.5, 3))


def test_a_task_that_is_brought_over_from_the_former_queue_costs_three_writes_more(
    connected: Any, meter: Meter
) -> None:
    heart = Heart()
    heart.add(n=3)
    heart.queue_name = queue_name(heart.project, "breadth_first")
    with meter as bill:
        assert len(heart.ask("me")) == 1
    within(bill, (LEASE[0] + 1, LEASE[1] + 3))


def test_the_hand_over_from_single_answers_to_the_front_stays_under_the_ceilings(connected: Any, meter: Meter) -> None:
    """A volunteer answers 120 tasks that all stay open: beyond 90 a front stands for them (heart.md §4)."""
    heart = Heart()
    put = heart.add(130, n=FULL)
    seen = []
    for _ in range(120):
        with meter as asked:
            (handout,) = heart.ask("steady")
        within(asked, LEASE)
        with meter as answered:
            heart.submit("steady", handout.task, "a" * 600)
        within(answered, (2, 9))
        seen.append(handout.task.id)
    assert seen == [task.id for task in put[:120]]
    participation = heart.participations.get(key_of("steady"), heart.project)
    assert participation.front is not None
    assert len(list(RunItem.query(f"{heart.project}-{key_of('steady')}"))) == 120
