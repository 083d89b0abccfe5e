"""A walk brings every task where a change of the project wants it, whatever stops it in between."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.core.queueing import queue_name
from chalicelib.core.walks import PAGE, SETTLE_SECONDS, Overtaken, Walk, Walks
from tests.fakes.heart import Heart
from tests.fakes.memory import memory_heart


class MemoryWalks:
    def __init__(self) -> None:
        self.walks: dict[int, Walk] = {}

    def get(self, project_id: int) -> Walk | None:
        return self.walks.get(project_id)

    def put(self, new: Walk) -> None:
        old = self.walks.get(new.project_id)
        if new.version != (old.version + 1 if old is not None else 1):
            raise Overtaken
        self.walks[new.project_id] = new


class OneProject:
    """The project of a heart, which walks read."""

    def __init__(self, heart: Heart) -> None:
        self._heart = heart
        self.there = True

    def get(self, project_id: int) -> Any:
        if not self.there:
            return None
        scheduler = {"b": "breadth_first", "a": "depth_first_all"}.get(self._heart.queue_name[-1], "default")
        rules = type("Rules", (), {"sched": scheduler})
        return type("Project", (), {"id": project_id, "rules": rules})


class Walking:
    """A project's tasks, and everything that its walk needs."""

    def __init__(self, tasks: int, n: int = 2, scheduler: str = "default") -> None:
        self.heart = memory_heart(scheduler)
        self.tasks = self.heart.add(tasks, n)
        self.records = MemoryWalks()
        self.projects = OneProject(self.heart)
        self.messages: list[tuple[int, int]] = []

    @property
    def walks(self) -> Walks:
        return self.walks_with(map)

    def walks_with(self, side_by_side: Callable[..., Any]) -> Walks:
        return Walks(
            self.records,
            self.projects,
            self,
            self.heart.sheets,
            self.heart.queue,
            lambda project, seconds: self.messages.append((project, seconds)),
            side_by_side,
            self.heart.clock,
        )

    def after(self, project_id: int, last_id: int, limit: int) -> list[Any]:
        return [task for task in self.tasks if task.id > last_id][:limit]

    def change_to(self, scheduler: str) -> None:
        self.walks.ask(self.heart.project)
        self.heart.queue_name = queue_name(self.heart.project, scheduler)

    def run(self, seconds: float = 100.0) -> Walk:
        walk = self.walks.run(self.heart.project, lambda: seconds)
        assert walk is not None
        return walk

    def to_the_end(self) -> Walk:
        while self.messages:
            _, seconds = self.messages.pop(0)
            self.heart.clock.jump(seconds)
            walk = self.run()
        return walk

    @property
    def queues(self) -> set[str | None]:
        return {self.heart.sheet(task).open for task in self.tasks}


@pytest.mark.parametrize("scheduler", ["breadth_first", "depth_first_all"])
def test_a_walk_moves_every_task_waits_and_ends(scheduler: str) -> None:
    walking = Walking(2 * PAGE + 3)
    walking.change_to(scheduler)
    walk = walking.run()
    assert (walk.state, walk.seen, walk.changed) == ("settling", 203, 203)
    assert walking.queues == {walking.heart.queue_name}
    assert walking.to_the_end().state == "finished"
    assert walking.run().changed == 203


def test_a_walk_that_has_no_time_left_goes_on_from_its_checkpoint() -> None:
    walking = Walking(2 * PAGE + 3)
    walking.change_to("breadth_first")
    assert [walking.run(0.0).seen for _ in range(3)] == [PAGE, 2 * PAGE, 2 * PAGE + 3]
    assert walking.queues == {walking.heart.queue_name}


def test_a_task_that_is_listed_in_the_former_queue_after_the_walk_passed_is_brought_at_the_end() -> None:
    walking = Walking(3)
    former = walking.heart.queue_name
    walking.change_to("breadth_first")
    walking.run()
    now, walking.heart.queue_name = walking.heart.queue_name, former
    walking.tasks += walking.heart.add(1, 2)  # by a handler that read the project before
    walking.heart.queue_name = now
    assert walking.to_the_end().changed == 4
    assert walking.queues == {now}


def test_a_message_that_comes_before_a_walk_has_settled_ends_nothing() -> None:
    walking = Walking(3)
    walking.change_to("breadth_first")
    walking.run()
    walking.messages.clear()
    walking.heart.clock.jump(SETTLE_SECONDS / 2)
    assert walking.run().state == "settling"
    assert walking.messages == [(walking.heart.project, SETTLE_SECONDS // 2 + 1)]


def test_a_scheduler_that_changes_while_a_walk_settles_begins_it_anew() -> None:
    walking = Walking(3)
    walking.change_to("breadth_first")
    walking.run()
    walking.heart.queue_name = queue_name(walking.heart.project, "depth_first_all")
    walk = walking.run()
    assert (walk.state, walk.changed) == ("settling", 3)
    assert walking.queues == {walking.heart.queue_name}


def test_a_walk_sets_the_redundancy_of_all_tasks_and_completes_those_with_enough_answers() -> None:
    walking = Walking(5, n=3)
    walking.heart.answer_next("me")
    walking.walks.ask(walking.heart.project, n_answers=1)
    walk = walking.to_the_end()
    sheets = [walking.heart.sheet(task) for task in walking.tasks]
    assert (walk.state, walk.changed, {sheet.n for sheet in sheets}) == ("finished", 5, {1})
    assert [sheet.completed for sheet in sheets] == [True, False, False, False, False]
    assert [sheet.open is None for sheet in sheets] == [True, False, False, False, False]


def test_a_redundancy_that_is_being_brought_stays_wanted_when_the_scheduler_changes() -> None:
    walking = Walking(PAGE + 1, n=3)
    walking.walks.ask(walking.heart.project, n_answers=7)
    walking.run(0.0)
    walking.change_to("breadth_first")
    assert walking.to_the_end().n_answers == 7
    assert {walking.heart.sheet(task).n for task in walking.tasks} == {7}
    walking.walks.ask(walking.heart.project)
    assert walking.to_the_end().n_answers is None


def test_two_handlers_at_once_walk_the_same_and_count_each_task_once() -> None:
    walking = Walking(2 * PAGE)
    walking.change_to("breadth_first")
    others: list[Walk] = []

    def meanwhile(function: Callable[[Any], bool], sheets: Any) -> list[bool]:
        if not others:
            others.append(walking.run())
        return [function(sheet) for sheet in sheets]

    walk = walking.walks_with(meanwhile).run(walking.heart.project, lambda: 100.0)
    assert walk == replace(others[0], version=walk.version)
    assert (walk.state, walk.seen, walk.changed) == ("settling", 200, 200)


def test_a_task_that_is_deleted_while_the_walk_comes_to_it_is_passed_over() -> None:
    walking = Walking(3)
    walking.change_to("breadth_first")

    def deleting(function: Callable[[Any], bool], sheets: Any) -> list[bool]:
        walking.heart.sheets._memory.sheets.pop(sheets[0].key)
        return [function(sheet) for sheet in sheets]

    walk = walking.walks_with(deleting).run(walking.heart.project, lambda: 100.0)
    assert walk is not None
    assert walk.changed == 2


def test_the_walk_of_a_project_that_is_gone_is_over() -> None:
    walking = Walking(3)
    walking.change_to("breadth_first")
    walking.projects.there = False
    assert walking.run().state == "finished"


def test_only_a_change_that_moves_tasks_asks_for_a_walk() -> None:
    walking = Walking(1)
    default, locked, breadth = (
        type("P", (), {"id": 5, "rules": type("R", (), {"sched": sched})})
        for sched in ("default", "locked", "breadth_first")
    )
    walks: Any = walking.walks
    walks.follow(default, locked)
    assert walking.messages == []
    walks.follow(locked, breadth)
    assert [project for project, _ in walking.messages] == [5]


def test_nothing_is_walked_where_nothing_was_asked_for() -> None:
    walking = Walking(1)
    assert walking.walks.run(walking.heart.project, lambda: 100.0) is None
