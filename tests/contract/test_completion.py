"""Completion, reopening, lowering and deletion over HTTP: every row of contract rest-api.md §12 as decided in design
§3, and what happens when a change and the last answer arrive together (R1, R4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.people import People, Person, eventually

Json = dict[str, Any]
ROUNDS = 15


class Worked:
    """A project with one task that some people have answered."""

    def __init__(self, people: People, n_answers: int, answers: int, **info: Any) -> None:
        self.people = people
        self.project = people.owner.project(info=info)
        [self.task] = people.owner.tasks(self.project, 1, n_answers=n_answers)
        self.path = f"/task/{self.task['id']}"
        self.waiting = [people.stranger, people.coowner, people.anonymous, people.admin]
        self.runs: list[int] = []
        for _ in range(answers):
            self.answered()

    def answered(self) -> int:
        """The run of one person more."""
        who = self.waiting.pop(0)
        assert who.next(self.project)["id"] == self.task["id"]
        self.runs.append(who.answer(self.task)["id"])
        return self.runs[-1]

    def put(self, **fields: Any) -> str:
        """The state that a PUT of the owner's answers with."""
        answer = self.people.owner.put(self.path, fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])

    @property
    def state(self) -> str:
        return str(self.people.owner.get(self.path).json()["state"])

    @property
    def versions(self) -> list[tuple[list[int], bool]]:
        """Runs of each version of the result, oldest first, and whether it is the last one."""
        found: list[Json] = []
        for last in ("true", "false"):
            found += self.people.owner.get("/result", project_id=self.project["id"], last_version=last).json()
        return [(one["task_run_ids"], one["last_version"]) for one in sorted(found, key=lambda one: one["id"])]

    def settles_at(self, *versions: tuple[list[int], bool]) -> None:
        """These versions come, and after one more task that is completed behind them no other has."""
        eventually(lambda: len(self.versions) >= len(versions))
        self._let_the_stream_pass()
        assert self.versions == list(versions)

    def _let_the_stream_pass(self) -> None:
        later = Worked(self.people, 1, 1)
        eventually(lambda: later.versions)


def test_the_last_answer_completes_a_task_with_all_its_runs(people: People) -> None:
    it = Worked(people, n_answers=2, answers=1)
    assert it.state == "ongoing"
    it.answered()
    assert it.state == "completed"
    it.settles_at((it.runs, True))


@pytest.mark.parametrize(
    "fields", [{"info": "corrected"}, {"n_answers": 2}, {"priority_0": 0.5}, {"n_answers": 2, "info": "corrected"}]
)
def test_a_change_that_asks_for_no_more_answers_leaves_a_complete_task_complete(people: People, fields: Json) -> None:
    it = Worked(people, n_answers=2, answers=2)
    assert it.put(**fields) == "completed"
    it.settles_at((it.runs, True))


def test_a_complete_task_that_is_lowered_stays_complete_with_its_result(people: People) -> None:
    it = Worked(people, n_answers=2, answers=2)
    assert it.put(n_answers=1) == "completed"
    it.settles_at((it.runs, True))


def test_raising_reopens_a_task_keeps_its_result_and_makes_another_with_old_and_new_runs(people: People) -> None:
    it = Worked(people, n_answers=1, answers=1)
    eventually(lambda: it.versions)
    first = it.people.owner.get("/result", project_id=it.project["id"]).json()[0]
    assert people.owner.put(f"/result/{first['id']}", {"info": {"mean": 1}}).status_code == 200
    assert it.put(n_answers=2) == "ongoing"
    assert it.versions == [(it.runs, True)]
    assert people.stranger.next(it.project) == {}  # who has answered is not asked again
    before = list(it.runs)
    it.answered()
    it.settles_at((before, False), (it.runs, True))
    last = it.people.owner.get("/result", project_id=it.project["id"]).json()[0]
    assert last["info"] is None
    assert people.owner.get(f"/result/{first['id']}").json()["info"] == {"mean": 1}


@pytest.mark.parametrize("n_answers", [1, 2])
def test_lowering_to_the_number_of_runs_or_below_completes_at_once(people: People, n_answers: int) -> None:
    it = Worked(people, n_answers=5, answers=2)
    assert it.put(n_answers=n_answers) == "completed"
    it.settles_at((it.runs, True))
    assert people.anonymous.next(it.project) == {}


def test_lowering_above_the_number_of_runs_completes_nothing(people: People) -> None:
    it = Worked(people, n_answers=5, answers=1)
    assert it.put(n_answers=2) == "ongoing"
    it.settles_at()


def test_up_and_down_again_makes_a_version_each_time_it_completes(people: People) -> None:
    it = Worked(people, n_answers=1, answers=1)
    assert [it.put(n_answers=n) for n in (2, 1, 3, 1)] == ["ongoing", "completed", "ongoing", "completed"]
    it.settles_at((it.runs, False), (it.runs, False), (it.runs, True))


def test_a_run_of_an_open_task_may_go_and_its_seat_is_given_again(people: People) -> None:
    it = Worked(people, n_answers=2, answers=1)
    assert people.stranger.delete(f"/taskrun/{it.runs.pop()}").status_code == 204
    it.answered()
    assert it.state == "ongoing"
    it.answered()
    it.settles_at((it.runs, True))


@pytest.mark.parametrize("reopened", [False, True])
def test_what_a_result_was_made_of_is_kept(people: People, reopened: bool) -> None:
    """§12.3: also after the task was reopened."""
    it = Worked(people, n_answers=1, answers=1)
    eventually(lambda: it.versions)
    if reopened:
        assert it.put(n_answers=2) == "ongoing"
    for who in (people.stranger, people.owner, people.admin):
        assert who.delete(f"/taskrun/{it.runs[0]}").status_code == 403
    assert people.owner.delete(it.path).status_code == 403
    for who in (people.owner, people.admin):
        assert who.delete(f"/project/{it.project['id']}").status_code == 403
    assert people.admin.delete(it.path).status_code == 204


def together(*steps: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(steps)) as pool:
        return [one.result() for one in [pool.submit(step) for step in steps]]


def posted(who: Person, task: Json) -> int:
    run = {"project_id": task["project_id"], "task_id": task["id"], "info": "yes"}
    return who.post("/taskrun", run).status_code


def test_the_last_answer_and_a_raise_together_complete_once_or_not_at_all(people: People) -> None:
    """Either order is one history: completed and reopened, or raised and one answer short."""
    for _ in range(ROUNDS):
        it = Worked(people, n_answers=1, answers=0)
        people.stranger.next(it.project)
        accepted, _ = together(lambda it=it: posted(people.stranger, it.task), lambda it=it: it.put(n_answers=2))
        assert accepted == 200
        it.waiting.pop(0)
        assert it.state == "ongoing"
        it.answered()
        [*former, last] = eventually(lambda it=it: [one for one in [it.versions] if one and len(one[-1][0]) == 2])[0]
        assert last[1]
        assert all(len(runs) == 1 and not newest for runs, newest in former)
        assert len(former) <= 1


def test_an_answer_and_a_lowering_together_complete_once(people: People) -> None:
    """The answer before the lowering counts; after it, it is late: 403, and the result is without it."""
    for _ in range(ROUNDS):
        it = Worked(people, n_answers=3, answers=1)
        people.coowner.next(it.project)
        accepted, _ = together(lambda it=it: posted(people.coowner, it.task), lambda it=it: it.put(n_answers=1))
        assert accepted in (200, 403)
        assert it.state == "completed"
        [(runs, last)] = eventually(lambda it=it: it.versions)
        assert (len(runs), last) == (1 + (accepted == 200), True)


def test_an_answer_and_the_deletion_of_its_task_together_leave_both_or_nothing(people: People) -> None:
    for _ in range(ROUNDS):
        it = Worked(people, n_answers=2, answers=1)
        people.coowner.next(it.project)
        accepted, deleted = together(
            lambda it=it: posted(people.coowner, it.task),
            lambda it=it: people.admin.delete(it.path).status_code,
        )
        gone = people.owner.get(it.path).status_code == 404
        assert (deleted == 204) == gone
        runs = people.owner.get("/taskrun", project_id=it.project["id"], all=1).json()
        assert len(runs) == (0 if gone else 1 + (accepted == 200))
