"""Whatever is sent, the answer is a 4xx in the contract's shape, and nothing is stored."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.core.resources import HELPINGMATERIAL, PROJECT, RESOURCES, TASK, TASKRUN, Kind, Resource
from tests.contract.people import People, unique

DEEP = "[" * 1000 + "]" * 1000
HUGE = "x" * 1_100_000

BODIES: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"{",
    "bare word": b"nothing",
    "null": b"null",
    "array": b"[]",
    "array of objects": b'[{"name": "x"}]',
    "text": b'"text"',
    "number": b"5",
    "bad UTF-8": b'{"info": "\xff\xfe"}',
    "UTF-16": '{"info": 1}'.encode("utf-16"),
    "half a surrogate": b'{"info": "\\ud800"}',
    "NaN": b'{"info": NaN}',
    "infinity": b'{"info": -Infinity}',
    "a number beyond 64 bits": b'{"info": 123456789012345678901234567890}',
    "a key twice": b'{"info": 1, "info": 2}',
    "a key twice, deep down": b'{"info": {"a": [{"b": 1, "b": 1}]}}',
    "a thousand levels": f'{{"info": {DEEP}}}'.encode(),
    "seventy levels": f'{{"info": {DEEP[930:1070]}}}'.encode(),
    "trailing comma": b'{"info": 1,}',
    "a NUL byte": b'{"info": "\x00"}',
    "two values": b"{} {}",
}

WRONG: dict[Kind, tuple[Any, ...]] = {
    Kind.INT: ("x", 1.5, True, [1], {}, 2**54, -(2**70) // 2**8, "1e5", "９" * 30),
    Kind.FLOAT: ("x", True, [], {}, "nan", "inf", 1e200),
    Kind.BOOL: ("true", 1, 0, [], {}),
    Kind.TEXT: (1, True, [], {}, "\u0000"),
    Kind.TIME: (1, "yesterday"),
    Kind.OBJECT: (1, "x", [], None, True),
    Kind.INTS: (1, "x", {}, ["x"], [[1]], [1.5], list(range(1001))),
    Kind.JSON: (),
}


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    """The error's body, in the contract's shape."""
    assert answer.status_code in (statuses or (415,)), (answer.status_code, answer.text[:300])
    body: dict[str, Any] = answer.json()
    assert set(body) == {"action", "status", "status_code", "target", "exception_cls", "exception_msg"}
    assert body["status"] == "failed"
    return body


@pytest.fixture(scope="module")
def project(people: People) -> dict[str, Any]:
    return people.owner.project()


@pytest.fixture(scope="module")
def task(people: People, project: dict[str, Any]) -> dict[str, Any]:
    return people.owner.tasks(project, 1)[0]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_json_object_is_a_value_error(people: People, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    for path in ("/project", "/task", "/taskrun", "/helpingmaterial", "/category"):
        if path == "/task" and body.startswith(b"[{"):
            continue  # many tasks at once: test_api_bulk.py
        answer = people.owner.send("POST", path, data=body, headers=headers)
        assert refused(answer)["exception_cls"] == "ValueError"


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_put_of_such_a_body_changes_nothing(people: People, task: dict[str, Any], body: bytes) -> None:
    path = f"/task/{task['id']}"
    answer = people.owner.send("PUT", path, data=body, headers={"Content-Type": "application/json"})
    assert refused(answer)["exception_cls"] == "ValueError"
    assert people.owner.get(path).json()["info"] == task["info"]


def test_a_huge_body_is_too_large(people: People) -> None:
    answer = people.owner.send("POST", "/project", data=json.dumps({"name": HUGE}))
    assert refused(answer, 413)["exception_cls"] == "RequestEntityTooLarge"


def test_what_does_not_fit_into_an_item_is_refused(people: People, project: dict[str, Any]) -> None:
    large = "x" * 390_000
    assert refused(people.owner.post("/task", {"project_id": project["id"], "info": large}))
    assert refused(people.owner.put(f"/project/{project['id']}", {"long_description": large}))
    assert refused(people.owner.put(f"/project/{project['id']}", {"info": {"x": large}}))
    assert people.owner.get(f"/project/{project['id']}").json()["info"] == {}


def test_an_answer_that_cannot_be_sent_says_to_ask_for_less(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 13, info="x" * 370_000)
    answer = people.owner.get("/task", project_id=project["id"])
    assert "limit" in refused(answer, 413)["exception_msg"]
    assert len(people.owner.get("/task", project_id=project["id"], limit=5).json()) == 5


def values(resource: Resource) -> list[Any]:
    open_fields = [field for field in resource.fields if not field.reserved and field.name not in resource.forbidden]
    return [
        pytest.param(field.name, value, id=f"{resource.name}.{field.name}={str(value)[:20]!r}")
        for field in open_fields
        for value in WRONG[field.kind]
    ]


@pytest.mark.parametrize(("name", "value"), values(PROJECT))
def test_a_wrong_value_in_a_project(people: People, project: dict[str, Any], name: str, value: Any) -> None:
    fresh = unique("bad")
    body = {"name": fresh, "short_name": fresh, "description": "x", name: value}
    if name != "owner_id":  # on POST the caller's, whatever is sent
        refused(people.owner.post("/project", body))
        assert people.owner.get("/project", short_name=fresh).json() == []
    refused(people.owner.put(f"/project/{project['id']}", {name: value}))


@pytest.mark.parametrize(("name", "value"), values(TASK))
def test_a_wrong_value_in_a_task(people: People, task: dict[str, Any], name: str, value: Any) -> None:
    before = people.owner.get(f"/task/{task['id']}").json()
    refused(people.owner.post("/task", {"project_id": task["project_id"], name: value}))
    refused(people.owner.put(f"/task/{task['id']}", {name: value}))
    assert people.owner.get(f"/task/{task['id']}").json() == before


@pytest.mark.parametrize(("name", "value"), values(TASKRUN))
def test_a_wrong_value_in_a_run(people: People, task: dict[str, Any], name: str, value: Any) -> None:
    people.stranger.next({"id": task["project_id"]})
    body = {"project_id": task["project_id"], "task_id": task["id"], "info": "x", name: value}
    refused(people.stranger.post("/taskrun", body), 415, 403)
    assert people.stranger.get("/taskrun", task_id=task["id"], all="1").json() == []


@pytest.mark.parametrize(("name", "value"), values(HELPINGMATERIAL))
def test_a_wrong_value_in_a_helping_material(people: People, project: dict[str, Any], name: str, value: Any) -> None:
    refused(people.owner.post("/helpingmaterial", {"project_id": project["id"], name: value}))
    assert people.owner.get("/helpingmaterial", project_id=project["id"]).json() == []


@pytest.mark.parametrize("resource", [PROJECT, TASK, TASKRUN, HELPINGMATERIAL], ids=lambda one: one.name)
def test_reserved_and_unknown_keys(people: People, resource: Resource) -> None:
    for key in sorted(resource.reserved):
        body = refused(people.owner.post(f"/{resource.name}", {key: 1}), 400)
        assert (body["exception_cls"], body["action"]) == ("BadRequest", "POST")
    body = refused(people.owner.post(f"/{resource.name}", {"foo": 1}))
    assert body["exception_cls"] == "TypeError"
    assert body["exception_msg"] == f"'foo' is an invalid keyword argument for {resource.model}"


@pytest.mark.parametrize("value", [0, 1001, -5, "many", None])
def test_a_redundancy_out_of_range(people: People, task: dict[str, Any], value: Any) -> None:
    if value is not None:
        refused(people.owner.post("/task", {"project_id": task["project_id"], "n_answers": value}))
        refused(people.owner.put(f"/task/{task['id']}", {"n_answers": value}))


@pytest.mark.parametrize("value", [-0.1, 1.1, 5.5, "high"])
def test_a_priority_out_of_range(people: People, task: dict[str, Any], value: Any) -> None:
    refused(people.owner.post("/task", {"project_id": task["project_id"], "priority_0": value}))
    refused(people.owner.put(f"/task/{task['id']}", {"priority_0": value}))


@pytest.mark.parametrize(
    "short_name", ["new", "category", "a b", "a/b", "a?b", "a#b", "a%b", ".", "..", "a\nb", "é\u0000"]
)
def test_a_short_name_that_cannot_stand_in_an_address(people: People, short_name: str) -> None:
    refused(people.owner.post("/project", {"name": unique("n"), "short_name": short_name, "description": "x"}))


@pytest.mark.parametrize("missing", ["name", "short_name", "description"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_project_needs_its_names(people: People, project: dict[str, Any], missing: str, value: Any) -> None:
    name = unique("n")
    body = {"name": name, "short_name": name, "description": "x", missing: value}
    assert refused(people.owner.post("/project", body))["exception_cls"] == "DBIntegrityError"
    assert (
        refused(people.owner.put(f"/project/{project['id']}", {missing: value}))["exception_cls"] == "DBIntegrityError"
    )


def test_a_project_in_no_category(people: People, project: dict[str, Any]) -> None:
    name = unique("n")
    body = {"name": name, "short_name": name, "description": "x", "category_id": 10**9}
    answer = refused(people.owner.post("/project", body), 400)
    assert answer["exception_msg"] == "category_id does not exist"
    again = refused(people.owner.put(f"/project/{project['id']}", {"category_id": 10**9}))
    assert again["exception_cls"] == "DBIntegrityError"


@pytest.mark.parametrize("project_id", [None, 10**9, "x", -1, True, [1]])
def test_a_task_or_material_of_no_project(people: People, project_id: Any) -> None:
    body = {"project_id": project_id} if project_id is not None else {}
    for path in ("/task", "/helpingmaterial"):
        assert refused(people.owner.post(path, body))["exception_cls"] == "AttributeError"
        assert refused(people.anonymous.post(path, body), 401)["exception_cls"] == "Unauthorized"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Invalid task_id"),
        ({"task_id": 10**9}, "Invalid task_id"),
        ({"task_id": "x"}, "Invalid task_id"),
        ({"task_id": None}, "Invalid task_id"),
        ({"task_id": "TASK"}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": "PROJECT AS TEXT"}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": 10**9}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": -1}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": 1}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": True}, "Invalid project_id"),
        ({"task_id": "TASK", "project_id": "PROJECT"}, "You must request a task first!"),
    ],
)
def test_a_run_that_names_the_wrong_things(
    people: People, task: dict[str, Any], body: dict[str, Any], message: str
) -> None:
    meant = {"TASK": task["id"], "PROJECT": task["project_id"], "PROJECT AS TEXT": str(task["project_id"])}
    sent = {key: meant.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    answer = refused(people.coowner.post("/taskrun", sent), 403)
    assert (answer["exception_msg"], answer["target"]) == (message, "taskrun")


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "offset=-1",
        "offset=x",
        "desc=maybe",
        "orderby=nothing",
        "limit=９",
        "limit=" + "9" * 30,
    ],
)
def test_a_newtask_that_makes_no_sense(people: People, task: dict[str, Any], query: str) -> None:
    answer = refused(people.stranger.get(f"/project/{task['project_id']}/newtask?{query}"))
    assert (answer["action"], answer["target"]) == ("GET", "project")


@pytest.mark.parametrize("key", ["foo", "_", "limit", "callback"])
def test_unknown_query_keys_on_writes(people: People, task: dict[str, Any], key: str) -> None:
    for method, path in (("POST", "/task"), ("PUT", f"/task/{task['id']}"), ("DELETE", f"/task/{task['id']}")):
        answer = people.owner.send(method, f"{path}?{key}=1", json={"project_id": task["project_id"]})
        assert refused(answer)["exception_cls"] == "AttributeError"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=abc", b""),
        ("multipart/form-data; boundary=abc", b"--abc\r\n"),
        ("multipart/form-data; boundary=abc", b"--xyz\r\n\r\nfile\r\n--xyz--\r\n"),
        ("multipart/form-data; boundary=" + "a" * 3000, b"--a--"),
        (
            "multipart/form-data; boundary=abc",
            b'--abc\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xff\r\n--abc--\r\n',
        ),
    ],
)
def test_a_form_that_is_none(people: People, content_type: str, body: bytes) -> None:
    for path in ("/helpingmaterial", "/project", "/taskrun"):
        refused(people.owner.send("POST", path, data=body, headers={"Content-Type": content_type}))


@pytest.mark.parametrize(
    "header", ["Bearer x", "Bearer a.b.c", "Bearer", "Presenter x", "Presenter", "x" * 5000, "é".encode()]
)
def test_a_strange_authorization_is_never_a_defect(people: People, task: dict[str, Any], header: Any) -> None:
    for path in ("/project", f"/project/{task['project_id']}/newtask?external_uid=x", "/auth/project/x/token"):
        answer = people.anonymous.send("GET", path, headers={"Authorization": header})
        assert answer.status_code < 500
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
@pytest.mark.parametrize("last_id", ["-1", "-9007199254740992"])
def test_a_list_from_below_the_first_id_begins_at_it(people: People, resource: Resource, last_id: str) -> None:
    answer = people.owner.get(f"/{resource.name}", last_id=last_id, limit=1)
    assert answer.json() == people.owner.get(f"/{resource.name}", last_id=0, limit=1).json()


@pytest.mark.parametrize("number", ["nan", "inf", "1_0", "1e999", "٣", "0x1", ""])
def test_a_number_that_is_none_finds_nothing_and_is_not_kept(people: People, task: dict[str, Any], number: str) -> None:
    refused(people.owner.get("/task", priority_0=number))
    refused(people.owner.put(f"/task/{task['id']}", {"priority_0": number}))


@pytest.mark.parametrize("text", ["x", "-", "-\U0007b7a9", "1.5", "٣", "1_0", " "])
def test_a_limit_or_offset_that_is_no_number_counts_as_absent(people: People, text: str) -> None:
    assert people.anonymous.get("/category", limit=text, offset=text).json() == people.anonymous.get("/category").json()


def test_a_request_line_that_is_none_is_answered(people: People) -> None:
    address = urlsplit(people.anonymous.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(b"\xff\xfe\x00 nothing\r\n\r\n")
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.0 400 ")


@pytest.mark.parametrize("name", ["name", "email_addr", "fullname"])
def test_an_account_without_a_name(people: People, name: str) -> None:
    path = f"/user/{people.stranger.id}"
    before = people.admin.get(path).json()
    refused(people.admin.put(path, {name: None}))
    assert people.admin.get(path).json() == before


def test_a_negative_offset_is_refused_beside_last_id_too(people: People) -> None:
    refused(people.owner.get("/task", offset=-1, last_id=5))
