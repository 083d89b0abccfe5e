"""The routes that are no resource's × role; and every route × a token that is another project's presenter's, made for
the owner of both: it acts for its own project only (design §6)."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.api.routes import ROUTES
from chalicelib.core.resources import RESOURCES
from tests.contract.people import People, Person, eventually, unique
from tests.contract.test_api_roles import ALL, KEEPERS, NOBODY, OWNERS, ROLES, TABLE, World
from tests.contract.test_import_bucket import Bucket
from tests.instance import Stack

Try = Callable[["Site", Person], Any]
NAMES = (*(one.name for one in RESOURCES), "favorites")
RESOURCE_PATHS = {f"/api/{name}{rest}" for name in NAMES for rest in ("", "/{identifier}")}
STAFF = frozenset({"admin"})
MATERIAL = {"resource": "helpingmaterial", "file_name": "a.png"}
# What a token of another project may do: what concerns no project, or everybody.
FOREIGN = {"read a category", "read an announcement", "read an account", "list favorites"}
UNSEEN = {"add a favorite", "read a favorite", "remove a favorite"}  # 404: such a task is not there for it


class Site:
    """A published project with an import, a webhook and its message."""

    def __init__(self, people: People, bucket: Bucket) -> None:
        self.people, owner = people, people.owner
        self.project = owner.project(owners_ids=[people.coowner.id], webhook="https://127.0.0.1:1/never")
        self.task = owner.tasks(self.project, 5, n_answers=1)[-1]["id"]
        owner.answer(owner.next(self.project))
        owner.put(f"/project/{self.project['id']}", {"info": {"sched": "breadth_first"}})
        self.id, self.name = self.project["id"], self.project["short_name"]
        self.leases = f"/project/{self.id}/leases"
        self.message = eventually(lambda: owner.get("/webhook", project_id=self.id).json())[0]["id"]
        [demo] = people.anonymous.get("/project", short_name="cloudspotter").json()
        self.own_import = bucket.imported("t.csv", b"a\n1\n", self.name)["id"]
        self.bucket, name = f"/project/{self.id}/bucket", unique("b")
        bucket.aws("s3").create_bucket(Bucket=name)
        self.granted = {"bucket": name, "role_arn": "arn:aws:iam::000000000000:role/nimbossa-media-traps"}
        self.nobody = {"user_id": 10**9}
        self.nothing = {"project_id": self.id, "type": "s3", "bucket": "nothing", "files-0": "a.png"}
        self.withdrawals = f"/project/{self.id}/withdrawal"
        self.withdrawal = f"{self.withdrawals}/{owner.post(self.withdrawals, self.nobody).json()['id']}"
        self.import_id = people.admin.get("/import", project_id=demo["id"]).json()[0]["id"]


@pytest.fixture(scope="module")
def site(people: People, stack: Stack) -> Site:
    return Site(people, Bucket(stack))


# Route, methods that it has, who may, what is asked for.
ELSEWHERE: tuple[tuple[str, str, frozenset[str], Try], ...] = (
    ("/api", "GET", ALL, lambda s, who: who.get("")),
    ("/api/", "GET", ALL, lambda s, who: who.get("/")),
    ("/api/openapi.json", "GET", ALL, lambda s, who: who.get("/openapi.json")),
    ("/api/globalstats", "GET", ALL, lambda s, who: who.get("/globalstats")),
    ("/api/disqus/sso", "GET", NOBODY, lambda s, who: who.get("/disqus/sso")),
    ("/api/project/{identifier}/newtask", "GET", ALL, lambda s, who: who.get(f"/project/{s.id}/newtask")),
    ("/api/project/{identifier}/userprogress", "GET", ALL, lambda s, who: who.get(f"/project/{s.id}/userprogress")),
    ("/api/app/{identifier}/userprogress", "GET", ALL, lambda s, who: who.get(f"/app/{s.name}/userprogress")),
    ("/api/project/{identifier}/walk", "GET", KEEPERS, lambda s, who: who.get(f"/project/{s.id}/walk")),
    ("/api/project/{identifier}/accuracy", "GET", KEEPERS, lambda s, who: who.get(f"/project/{s.id}/accuracy")),
    ("/api/project/{identifier}/bucket", "GET", KEEPERS, lambda s, who: who.get(s.bucket)),
    ("/api/project/{identifier}/bucket", "POST", KEEPERS, lambda s, who: who.post(s.bucket, s.granted)),
    ("/api/project/{identifier}/bucket", "DELETE", KEEPERS, lambda s, who: who.delete(s.bucket, bucket="b")),
    (
        "/api/project/{identifier}/manifest",
        "GET",
        KEEPERS,
        lambda s, who: who.get(f"/project/{s.id}/manifest", label="a", last_id=10**15),
    ),
    ("/api/task/{identifier}/gold", "GET", KEEPERS, lambda s, who: who.get(f"/task/{s.task}/gold")),
    ("/api/task/{identifier}/gold", "PUT", KEEPERS, lambda s, who: who.put(f"/task/{s.task}/gold", {"answer": 1})),
    ("/api/task/{identifier}/gold", "DELETE", KEEPERS, lambda s, who: who.delete(f"/task/{s.task}/gold")),
    ("/api/project/{identifier}/withdrawal", "GET", KEEPERS, lambda s, who: who.get(f"/project/{s.id}/withdrawal")),
    ("/api/project/{identifier}/withdrawal", "POST", KEEPERS, lambda s, who: who.post(s.withdrawals, s.nobody)),
    ("/api/project/{identifier}/withdrawal/{withdrawal}", "GET", KEEPERS, lambda s, who: who.get(s.withdrawal)),
    ("/api/project/{identifier}/withdrawal/{withdrawal}", "DELETE", KEEPERS, lambda s, who: who.delete(s.withdrawal)),
    ("/api/project/{identifier}/repair", "POST", KEEPERS, lambda s, who: who.post(f"/project/{s.id}/repair", None)),
    ("/api/project/{identifier}/leases/return", "POST", ALL, lambda s, who: who.post(f"{s.leases}/return", None)),
    ("/api/project/{identifier}/leases/end", "POST", KEEPERS, lambda s, who: who.post(f"{s.leases}/end", None)),
    ("/api/upload", "POST", OWNERS, lambda s, who: who.post("/upload", MATERIAL | {"project_id": s.id})),
    ("/api/import", "GET", KEEPERS, lambda s, who: who.get("/import", project_id=s.id)),
    ("/api/import", "POST", KEEPERS, lambda s, who: who.post("/import", s.nothing)),
    ("/api/import/form", "POST", KEEPERS, lambda s, who: who.post("/import/form", s.nothing | {"file_name": "t.csv"})),
    ("/api/import/preview", "POST", KEEPERS, lambda s, who: who.post("/import/preview", s.nothing)),
    ("/api/import/{identifier}", "GET", STAFF, lambda s, who: who.get(f"/import/{s.import_id}")),
    ("/api/import/{identifier}", "DELETE", KEEPERS, lambda s, who: who.delete(f"/import/{s.own_import}")),
    ("/api/webhook", "GET", KEEPERS, lambda s, who: who.get("/webhook", project_id=s.id)),
    ("/api/webhook", "POST", KEEPERS, lambda s, who: who.post("/webhook", None, project_id=s.id, failed="true")),
    ("/api/webhook/{identifier}", "GET", KEEPERS, lambda s, who: who.get(f"/webhook/{s.message}")),
    ("/api/webhook/{identifier}", "POST", KEEPERS, lambda s, who: who.post(f"/webhook/{s.message}", None)),
    ("/api/webhook/secret", "GET", KEEPERS, lambda s, who: who.get("/webhook/secret", project_id=s.id)),
    ("/api/webhook/secret", "POST", KEEPERS, lambda s, who: who.post("/webhook/secret", None, project_id=s.id)),
    ("/api/webhook/secret", "DELETE", KEEPERS, lambda s, who: who.delete("/webhook/secret", project_id=s.id)),
)
# Held by tests of their own: by the project's secret key, by a link, and pages that are everybody's.
BY_OTHER_MEANS = {
    ("GET", "/api/auth/project/{short_name}/token"),
    ("GET", "/uploads/{container}/{folder}/{name}"),
    ("GET", "/amazon/bucket/{bucket}"),
    ("GET", "/leaderboard/"),
    ("GET", "/leaderboard/window/{window}"),
}


def test_every_route_is_in_a_table() -> None:
    routes = {(verb, path) for path, verbs in ROUTES if path not in RESOURCE_PATHS for verb in verbs}
    assert routes == {(verb, path) for path, verb, _, _ in ELSEWHERE} | BY_OTHER_MEANS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("path", "verb", "allowed", "attempt"), ELSEWHERE, ids=[f"{verb} {path}" for path, verb, _, _ in ELSEWHERE]
)
def test_only_what_the_table_allows(
    people: People, site: Site, path: str, verb: str, allowed: frozenset[str], attempt: Try, role: str
) -> None:
    answer = attempt(site, getattr(people, role))
    if allowed == NOBODY:
        assert answer.status_code == 405
    elif role in allowed:
        assert answer.status_code in (200, 202), answer.text
    else:
        assert answer.status_code == (401 if role == "anonymous" else 403), answer.text


@pytest.fixture(scope="module")
def foreign(people: People) -> Person:
    """What the frame of another project of the same owner holds."""
    other = people.owner.project(info={"task_presenter": "<p>Which cloud?</p>"})
    return people.owner.presenter_of(other)


@pytest.fixture(scope="module")
def world(people: People) -> World:
    return World(people)


@pytest.mark.parametrize(("what", "attempt"), [(row[0], row[2]) for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_token_of_another_project_does_nothing_here(world: World, foreign: Person, what: str, attempt: Any) -> None:
    if what == "answer a task":
        answer = foreign.post("/taskrun", {"project_id": world.draft["id"], "task_id": world.task["id"], "info": 1})
    else:
        answer = attempt(world, foreign)
    assert answer.status_code == (200 if what in FOREIGN else 404 if what in UNSEEN else 403), answer.text


@pytest.mark.parametrize(
    ("path", "allowed", "attempt"),
    [(path, allowed, attempt) for path, _, allowed, attempt in ELSEWHERE],
    ids=[f"{verb} {path}" for path, verb, _, _ in ELSEWHERE],
)
def test_nor_does_it_elsewhere(site: Site, foreign: Person, path: str, allowed: frozenset[str], attempt: Try) -> None:
    answer = attempt(site, foreign)
    everybodys = allowed == ALL and "{" not in path
    assert answer.status_code == (200 if everybodys else 405 if allowed == NOBODY else 403), answer.text


def test_lists_show_it_its_own_project_only(site: Site, foreign: Person) -> None:
    own = foreign.get("/project").json()
    assert len(own) == 1
    assert own[0]["id"] != site.id
    for name in ("task", "taskrun", "result"):
        assert foreign.get(f"/{name}", project_id=site.id).json() == []
