"""Methods, headers, errors and links (contract rest-api.md §1, §5, §6, §8), against the running stack."""

import json

import pytest

from chalicelib.core.resources import RESOURCES
from tests.contract.people import People

NAMES = [resource.name for resource in RESOURCES]


def test_the_index_says_what_it_is(people: People) -> None:
    answer = people.anonymous.get("/")
    assert (answer.status_code, answer.text) == (200, "The Nimbossa API")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert people.anonymous.send("GET", "", allow_redirects=False).status_code == 308


@pytest.mark.parametrize("name", NAMES)
def test_head_is_get_without_a_body(people: People, name: str) -> None:
    answer = people.owner.send("HEAD", f"/{name}")
    assert (answer.status_code, answer.content) == (200, b"")
    limit, remaining = (int(answer.headers[f"X-RateLimit-{what}"]) for what in ("Limit", "Remaining"))
    assert 0 < remaining < limit
    assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000


@pytest.mark.parametrize(
    "path", [f"/{name}" for name in NAMES] + ["/task/1", "/project/1/newtask", "/project/1/userprogress"]
)
def test_options_is_answered_everywhere_and_not_counted(people: People, path: str) -> None:
    asked = {"Origin": "https://x.org", "Access-Control-Request-Method": "POST"}
    wanted = {"Access-Control-Request-Headers": "content-type, X-Other, Authorization"}
    answer = people.anonymous.send("OPTIONS", path, headers={**asked, **wanted})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type, Authorization"
    assert answer.headers["Access-Control-Max-Age"] == "21600"
    assert "X-RateLimit-Limit" not in answer.headers


@pytest.mark.parametrize(("path", "status"), [("/helpinmaterial", 404), ("/project/1/repair", 405), ("/task/0", 404)])
def test_head_of_nothing_has_no_body_that_the_next_answer_would_begin_with(
    people: People, path: str, status: int
) -> None:
    for _ in range(2):  # on one connection
        answer = people.anonymous.send("HEAD", path)
        assert (answer.status_code, answer.content) == (status, b"")
        assert people.anonymous.get("/category").status_code == 200


@pytest.mark.parametrize("path", ["/task", "/task/0", "/task?foo=1", "/nothing", "/project/1/newtask"])
def test_every_answer_is_readable_across_origins(people: People, path: str) -> None:
    assert people.anonymous.get(path).headers["Access-Control-Allow-Origin"] == "*"
    allowed = people.anonymous.send("GET", path, headers={"Origin": "https://x.org"}).headers
    assert allowed["Access-Control-Allow-Origin"] in ("https://x.org", "*")
    assert "Access-Control-Allow-Credentials" not in allowed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/task/abc", 404),
        ("GET", "/task/-1", 404),
        ("GET", "/task/0", 404),
        ("GET", "/task/99999999999999999999999", 404),
        ("GET", "/task/9007199254740991", 404),
        ("GET", "/taskrun/9007199254740991", 404),
        ("GET", "/task/１", 404),
        ("GET", "/project/", 404),
        ("GET", "/token", 404),
        ("GET", "/vmcp", 404),
        ("GET", "/project/none-such/newtask", 404),
        ("GET", "/project/999999/newtask", 404),
        ("GET", "/project/999999/userprogress", 404),
        ("PUT", "/project", 405),
        ("POST", "/project/1/newtask", 405),
        ("PATCH", "/task/1", 405),
        ("POST", "/user", 405),
        ("DELETE", "/user/1", 405),
    ],
)
def test_errors_have_one_shape(people: People, method: str, path: str, status: int) -> None:
    answer = people.anonymous.send(method, path)
    body = answer.json()
    assert answer.status_code == status
    assert set(body) == {"action", "status", "status_code", "target", "exception_cls", "exception_msg"}
    assert (body["status"], body["status_code"]) == ("failed", status)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_refused_method_is_told_which_ones_work(people: People) -> None:
    assert people.anonymous.send("PATCH", "/task/1").headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert people.anonymous.send("PUT", "/upload").headers["Allow"] == "OPTIONS, POST"


def test_links_are_text_with_absolute_addresses(people: People) -> None:
    project = people.owner.project()
    people.owner.tasks(project, 1)
    [run] = people.stranger.answer_all(project)
    url = people.owner.url
    found = people.owner.get(f"/taskrun/{run['id']}").json()
    assert found["link"] == f"<link rel='self' title='taskrun' href='{url}/api/taskrun/{run['id']}'/>"
    assert found["links"] == [
        f"<link rel='parent' title='project' href='{url}/api/project/{project['id']}'/>",
        f"<link rel='parent' title='task' href='{url}/api/task/{run['task_id']}'/>",
    ]
    again = people.owner.get(f"/project/{project['id']}").json()
    category = f"<link rel='category' title='category' href='{url}/api/category/{project['category_id']}'/>"
    assert again["links"] == [category]
    assert "link" not in project
    assert "links" not in people.owner.get(f"/category/{project['category_id']}").json()


def test_every_field_is_there_and_null_when_unset(people: People) -> None:
    project = people.owner.project()
    assert set(project) == {
        "id", "created", "updated", "name", "short_name", "description", "long_description", "webhook",
        "allow_anonymous_contributors", "published", "featured", "secret_key", "zip_download", "contacted",
        "owner_id", "category_id", "info", "owners_ids",
    }  # fmt: skip
    [task] = people.owner.tasks(project, 1, info=None, n_answers=None)
    assert set(task) == {
        "id", "created", "project_id", "state", "quorum", "calibration", "priority_0", "info", "n_answers",
        "fav_user_ids",
    }  # fmt: skip
    assert (task["info"], task["n_answers"], task["fav_user_ids"], task["state"]) == (None, 30, None, "ongoing")


def test_bodies_are_ascii_and_times_have_microseconds_and_no_zone(people: People) -> None:
    project = people.owner.project(description="Wolken über Köln 🌥")
    answer = people.owner.get(f"/project/{project['id']}")
    assert answer.content.isascii()
    assert json.loads(answer.content)["description"] == "Wolken über Köln 🌥"
    assert len(answer.json()["created"]) == len("2026-11-22T17:07:13.346655")


def test_an_unknown_key_is_nobody(people: People) -> None:
    somebody = {"Authorization": "00000000-0000-0000-0000-000000000000"}
    assert people.anonymous.send("GET", "/project", headers=somebody).status_code == 200
    body = {"name": "x", "short_name": "x", "description": "x"}
    assert people.anonymous.send("POST", "/project", headers=somebody, json=body).status_code == 401
    by_query = people.anonymous.send("GET", f"/user?api_key={people.owner.key}", headers=somebody)
    assert all("email_addr" not in one for one in by_query.json())
    mine = people.anonymous.get("/project", api_key=people.owner.key).json()
    assert all(one["owner_id"] == people.owner.id for one in mine)
