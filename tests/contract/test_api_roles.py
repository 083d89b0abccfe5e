"""Every route × role, against the contract's permission tables (rest-api.md §9): what the table does not allow is
refused, 401 to anonymous callers and 403 to others."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.operations import Who
from chalicelib.api.routes import ROUTES
from chalicelib.core.resources import RESOURCES
from tests.contract.people import People, Person, eventually, unique

ROLES = ("anonymous", "stranger", "coowner", "owner", "admin")
ALL, NOBODY = frozenset(ROLES), frozenset[str]()
KEEPERS = frozenset({"coowner", "owner", "admin"})
OWNERS = frozenset({"owner", "admin"})
ADMINS = frozenset({"admin"})
SIGNED_IN = ALL - {"anonymous"}

Try = Callable[["World", Person], Any]


class World:
    """A draft of the owner, shared with the co-owner, with something of everything in it."""

    def __init__(self, people: People, published: bool = False) -> None:
        self.people = people
        self.draft = people.owner.project(owners_ids=[people.coowner.id])
        self.task, self.answered = people.owner.tasks(self.draft, 2, n_answers=1)
        people.stranger.next(self.draft, orderby="id", desc="true")
        self.run = people.stranger.answer(self.answered)
        self.material = people.owner.made("/helpingmaterial", project_id=self.draft["id"])
        self.category = people.admin.made(
            "/category", **dict.fromkeys(("name", "short_name", "description"), unique("c"))
        )
        fields = {"project_id": self.draft["id"], "title": "t", "body": "b"}
        self.blogpost = people.owner.made("/blogpost", **fields, published=True)
        self.page = people.owner.made("/page", project_id=self.draft["id"], slug="s")
        self.news = {
            one: people.admin.made("/announcement", title="t", body="b", published=one) for one in (True, False)
        }
        [self.result] = eventually(lambda: people.owner.get("/result", project_id=self.draft["id"]).json())

    def new_task(self) -> dict[str, Any]:
        return self.people.owner.tasks(self.draft, 1, info=unique("t"))[0]

    def new_run(self) -> dict[str, Any]:
        """A run of the stranger on a task that wants more."""
        [task] = self.people.owner.tasks(self.draft, 1, info=unique("t"), n_answers=9)
        found = self.people.stranger.next(self.draft, limit=20)
        assert task in (found if isinstance(found, list) else [found])
        return self.people.stranger.answer(task)

    def asked(self, who: Person) -> dict[str, Any]:
        """An answer to a new task that `who` has asked for."""
        [task] = self.people.owner.tasks(self.draft, 1, info=unique("t"))
        found = who.next(self.draft, limit=20)
        assert task in (found if isinstance(found, list) else [found])
        return {"project_id": self.draft["id"], "task_id": task["id"], "info": 1}

    def new_project(self) -> dict[str, Any]:
        return self.people.owner.project(owners_ids=[self.people.coowner.id])

    def new_page(self) -> dict[str, Any]:
        return self.people.owner.made("/page", project_id=self.draft["id"], slug="s")

    def new_post(self) -> dict[str, Any]:
        return self.people.owner.made("/blogpost", project_id=self.draft["id"], title="t", body="b")

    def new_news(self) -> dict[str, Any]:
        return self.people.admin.made("/announcement", title="t", body="b")

    def new_favorite(self, who: Person) -> int:
        who.post("/favorites", {"task_id": self.task["id"]})
        number: int = self.task["id"]
        return number

    def new_material(self) -> dict[str, Any]:
        return self.people.owner.made("/helpingmaterial", project_id=self.draft["id"])


@pytest.fixture(scope="module")
def world(people: People) -> World:
    return World(people)


def names() -> dict[str, str]:
    return dict.fromkeys(("name", "short_name", "description"), unique("n"))


TABLE: tuple[tuple[str, frozenset[str], Try], ...] = (
    ("read a draft", KEEPERS, lambda w, who: who.get(f"/project/{w.draft['id']}")),
    ("create a project", SIGNED_IN, lambda w, who: who.post("/project", names())),
    ("update a project", KEEPERS, lambda w, who: who.put(f"/project/{w.draft['id']}", {"description": "new"})),
    ("delete a project with a result", NOBODY, lambda w, who: who.delete(f"/project/{w.draft['id']}")),
    ("delete a project", KEEPERS, lambda w, who: who.delete(f"/project/{w.new_project()['id']}")),
    (
        "give a project away",
        OWNERS,
        lambda w, who: who.put(f"/project/{w.new_project()['id']}", {"owner_id": w.people.stranger.id}),
    ),
    ("read a task of a draft", ALL, lambda w, who: who.get(f"/task/{w.task['id']}")),
    ("create a task", KEEPERS, lambda w, who: who.post("/task", {"project_id": w.draft["id"], "info": unique("t")})),
    ("update a task", KEEPERS, lambda w, who: who.put(f"/task/{w.task['id']}", {"info": unique("t")})),
    ("delete a task", KEEPERS, lambda w, who: who.delete(f"/task/{w.new_task()['id']}")),
    ("answer a task", ALL, lambda w, who: who.post("/taskrun", w.asked(who))),
    ("read a run", ALL, lambda w, who: who.get(f"/taskrun/{w.run['id']}")),
    ("update a run in a result", NOBODY, lambda w, who: who.put(f"/taskrun/{w.run['id']}", {"info": 2})),
    ("delete a run in a result", NOBODY, lambda w, who: who.delete(f"/taskrun/{w.run['id']}")),
    (
        "update a run",
        frozenset({"stranger", "admin"}),
        lambda w, who: who.put(f"/taskrun/{w.new_run()['id']}", {"info": 2}),
    ),
    ("delete a run", frozenset({"stranger", "admin"}), lambda w, who: who.delete(f"/taskrun/{w.new_run()['id']}")),
    ("read a result", ALL, lambda w, who: who.get(f"/result/{w.result['id']}")),
    ("create a result", NOBODY, lambda w, who: who.post("/result", {"info": 1})),
    ("update a result", KEEPERS, lambda w, who: who.put(f"/result/{w.result['id']}", {"info": 1})),
    ("delete a result", NOBODY, lambda w, who: who.delete(f"/result/{w.result['id']}")),
    ("read a category", ALL, lambda w, who: who.get(f"/category/{w.category['id']}")),
    ("create a category", ADMINS, lambda w, who: who.post("/category", names())),
    ("update a category", ADMINS, lambda w, who: who.put(f"/category/{w.category['id']}", {"description": "x"})),
    ("delete a category", ADMINS, lambda w, who: who.delete(f"/category/{w.category['id']}")),
    ("read a material of a draft", OWNERS, lambda w, who: who.get(f"/helpingmaterial/{w.material['id']}")),
    ("create a material", OWNERS, lambda w, who: who.post("/helpingmaterial", {"project_id": w.draft["id"]})),
    ("update a material", OWNERS, lambda w, who: who.put(f"/helpingmaterial/{w.material['id']}", {"priority": 1})),
    ("delete a material", OWNERS, lambda w, who: who.delete(f"/helpingmaterial/{w.new_material()['id']}")),
    ("read a page of a draft", OWNERS, lambda w, who: who.get(f"/page/{w.page['id']}")),
    ("create a page", OWNERS, lambda w, who: who.post("/page", {"project_id": w.draft["id"], "slug": "s"})),
    ("update a page", OWNERS, lambda w, who: who.put(f"/page/{w.page['id']}", {"slug": "t"})),
    ("delete a page", OWNERS, lambda w, who: who.delete(f"/page/{w.new_page()['id']}")),
    ("read a post of a draft", KEEPERS, lambda w, who: who.get(f"/blogpost/{w.blogpost['id']}")),
    (
        "create a post",
        OWNERS,
        lambda w, who: who.post("/blogpost", {"project_id": w.draft["id"], "title": "t", "body": "b"}),
    ),
    ("update a post", OWNERS, lambda w, who: who.put(f"/blogpost/{w.blogpost['id']}", {"title": "u"})),
    ("delete a post", OWNERS, lambda w, who: who.delete(f"/blogpost/{w.new_post()['id']}")),
    ("read an announcement", ALL, lambda w, who: who.get(f"/announcement/{w.news[True]['id']}")),
    ("read an unpublished announcement", ADMINS, lambda w, who: who.get(f"/announcement/{w.news[False]['id']}")),
    ("create an announcement", ADMINS, lambda w, who: who.post("/announcement", {"title": "t", "body": "b"})),
    ("update an announcement", ADMINS, lambda w, who: who.put(f"/announcement/{w.news[True]['id']}", {"title": "u"})),
    ("delete an announcement", ADMINS, lambda w, who: who.delete(f"/announcement/{w.new_news()['id']}")),
    ("list favorites", SIGNED_IN, lambda w, who: who.get("/favorites")),
    ("add a favorite", SIGNED_IN, lambda w, who: who.post("/favorites", {"task_id": w.task["id"]})),
    ("read a favorite", SIGNED_IN, lambda w, who: who.get(f"/favorites/{w.new_favorite(who)}")),
    ("remove a favorite", SIGNED_IN, lambda w, who: who.delete(f"/favorites/{w.new_favorite(who)}")),
    ("read statistics of a draft", ALL, lambda w, who: who.get(f"/projectstats/{w.draft['id']}")),
    ("create statistics", NOBODY, lambda w, who: who.post("/projectstats", {"n_tasks": 1})),
    ("update statistics", NOBODY, lambda w, who: who.put(f"/projectstats/{w.draft['id']}", {"n_tasks": 1})),
    ("delete statistics", NOBODY, lambda w, who: who.delete(f"/projectstats/{w.draft['id']}")),
    ("read an account", ALL, lambda w, who: who.get(f"/user/{w.people.owner.id}")),
    ("update an account", OWNERS, lambda w, who: who.put(f"/user/{w.people.owner.id}", {"locale": "de"})),
    # the last row: an administrator removes what others read
    ("delete a task with a result", ADMINS, lambda w, who: who.delete(f"/task/{w.answered['id']}")),
)


class Noted:
    """Stands for a world and for a caller, and notes which routes are tried."""

    def __init__(self) -> None:
        self.tried: set[tuple[str, str]] = set()
        thing = {"id": 7, "short_name": "x"}
        self.draft = self.task = self.answered = self.run = self.material = self.category = self.result = thing
        self.page = self.blogpost = thing
        self.news = {True: thing, False: thing}
        self.new_page = self.new_post = self.new_news = lambda: thing
        self.new_favorite = lambda who: 7
        self.new_task = self.new_run = self.new_project = self.new_material = lambda: thing
        self.asked = lambda who: thing
        self.people = SimpleNamespace(owner=SimpleNamespace(id=7), stranger=SimpleNamespace(id=7))

    def __getattr__(self, method: str) -> Callable[..., None]:
        def note(path: str, *_: object) -> None:
            self.tried.add((method.upper(), "/api" + path.replace("/7", "/{identifier}")))

        return note


def test_every_route_to_an_object_is_in_the_table() -> None:
    noted = Noted()
    for _, _, attempt in TABLE:
        attempt(noted, noted)  # type: ignore[arg-type]
    names = {resource.name for resource in RESOURCES}
    places = names | {"favorites"}
    paths = {f"/api/{name}" for name in places} | {f"/api/{name}/{{identifier}}" for name in places}
    routes = {(verb, path) for path, verbs in ROUTES if path in paths for verb in verbs}
    lists = {("GET", f"/api/{name}") for name in names}
    never = {("POST", "/api/user"), ("DELETE", "/api/user/{identifier}")}  # 405 to everybody
    assert routes - lists - never == noted.tried


TOLD = {
    Who.ANYONE: ALL,
    Who.ACCOUNTS: SIGNED_IN,
    Who.KEEPERS: KEEPERS,
    Who.OWNERS: OWNERS,
    Who.ADMINISTRATORS: ADMINS,
    Who.NOBODY: NOBODY,
}


def test_the_description_tells_of_the_same_people() -> None:
    allowed: dict[tuple[str, str], frozenset[str]] = {}
    for _, roles, attempt in TABLE:
        noted = Noted()
        attempt(noted, noted)  # type: ignore[arg-type]
        [tried] = noted.tried
        allowed[tried] = allowed.get(tried, NOBODY) | roles
    told = {(verb, path): row[2].who for path, verbs in ROUTES for verb, row in verbs.items()}
    for tried, roles in allowed.items():
        if tried[0] != "GET" and told[tried] is not Who.AUTHORS:
            assert roles == TOLD[told[tried]], tried


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("what", "allowed", "attempt"), TABLE, ids=[row[0] for row in TABLE])
def test_only_what_the_table_allows(
    people: People, world: World, what: str, allowed: frozenset[str], attempt: Try, role: str
) -> None:
    answer = attempt(world, getattr(people, role))
    if role in allowed:
        assert answer.status_code in (200, 204), answer.text
        return
    assert answer.status_code == (401 if role == "anonymous" else 403), answer.text
    assert answer.json()["exception_cls"] == ("Unauthorized" if role == "anonymous" else "Forbidden")


@pytest.mark.parametrize("role", ROLES)
def test_run_identifiers_are_for_keepers(people: People, role: str) -> None:
    project = people.owner.project(owners_ids=[people.coowner.id])
    people.owner.tasks(project, 1)
    task = people.anonymous.next(project)
    run = people.anonymous.answer(task)
    assert run["user_ip"] is not None
    seen = getattr(people, role).get(f"/taskrun/{run['id']}").json()
    assert (seen["user_ip"] is not None) == (role in KEEPERS)
    assert "external_uid" in seen


@pytest.mark.parametrize("role", ROLES)
def test_secrets_of_a_published_project_are_for_keepers(people: People, role: str) -> None:
    [demo] = people.anonymous.get("/project", short_name="cloudspotter").json()
    seen = getattr(people, role).get(f"/project/{demo['id']}").json()
    hidden = {"secret_key", "webhook", "published", "allow_anonymous_contributors", "zip_download", "contacted"}
    assert (hidden <= set(seen)) == (role == "admin")
    assert (hidden & set(seen) == set()) == (role != "admin")


def test_nobody_makes_themself_an_administrator(people: People) -> None:
    path = f"/user/{people.stranger.id}"
    for field in ("admin", "pro", "restrict"):
        refused = people.stranger.put(path, {field: True})
        assert (refused.status_code, refused.json()["exception_msg"]) == (400, "Reserved keys in payload")
    for field in ("api_key", "passwd_hash", "name", "email_addr"):
        assert people.stranger.put(path, {field: "mine"}).status_code == 400
    changed = people.stranger.put(path, {"fullname": "Somebody Else", "privacy_mode": False})
    assert changed.status_code == 200
    assert set(changed.json()) == {
        "created", "name", "fullname", "info", "n_answers", "registered_ago", "rank", "score", "locale", "id",
        "email_addr",
    }  # fmt: skip
    assert set(people.anonymous.get(path).json()) == {"name", "locale", "fullname", "created"}
    people.stranger.put(path, {"privacy_mode": True})
    assert set(people.anonymous.get(path).json()) == {"name", "locale"}
    assert people.anonymous.get("/user", fullname="Somebody Else").json() == []


def test_an_account_keeps_a_name_and_an_address_that_its_pages_can_stand_under(people: People) -> None:
    path = f"/user/{people.coowner.id}"
    before = people.admin.get(path).json()
    for field, value in (
        ("name", "signin"), ("name", "a/b"), ("name", ""), ("name", "x" * 36), ("email_addr", "nonsense"),
        ("email_addr", ""), ("name", None), ("email_addr", None), ("fullname", None),
    ):  # fmt: skip
        refused = people.admin.put(path, {field: value})
        assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DataError"), (field, value)
    assert people.admin.get(path).json() == before


def test_an_owner_cannot_feature_a_project_and_is_not_told_off_for_trying(people: People) -> None:
    project = people.owner.project(featured=True)
    assert project["featured"] is False
    assert people.owner.put(f"/project/{project['id']}", {"featured": True}).json()["featured"] is False
    assert people.admin.put(f"/project/{project['id']}", {"featured": True}).json()["featured"] is True


def test_an_owner_must_have_an_account(people: People) -> None:
    project = people.owner.project()
    for owners in ([10**9], [project["owner_id"], 10**9]):
        refused = people.owner.put(f"/project/{project['id']}", {"owners_ids": owners})
        assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DBIntegrityError")
    refused = people.owner.put(f"/project/{project['id']}", {"owners_ids": list(range(1, 500))})
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "DataError")
    assert people.owner.get(f"/project/{project['id']}").json()["owners_ids"] == [project["owner_id"]]


def test_the_main_owner_stays_among_the_owners(people: People) -> None:
    project = people.owner.project(owner_id=people.stranger.id)
    assert (project["owner_id"], project["owners_ids"]) == (people.owner.id, [people.owner.id])
    changed = people.owner.put(f"/project/{project['id']}", {"owners_ids": [people.coowner.id]}).json()
    assert changed["owners_ids"] == [people.owner.id, people.coowner.id]
