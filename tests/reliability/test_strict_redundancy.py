"""Twenty volunteers at once over HTTP on the running stack: exactly the answers that were asked for (R1–R4)."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.site import Refused, Site
from tests.instance import Stack

TASKS, ANSWERS, VOLUNTEERS = 100, 3, 20
RESULT_SECONDS = 60.0


@pytest.fixture
def site(stack: Stack) -> Site:
    return Site(stack)


def results_of(site: Site, project_id: int, wanted: int) -> list[dict[str, object]]:
    """The results as soon as there are so many; they come with the stream."""
    deadline = time.monotonic() + RESULT_SECONDS
    while time.monotonic() < deadline:
        found = site.all_of("result", project_id=project_id)
        if len(found) >= wanted:
            return found
        time.sleep(0.25)
    return site.all_of("result", project_id=project_id)


def test_twenty_volunteers_at_once_store_exactly_three_answers_on_each_of_a_hundred_tasks(site: Site) -> None:
    project = site.create_project(f"strict{time.time_ns()}")
    record = site.import_csv(project, "question,n_answers", [f"q{place},{ANSWERS}" for place in range(TASKS)])
    assert record["state"] == "finished", record
    volunteers = [site.volunteer(project, f"volunteer-{place}") for place in range(VOLUNTEERS)]
    with ThreadPoolExecutor(VOLUNTEERS) as pool:
        counts = list(pool.map(lambda one: one.contribute_until_nothing_is_left(), volunteers))
    runs = site.all_of("taskrun", project_id=project["id"])
    tasks = site.all_of("task", project_id=project["id"])
    assert sum(counts) == len(runs) == TASKS * ANSWERS
    assert Counter(run["task_id"] for run in runs) == {task["id"]: ANSWERS for task in tasks}
    assert len({(run["task_id"], run["external_uid"]) for run in runs}) == TASKS * ANSWERS
    assert Counter(task["state"] for task in tasks) == {"completed": TASKS}
    results = results_of(site, project["id"], TASKS)
    assert {one["task_id"] for one in results} == {task["id"] for task in tasks}
    assert len(results) == TASKS
    by_task = {one["task_id"]: one["task_run_ids"] for one in results}
    assert all(by_task[run["task_id"]].count(run["id"]) == 1 for run in runs)


@pytest.mark.parametrize("once", [None, "the same key"], ids=["without a key", "with an Idempotency-Key"])
def test_two_identical_posts_at_once_store_one_run(site: Site, once: str | None) -> None:
    """The second one gets the first one's run if it says that it is the same, else it is refused."""
    project = site.create_project(f"twice{time.time_ns()}")
    site.import_csv(project, "question,n_answers", [f"q{place},2" for place in range(20)])
    twins = [site.volunteer(project, "twin") for _ in range(2)]
    for _ in range(20):
        task = twins[0].newtask()
        key = once and f"{once} {task['id']}"
        with ThreadPoolExecutor(2) as pool:
            attempts = [pool.submit(twin.submit, task["id"], "x", key) for twin in twins]
        errors = [error for attempt in attempts if (error := attempt.exception()) is not None]
        if once:
            assert errors == []
            assert attempts[0].result() == attempts[1].result()
        else:
            (error,) = errors
            assert isinstance(error, Refused)
            assert error.status == 403
    assert len(site.all_of("taskrun", project_id=project["id"])) == 20
