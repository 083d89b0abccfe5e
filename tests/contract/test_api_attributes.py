"""Order and filters over every attribute of every resource (contract rest-api.md §4.1, §4.2, §4.4), against the running
stack: what comes is compared with all rows, sorted and picked here."""

from typing import Any

import pytest

from chalicelib.core.listing import sort_key
from chalicelib.core.resources import RESOURCES, TASK, Field, Kind, Resource
from tests.contract.people import People, Person, eventually, sign_up, unique
from tests.instance import Stack

NO_CAST = {Kind.INT: "many", Kind.FLOAT: "high", Kind.BOOL: "maybe", Kind.INTS: "2"}
SPECIAL = {"info", "fav_user_ids", "project_id", "created", "user_pref"}  # have tests of their own
ATTRIBUTES = [
    pytest.param(resource, field, id=f"{resource.name}.{field.name}")
    for resource in RESOURCES
    for field in resource.fields
]


class World:
    """Two projects of a new owner with something of every kind, and who reads which rows."""

    def __init__(self, people: People, owner: Person) -> None:
        self.people, self.owner = people, owner
        self.projects = [owner.project(info={"about": text}, long_description=text) for text in ("foxes", "a fox")]
        for place, project in enumerate(self.projects):
            self._fill(place, project)
        first = owner.get("/task", project_id=self.projects[0]["id"]).json()[0]
        owner.made("/favorites", task_id=first["id"])
        for text in ("Two foxes", "A fox"):
            people.admin.made("/announcement", title=unique("a"), body=text, info={"about": text})

    def _fill(self, place: int, project: dict[str, Any]) -> None:
        for n in range(3):
            info = {"about": f"{n} foxes", "n": n}
            fields = {"n_answers": 1 + n, "priority_0": (n * 7 % 3) / 3, "quorum": n % 2, "calibration": -n}
            self.owner.made("/task", project_id=project["id"], info=info, **fields)
        for volunteer in (self.people.stranger, self.people.anonymous):
            for run in volunteer.answer_all(project):
                assert run["id"]
        for n in range(2):
            fields = {"project_id": project["id"], "info": {"about": "a fox"}}
            self.owner.made("/helpingmaterial", **fields, priority=1 - n, media_url=f"/m{n}")
            self.owner.made("/blogpost", **fields, title=f"t{place}{n}", body="b", published=bool(n))
            self.owner.made("/page", **fields, slug=f"s{place}{n}")
        eventually(lambda: len(self.owner.get("/result", project_id=project["id"]).json()) == 2)

    def reader(self, resource: Resource) -> Person:
        return self.owner if resource.scoped else self.people.admin

    def ask(self, resource: Resource, **query: Any) -> list[dict[str, Any]]:
        """Rows of one page; of statistics those of the two projects, as others' may change."""
        if resource.name == "projectstats" and "project_id" not in query:
            query["project_id"] = ",".join(str(project["id"]) for project in self.projects)
        answer = self.reader(resource).get(f"/{resource.name}", **{"limit": 100, **query})
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def all(self, resource: Resource) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while page := self.ask(resource, last_id=rows[-1]["id"] if rows else 0):
            rows += page
        return rows


@pytest.fixture(scope="module")
def world(stack: Stack, people: People) -> World:
    return World(people, sign_up(stack, "keeper"))


def shown_alike(field: Field) -> bool:
    """Whether rows show the field, with the value that is compared."""
    return not (field.name == "info" or field.kind is Kind.OBJECT)


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(("resource", "field"), ATTRIBUTES)
def test_rows_are_ordered_by_any_attribute(world: World, resource: Resource, field: Field, descending: bool) -> None:
    rows = world.all(resource)
    assert len(rows) > 1
    query = {"orderby": field.name, **({"desc": "true"} if descending else {})}
    found = world.ask(resource, **query)
    assert len(found) == min(100, len(rows))
    if not shown_alike(field) or not all(field.name in row for row in rows):
        return
    expected = sorted(rows, key=lambda row: row["id"], reverse=field.name == "id" and descending)
    expected.sort(key=lambda row: sort_key(field.name, row), reverse=descending)
    assert [row["id"] for row in found] == [row["id"] for row in expected][:100]
    half = world.ask(resource, **query, limit=2, offset=1)
    assert [row["id"] for row in half] == [row["id"] for row in expected][1:3]
    later = world.ask(resource, orderby=field.name, last_id=expected[0]["id"])
    assert {row["id"] for row in later} == {row["id"] for row in rows if row["id"] > expected[0]["id"]}


def as_text(value: Any) -> str:
    if isinstance(value, list):
        return "{" + ",".join(str(member) for member in value) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("resource", "field"), ATTRIBUTES)
def test_rows_are_found_by_any_attribute(world: World, resource: Resource, field: Field) -> None:
    if field.name in SPECIAL:
        return
    rows = world.all(resource)
    values = {as_text(row[field.name]): row[field.name] for row in rows if row.get(field.name) is not None}
    for text, value in sorted(values.items())[:3]:
        found = world.ask(resource, **{field.name: text})
        assert [row["id"] for row in found] == [row["id"] for row in rows if row[field.name] == value][:100], text


@pytest.mark.parametrize(("resource", "field"), ATTRIBUTES)
def test_what_cannot_be_cast_is_a_data_error(people: People, resource: Resource, field: Field) -> None:
    wrong = NO_CAST.get(field.kind)
    if wrong is None or field.name == "fav_user_ids":
        return
    for caller in (people.anonymous, people.admin):
        answer = caller.get(f"/{resource.name}", **{field.name: wrong})
        assert (answer.status_code, answer.json()["exception_cls"]) == (415, "DataError")


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_created_is_found_by_its_beginning(world: World, resource: Resource) -> None:
    if "created" not in resource.by_name:
        assert world.people.anonymous.get(f"/{resource.name}", created="2026").status_code == 415
        return
    rows = world.all(resource)
    whole = rows[-1]["created"]
    for length in (4, 7, 10, 13, 19, len(whole)):
        found = world.ask(resource, created=whole[:length])
        assert [row["id"] for row in found] == [row["id"] for row in rows if row["created"].startswith(whole[:length])][
            :100
        ]
    assert world.ask(resource, created="1999") == []


@pytest.mark.parametrize(
    "resource", [one for one in RESOURCES if "project_id" in one.by_name], ids=lambda one: one.name
)
def test_project_id_takes_several_in_any_writing(world: World, resource: Resource) -> None:
    first, second = (project["id"] for project in world.projects)
    for text in (f"{first},{second}", f"[{first}, {second}]", f"{first} {second}", f"{second}|{first}"):
        found = world.ask(resource, project_id=text)
        assert {row["project_id"] for row in found} == {first, second}
        assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    assert {row["project_id"] for row in world.ask(resource, project_id=second)} == {second}
    assert world.ask(resource, project_id=10**12) == []


@pytest.mark.parametrize("resource", [one for one in RESOURCES if "info" in one.by_name], ids=lambda one: one.name)
def test_info_is_searched_in_full(world: World, resource: Resource) -> None:
    """Also where nothing is found, and never without being asked for."""
    assert all("headline" not in row for row in world.ask(resource))
    found = world.ask(resource, info="about::fox", fulltextsearch="1")
    for row in found:
        assert "<b>fox" in row["headline"]
        assert row["rank"] == pytest.approx(0.0607927)
    assert bool(found) is (resource.name not in ("taskrun", "result", "category", "user", "projectstats"))
    assert world.ask(resource, info="about::nothing", fulltextsearch="1") == []


def test_what_a_search_or_related_adds_may_be_sent_back(world: World) -> None:
    [row] = world.ask(TASK, project_id=world.projects[0]["id"], info="n::2", related="1")
    [found] = world.ask(TASK, project_id=world.projects[0]["id"], info="about::2 & fox", fulltextsearch="1")
    assert row["id"] == found["id"]
    kept = {key: value for key, value in {**row, **found}.items() if key not in TASK.reserved}
    assert {"headline", "rank", "task_runs", "result", "link"} <= kept.keys()
    answer = world.owner.put(f"/task/{row['id']}", kept)
    assert answer.status_code == 200, answer.text
    assert "headline" not in answer.json()


def test_ranks_come_before_any_other_order(world: World) -> None:
    project = world.owner.project()
    tasks = [world.owner.tasks(project, 1, info={"k": text})[0] for text in ("fox", "fox foxes", "fox", "cat")]
    first, best, third, _ = (task["id"] for task in tasks)

    def order(**query: Any) -> list[int]:
        query |= {"project_id": project["id"], "info": "k::fox", "fulltextsearch": "1"}
        return [row["id"] for row in world.ask(TASK, **query)]

    assert order() == [best, first, third]
    assert order(desc="true") == [best, third, first]
    assert order(orderby="created", desc="true", limit=2) == [best, third]
    assert order(last_id=first) == [best, third]
    assert order(offset=1, limit=1) == [first]
    refused = world.owner.get("/task", info="k::" + "(" * 60, fulltextsearch="1")
    assert (refused.status_code, refused.json()["exception_cls"]) == (415, "ValueError")
