"""`docs/scale.md` is what its script gives: units counted now, the simulation with its seed, list prices."""

from typing import Any

from tests.benchmarks.scale.dollars import bill
from tests.benchmarks.scale.keys import KeyMeter
from tests.benchmarks.scale.page import PAGE, page
from tests.benchmarks.scale.simulation import Partition, Scene, Simulation
from tests.benchmarks.scale.steps import Contributions, Counting, Step
from tests.fakes.emulator import Emulator
from tests.reliability.conftest import REGION


def test_the_page_is_up_to_date(connected: Any, emulator: Emulator) -> None:
    counting = Counting(KeyMeter(connected.client, emulator.client(REGION)))
    assert page(counting) == PAGE.read_text(), "run python -m tests.benchmarks.scale"


def test_a_partition_gives_its_rate_and_no_more() -> None:
    partition, given = Partition(), 0
    for tick in range(20_000):  # 2,000 asked for each second
        if partition.has(tick / 2000, 1):
            partition.spend(1)
            given += 1
    assert 10_000 <= given <= 10_000 + 101


def test_no_seat_is_given_twice_in_the_simulation_and_all_that_begin_end() -> None:
    simulation = Simulation(Scene(200, n=3))
    seen = simulation.run(3)
    tasks = simulation.tasks
    assert max(task.taken for task in tasks) == 3
    assert sum(task.taken for task in tasks) == len(seen.newtask) == len(seen.submit)
    assert sum(task.answers for task in tasks) == len(seen.submit)
    assert len(seen.waited) == sum(task.answers == 3 for task in tasks)
    assert seen.failed == 0


def test_a_bill_is_the_sum_of_its_parts() -> None:
    step = Step("one", 1, read=1.0, write=1.0, requests=1)
    counted = Contributions(1, step, step, step)
    one = bill(counted, counted, 1, None, {"newtask": 10, "taskrun": 10, "stream_record": 0})
    assert round(one.reads, 4) == round(3 * 0.125, 4)
    assert round(one.functions, 4) == round(2.02 * 0.2 + 0.02 * 13.3334, 4)
    assert 3.2 * 0.625 < one.writes < 3.22 * 0.625  # a little more: the cost line itself
    assert one.messages == 0
    assert round(one.behind("REST API") - one.behind("function URL"), 4) == 7
