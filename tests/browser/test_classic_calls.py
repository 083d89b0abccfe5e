"""What presenters written for pybossa.js 1.2.1 send and get, request by request (contract rest-api.md §14.3, §11.3)."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Request

from tests.browser.conftest import LiveProject, Visitor

QUESTIONS = [{"question": f"Question {number}"} for number in range(1, 4)]
# Shows nothing and answers nothing: the test does, call by call.
IDLE = "<p id='idle'>Ready</p>"
LARGE = 9_000_000


@pytest.fixture
def project(projects: Callable[..., LiveProject]) -> LiveProject:
    return projects(IDLE, QUESTIONS, n_answers=2)


@pytest.fixture
def presenter(visitor: Visitor, project: LiveProject) -> Visitor:
    """Inside the project's page, before any call."""
    visitor.open(project.path("newtask"))
    visitor.presenter.locator("#idle").wait_for()
    visitor.requests.clear()
    return visitor


def api_calls(visitor: Visitor) -> list[tuple[str, str, dict[str, list[str]]]]:
    """(method, path, query) of each request to the API; the time that keeps caches away becomes `_=ms`."""
    found = []
    for request in visitor.requests:
        parts = urlsplit(request.url)
        if parts.path.startswith("/api/"):
            query = parse_qs(parts.query)
            if "_" in query:
                assert re.fullmatch(r"\d{13}", query["_"][0])
                query["_"] = ["ms"]
            found.append((request.method, parts.path, query))
    return found


def last_post(visitor: Visitor) -> Request:
    return [request for request in visitor.requests if request.method == "POST"][-1]


def settled(visitor: Visitor, call: str) -> object:
    """What a call's promise brings: `["done", value]`, or `["fail", status]`."""
    return visitor.inside(
        f"new Promise(end => {call}.then(value => end(['done', value]), xhr => end(['fail', xhr.status])))"
    )


def test_the_loop_asks_as_it_always_did(presenter: Visitor, project: LiveProject) -> None:
    first, second, _ = (task["id"] for task in project.listed("task"))
    with presenter.page.expect_request(re.compile("offset=1")):  # the next task, asked for while this one is shown
        presenter.inside(
            f"""new Promise(end => {{
                pybossa.presentTask((task, deferred) => {{ window.shown = [task, deferred]; end(); }});
                pybossa.run("{project.slug}");
            }})"""
        )
    assert presenter.inside("shown[0].id") == first
    newtask, ms = f"/api/project/{project.id}/newtask", {"_": ["ms"]}
    assert api_calls(presenter) == [
        ("GET", "/api/project", {"all": ["1"], "short_name": [project.slug]}),
        ("GET", newtask, {"offset": ["0"], **ms}),
        ("GET", newtask, {"offset": ["1"], **ms}),
    ]
    presenter.page.wait_for_url(f"**{project.path(f'task/{first}')}")
    presenter.requests.clear()
    presenter.inside(
        """new Promise(end => {
            const [task, deferred] = shown;
            pybossa.presentTask((next, later) => { window.shown = [next, later]; end(); });
            pybossa.saveTask(task.id, {answer: "ünï"}).done(run => { window.run = run; deferred.resolve(); });
        })"""
    )
    assert presenter.inside("shown[0].id") == second
    posted = last_post(presenter)
    assert urlsplit(posted.url).path == "/api/taskrun"
    assert posted.headers["content-type"] == "application/json"
    assert json.loads(posted.post_data or "") == {"project_id": project.id, "task_id": first, "info": {"answer": "ünï"}}
    [stored] = project.listed("taskrun")
    assert presenter.inside("[run.id, run.info]") == [stored["id"], {"answer": "ünï"}]
    assert stored["created"] < stored["finish_time"]


def test_the_functions_can_be_called_one_by_one(presenter: Visitor, project: LiveProject) -> None:
    given = presenter.inside(f"pybossa.newTask('{project.slug}')")
    assert given["question"] == f"About {project.slug}"
    task = given["task"]
    presenter.requests.clear()
    assert settled(presenter, f"pybossa.saveTask({task['id']}, 'Yes')")[0] == "done"  # type: ignore[index]
    assert api_calls(presenter) == [("GET", f"/api/task/{task['id']}", {"_": ["ms"]}), ("POST", "/api/taskrun", {})]
    assert presenter.inside(f"pybossa.userProgress('{project.slug}')") == {"done": 1, "total": 3}
    assert settled(presenter, f"pybossa.saveTask({task['id']}, 'again')") == ["fail", 403]
    assert settled(presenter, "pybossa.saveTask(999999999, 'x')") == ["fail", 404]
    assert presenter.inside("[pybossa.getCurrentTaskId('/project/x/task/7'), pybossa.getCurrentTaskId('/x')]") == [
        "7",
        False,
    ]
    assert len(project.listed("taskrun")) == 1


def test_nothing_left_is_an_empty_object(presenter: Visitor, project: LiveProject) -> None:
    for _ in range(3):
        task = presenter.inside(f"pybossa.newTask('{project.slug}')")["task"]
        presenter.inside(f"pybossa.saveTask({json.dumps(task)}, 'Yes')")
    assert presenter.inside(f"pybossa.newTask('{project.slug}')")["task"] == {}
    shown = "new Promise(end => {{ pybossa.presentTask(end); pybossa.run('{}'); }})"
    assert presenter.inside(shown.format(project.slug)) == {}


def test_a_presenter_sends_a_recording_with_its_answer(presenter: Visitor, project: LiveProject) -> None:
    """As presenters that record sounds do: a Blob in FormData, by jQuery."""
    task = presenter.inside(f"pybossa.newTask('{project.slug}')")["task"]
    run = presenter.inside(
        f"""new Promise((end, fail) => {{
            const form = new FormData();
            form.append("project_id", {project.id});
            form.append("task_id", {task["id"]});
            form.append("info", JSON.stringify({{seconds: 2}}));
            form.append("file", new Blob([Uint8Array.from({{length: 256}}, (_, n) => n)]));
            $.ajax({{type: "POST", url: "/api/taskrun", data: form, processData: false, contentType: false}})
                .then(end, xhr => fail(new Error(xhr.responseText)));
        }})"""
    )
    assert run["info"]["seconds"] == 2
    assert re.fullmatch(r"\d+\.\d+\.png", run["info"]["file_name"])
    assert requests.get(run["media_url"], timeout=30).content == bytes(range(256))
    assert [one["id"] for one in project.listed("taskrun")] == [run["id"]]


def test_a_presenter_sends_what_no_request_can_carry(presenter: Visitor, project: LiveProject) -> None:
    task = presenter.inside(f"pybossa.newTask('{project.slug}')")["task"]
    run = presenter.inside(
        f"""(async () => {{
            const about = {{project_id: {project.id}, task_id: {task["id"]}}};
            const post = (path, body) => $.ajax(
                {{type: "POST", url: path, data: JSON.stringify(body), contentType: "application/json"}});
            const wanted = await post("/api/upload", {{...about, resource: "taskrun", file_name: "film.zip"}});
            const form = new FormData();
            for (const [name, value] of Object.entries(wanted.fields)) {{ form.append(name, value); }}
            form.append("file", new Blob([new Uint8Array({LARGE}).fill(7)]));
            const sent = await fetch(wanted.url, {{method: "POST", body: form}});
            if (!sent.ok) {{ throw new Error(sent.status); }}
            return await post("/api/taskrun", {{...about, info: {{seconds: 60}}, media_url: wanted.media_url}});
        }})()"""
    )
    assert run["info"] == {"seconds": 60, "container": "anonymous", "file_name": "film.zip"}
    assert requests.get(run["media_url"], timeout=60).content == b"\x07" * LARGE
    refused = settled(
        presenter,
        """$.ajax({type: "POST", url: "/api/upload", contentType: "application/json", data: JSON.stringify(
            {resource: "announcement", file_name: "a.zip"})})""",
    )
    assert refused == ["fail", 401]
