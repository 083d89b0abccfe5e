"""Every route with everything that makes no sense: never a 5xx, refusals in the contract's shape, nothing stored.

Generated from the routes and the field tables, so that nothing is left out; test_api_bad_input.py says which refusal it
is where that matters.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from chalicelib.api.routes import ROUTES
from chalicelib.core.queries import RESERVED
from chalicelib.core.resources import ANNOUNCEMENT, BLOGPOST, CATEGORY, PAGE, RESOURCES, RESULT, USER, Field, Resource
from tests.contract.people import People, Person, unique
from tests.contract.test_api_bad_input import BODIES, WRONG
from tests.instance import Stack

JWT_SHAPE = {"code", "description"}
SHAPE = {"action", "status", "status_code", "target", "exception_cls", "exception_msg"}
PLACES = ("x", "-1", "0", "1.5", "1e3", "9" * 40, "%00", "%ff", "é", "a" * 1000, "..%2f..%2f", "{}", "null", "%25", "٣")
VALUES = ("-1", "9" * 40, "x" * 9000, "%ff", "", "[" * 1000, "a::b::c")
FEW = 4  # of these, where only names differ
PARAMETERS = sorted(
    RESERVED - {"api_key"} | {"external_uid", "project_id", "info", "id", "task_id", "callback", "_", "é"}
)
BY_NAME = {resource.name: resource for resource in RESOURCES}
TOO_LARGE = b'{"info": "' + b"x" * 1_100_000 + b'"}'
FORMS = {
    "no file": b'--b\r\nContent-Disposition: form-data; name="project_id"\r\n\r\n1\r\n--b--\r\n',
    "two files": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n' * 2
    + b"--b--\r\n",
    "another boundary": b"--c\r\n\r\nx\r\n--c--\r\n",
    "cut off": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx',
}

REFUSED = (0,)  # no status of success will do
SESSION = requests.Session()
Route = tuple[str, str]
EACH = [(path, method) for path, methods in ROUTES for method in methods]
WRITES = [route for route in EACH if route[1] in ("POST", "PUT")]


def named(routes: list[Route]) -> list[Any]:
    return [pytest.param(path, method, id=f"{method} {path}") for path, method in routes]


def resource_of(path: str) -> Resource | None:
    return BY_NAME.get(path.split("/")[2]) if path.startswith("/api/") else None


def check(answer: requests.Response, *statuses: int) -> None:
    """A 2xx or 3xx only where `statuses` has it; a refusal tells its status and nothing internal."""
    assert answer.status_code < 500, (answer.request.method, answer.url[:200], answer.text[:300])
    if answer.status_code < 400 or "/api/" not in answer.url:  # pages have an error page
        assert not statuses or answer.status_code in statuses, (answer.url[:200], answer.text[:300])
        return
    assert "Access-Control-Allow-Origin" in answer.headers
    body = answer.json()
    if set(body) != JWT_SHAPE:  # §3.3
        assert set(body) >= SHAPE, body
        assert (body["status"], body["status_code"]) == ("failed", answer.status_code)
        assert not re.search(r"Traceback|botocore|pynamodb|chalicelib|DynamoDB|\.py\b", body["exception_msg"])
    assert answer.headers["Content-Type"] == "application/json"


@pytest.fixture(scope="module")
def things(people: People) -> dict[str, Any]:
    """One of each resource that the owner or the administrator may change, by resource."""
    project = people.owner.project()
    fields = {"project_id": project["id"]}
    [task] = people.owner.tasks(project, 1)
    run = people.stranger.answer(people.stranger.next(project))
    names = dict.fromkeys(("name", "short_name", "description"), unique("c"))
    return {
        "project": project,
        "task": task,
        "taskrun": run,
        "category": people.admin.made("/category", **names),
        "announcement": people.admin.made("/announcement", title="t", body="b"),
        "blogpost": people.owner.made("/blogpost", **fields, title="t", body="b"),
        "helpingmaterial": people.owner.made("/helpingmaterial", **fields),
        "page": people.owner.made("/page", **fields, slug="s"),
        "user": {"id": people.owner.id},
    }


@pytest.fixture
def kept(people: People, things: dict[str, Any]) -> Iterator[None]:
    """Fails when anything was made or changed meanwhile."""
    before = snapshot(people, things)
    yield
    assert snapshot(people, things) == before


def snapshot(people: People, things: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in BY_NAME.keys() - {"user", "projectstats"}:
        found[name] = people.owner.get(f"/{name}", orderby="id", last_id=0, limit=100).json()
        if name in things:
            one = people.admin.get(f"/{name}/{things[name]['id']}").json()
            found[f"one {name}"] = one
    return found


ELSEWHERE = {"/amazon/bucket/{bucket}"}  # "1.5" may be a bucket, and Amazon would be asked for it


def filled(path: str, things: dict[str, Any], place: str | None = None) -> str:
    """The path with `place` for what it captures, else with what exists."""
    resource = path.split("/")[2] if path.count("/") > 1 else ""
    known = things.get(resource, {"id": 1, "short_name": "x"})
    usual = {"identifier": known["id"], "short_name": known.get("short_name", "x"), "window": 3}
    return re.sub(r"\{(\w+)\}", lambda found: place if place is not None else str(usual.get(found[1], "x")), path)


def send(stack: Stack, who: Person, method: str, address: str, **given: Any) -> requests.Response:
    headers = {**({"Authorization": who.key} if who.key else {}), **given.pop("headers", {})}
    request = requests.Request(method, stack.url, headers=headers, **given).prepare()
    request.url = f"{stack.url}{quote(address, safe='/?&=%')}"  # as it is, not as requests would tidy it
    return SESSION.send(request, timeout=30, allow_redirects=False)


@pytest.mark.parametrize(("path", "method"), named([one for one in EACH if "{" in one[0] and one[0] not in ELSEWHERE]))
def test_what_is_no_id_in_a_path(stack: Stack, people: People, path: str, method: str) -> None:
    for place in PLACES:
        for who in (people.anonymous, people.stranger):
            check(send(stack, who, method, filled(path, {}, place)))


@pytest.mark.parametrize(("path", "method"), named([route for route in EACH if route[1] == "GET"]))
def test_what_makes_no_sense_in_a_query(
    stack: Stack, people: People, things: dict[str, Any], path: str, method: str
) -> None:
    resource, address = resource_of(path), filled(path, things)
    fields = resource.by_name.keys() if resource is not None and "{" not in path else set()
    for name in sorted({*PARAMETERS, *fields}):
        for value in VALUES if fields else VALUES[:FEW]:
            check(send(stack, people.stranger, method, f"{address}?{name}={value}"))
    for query in ("limit=1&limit=-1", "=", "&&&", "?", "limit", "%", "a=1&a=2&limit=%ff", "&".join(["x=1"] * 500)):
        check(send(stack, people.anonymous, method, f"{address}?{query}"))


@pytest.mark.parametrize(("path", "method"), named([route for route in EACH if route[1] != "GET"]))
def test_unknown_and_repeated_keys_in_the_query_of_a_write(
    stack: Stack, people: People, things: dict[str, Any], kept: None, path: str, method: str
) -> None:
    for query in ("foo=1", "limit=1", "_=1", "foo=1&foo=2", "%ff=1", "%00=%00", "__class__=x", "callback=x"):
        for who in (people.anonymous, people.stranger):
            check(send(stack, who, method, f"{filled(path, things)}?{query}", json={}))


@pytest.mark.parametrize(("path", "method"), named(WRITES))
def test_bodies_that_make_no_sense(
    stack: Stack, people: People, things: dict[str, Any], kept: None, path: str, method: str
) -> None:
    address = filled(path, things)
    bodies = [*BODIES.values(), TOO_LARGE, json.dumps({"info": {"x" * 9000: 1}, "y" * 9000: 1}).encode()]
    for who, content_type in ((people.anonymous, "text/plain"), (people.stranger, "application/json")):
        for body in bodies:
            check(send(stack, who, method, address, data=body, headers={"Content-Type": content_type}))
    for form in FORMS.values():
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        check(send(stack, people.stranger, method, address, data=form, headers=headers))


FILLED: dict[str, dict[str, Any]] = {
    "announcement": {"title": "t", "body": "b"},
    "blogpost": {"title": "t", "body": "b"},
    "page": {"slug": "s"},
    "category": {"name": "n", "short_name": "n", "description": "d"},
}


CHANGEABLE = [
    pytest.param(resource, field, id=f"{resource.name}.{field.name}")
    for resource in (ANNOUNCEMENT, BLOGPOST, PAGE, CATEGORY, RESULT, USER)
    for field in resource.fields
    if field.name not in resource.reserved and field.name != "project_id"
]


def wrong_values(field: Field) -> list[Any]:
    return [*WRONG[field.kind], *(["x" * (field.longest + 1)] if field.longest is not None else [])]


@pytest.mark.parametrize(("resource", "field"), CHANGEABLE)
def test_a_wrong_value_in_any_field(
    people: People, things: dict[str, Any], kept: None, resource: Resource, field: Field
) -> None:
    keeper = people.owner if resource.name in ("blogpost", "page", "user") else people.admin
    whole = FILLED.get(resource.name, {}) | ({"project_id": things["project"]["id"]} if resource.scoped else {})
    for value in wrong_values(field):
        if resource.name in FILLED:
            check(keeper.post(f"/{resource.name}", {**whole, field.name: value}), *REFUSED)
        if resource.name in things:
            check(keeper.put(f"/{resource.name}/{things[resource.name]['id']}", {field.name: value}), *REFUSED)
