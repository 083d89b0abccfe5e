"""The read units that docs/queries.md states for a page of twenty, by the way it is read."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.announcements import Announcement
from chalicelib.core.audit import Author
from chalicelib.core.blogposts import BlogPost
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.projects import Project
from chalicelib.core.tasks import NewTask
from chalicelib.store.announcements import AnnouncementStore
from chalicelib.store.audit import AuditStore
from chalicelib.store.project_changes import ProjectChanges
from chalicelib.store.projects import ProjectStore
from chalicelib.store.results import ResultStore
from chalicelib.store.shelves import Shelf
from chalicelib.store.tables import BlogPostItem, ResultItem
from tests.fakes.heart import Heart, key_of
from tests.fakes.pages import project
from tests.meter.meter import Meter

PAGE = 20
MADE = 25
OWNER = 4_000_001
TEXT = "x" * 3000  # an item stays below 4 KB
MOMENT = "2026-11-22T10:00:00.000000"


class World:
    """One owner's projects; the first has tasks, one contributor's runs, results and blog posts."""

    def __init__(self) -> None:
        self.heart = Heart()
        self.projects, self.results = (
            ProjectStore(0.0, time.monotonic, AuditStore(Identifiers(time.time, lambda: 1).next)),
            ResultStore(),
        )
        self.announcements = AnnouncementStore()
        self.changes = ProjectChanges(time.time)
        self.posts: Any = Shelf("blogpost", BlogPostItem, BlogPost)
        for place in range(MADE):
            self._own(place)
        for place in range(MADE):
            new = NewTask({"n": place, "text": TEXT}, 1)
            task = self.heart.tasks.create(self.heart.project, self.heart.queue_name, new)
            self.heart.ask("me", limit=1)
            self.heart.submit("me", task, TEXT)
            self._keep(place)

    def _own(self, place: int) -> None:
        made: Project = project(id=self.projects.next_id(), name=f"units {place}", short_name=f"units{place}")
        made.owner_id, made.long_description = OWNER, TEXT[:2000]
        self.projects.create(made, Author(OWNER, "owner", "api"))

    def _keep(self, place: int) -> None:
        result = ResultItem(5 * 10**9 + place, 0, id=5 * 10**12 + place, project_id=self.heart.project)
        result.created, result.task_run_ids, result.info = MOMENT, [1], f'"{TEXT}"'
        result.save()
        fields: dict[str, Any] = {"created": MOMENT, "updated": MOMENT, "user_id": 1, "title": "t", "body": TEXT}
        fields |= {"info": {}, "media_url": None, "published": True}
        self.posts.create(BlogPost(id=self.posts.next_id(), project_id=self.heart.project, **fields))
        self.announcements.create(Announcement(id=self.announcements.next_id(), **fields))


@pytest.fixture(scope="module")
def world(connected: Any) -> World:
    return World()


READ: dict[str, tuple[float, Callable[[World], Any]]] = {
    "projects of an owner": (10.5, lambda world: world.projects.after(OWNER, 0, PAGE)),
    "all projects from the newest down": (10.5, lambda world: world.projects.before(None, None, PAGE)),
    "a project by its short name": (2, lambda world: [world.projects.by_short_name("units7")] * PAGE),
    "when a project changed last": (1.5, lambda world: [*world.changes.last([world.heart.project])] * PAGE),
    "definitions of a project's tasks": (21, lambda world: world.heart.tasks.after(world.heart.project, 0, PAGE)),
    "the same from the newest down": (21, lambda world: world.heart.tasks.before(world.heart.project, None, PAGE)),
    "their sheets": (10, lambda world: sheets(world)),
    "runs of a project": (10.5, lambda world: world.heart.answers.after(world.heart.project, 0, PAGE)),
    "the same, down": (10.5, lambda world: world.heart.answers.before(world.heart.project, None, PAGE)),
    "runs of an account": (
        10.5,
        lambda world: world.heart.answers.of_contributor(world.heart.project, key_of("me"), 0, PAGE),
    ),
    "results of a project": (20.5, lambda world: world.results.after(world.heart.project, 0, PAGE)),
    "results, down": (20.5, lambda world: world.results.before(world.heart.project, None, PAGE)),
    "versions of a task's result": (1, lambda world: world.results.all_of_task(5 * 10**9) * PAGE),
    "blog posts of a project": (10.5, lambda world: world.posts.after(world.heart.project, 0, PAGE)),
    "how many blog posts": (0.5, lambda world: [0] * PAGE if world.posts.count(world.heart.project) == MADE else []),
    "announcements": (20, lambda world: world.announcements.before(None, PAGE)),
}


def sheets(world: World) -> list[Any]:
    tasks = world.heart.tasks.after(world.heart.project, 0, PAGE)
    return list(world.heart.sheets.read([task.sheet for task in tasks], [], consistent=False)[0].values())


@pytest.mark.parametrize("what", READ)
def test_a_page_costs_what_is_stated(world: World, meter: Meter, what: str) -> None:
    ceiling, read = READ[what]
    with meter as bill:
        assert len(read(world)) == PAGE
    definitions = sum(one.read for one in bill.requests if what == "their sheets" and one.operation == "Query")
    assert bill.read - definitions <= ceiling, str(bill)
    assert bill.write == 0


def test_a_page_of_tasks_after_many_others_asks_for_no_more(world: World, meter: Meter) -> None:
    last = world.heart.tasks.before(world.heart.project, None, 1)[0].id
    with meter as bill:
        assert world.heart.tasks.after(None, last - 1, 1)
    assert len(bill.requests) <= 2, str(bill)
