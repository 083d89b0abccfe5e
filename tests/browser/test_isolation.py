"""A presenter is somebody else's script: what it cannot reach, and that plain pages of other sites still work."""

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Api, LiveProject, Visitor
from tests.instance import Stack

TASK = {"url": "/static/img/icon.svg", "question": "Question"}
REFUSED = 403


@pytest.fixture
def report(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str], stack: Stack
) -> dict[str, object]:
    """What the hostile presenter wrote, opened by someone who has a cookie worth stealing."""
    other = projects(presenters("classic"), [TASK])
    hostile = presenters("hostile").replace("OTHERTASK", str(other.listed("task")[0]["id"]))
    project = projects(hostile.replace("OTHERID", str(other.id)).replace("OTHER", other.slug), [TASK])
    visitor.context.add_cookies([{"name": "session", "value": "secret", "url": stack.url}])
    visitor.open(project.path("newtask"))
    written = visitor.presenter.locator("#report:not(:empty)").inner_text()
    assert visitor.page.url == f"{stack.url}{project.path('newtask')}"
    assert visitor.page.title() != "taken"
    assert other.listed("taskrun") == []
    found: dict[str, object] = json.loads(written)
    return found


def test_a_presenter_reads_nothing_of_the_page_around_it(report: dict[str, object]) -> None:
    assert report["origin"] == "null"
    for what in ("parent document", "top document", "real cookies", "leave without a click"):
        assert report[what] == "refused: SecurityError", what
    assert str(report["real storage"]).startswith("refused")
    assert report["shown cookies"] == ""


def test_a_presenter_asks_for_its_own_project_only(report: dict[str, object]) -> None:
    assert report["own project"] == 200
    assert report["own tasks"] == 200
    others = ("other project", "other project by id", "other newtask", "other tasks", "users", "own token", "imports")
    changes = ("change the project", "new task", "delete a run", "dots", "encoded dots", "answer of another project")
    assert {what: report[what] for what in (*others, *changes)} == dict.fromkeys((*others, *changes), REFUSED)
    assert report["the page with cookies"] == "refused: TypeError"


def test_a_presenter_s_document_opened_by_itself_is_sandboxed_too(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), [TASK])
    visitor.open(project.path("newtask?frame=presenter"))
    assert visitor.page.evaluate("self.origin") == "null"


def test_a_page_of_ours_opened_by_a_presenter_s_script_is_shown_outside_the_frame(
    visitor: Visitor, projects: Callable[..., LiveProject], presenters: Callable[[str], str]
) -> None:
    project = projects(presenters("classic"), [TASK])
    visitor.open(project.path("newtask"))
    visitor.presenter.get_by_text("Question").wait_for()
    visitor.inside(f"void setTimeout(() => {{ location.href = '{project.path()}' }}, 10)")
    visitor.page.get_by_role("link", name="Contribute").wait_for()
    assert visitor.page.url.endswith(project.path())


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another site: its address and the folder that it serves."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}", tmp_path
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_plain_page_of_another_site_works_across_origins(
    visitor: Visitor,
    projects: Callable[..., LiveProject],
    presenters: Callable[[str], str],
    elsewhere: tuple[str, Path],
    stack: Stack,
    api: Api,
) -> None:
    project = projects(presenters("classic"), [{**TASK, "number": number} for number in range(3)])
    url, folder = elsewhere
    page = presenters("plain").replace("STACK", stack.url).replace("SLUG", project.slug)
    (folder / "index.html").write_text(page, encoding="utf-8")
    visitor.page.goto(f"{url}/index.html")
    visitor.page.wait_for_function("seen.includes('finished')")
    tasks = sorted(task["id"] for task in project.listed("task"))
    # An answer that is quicker than the prefetch moves the list on, and the prefetch with offset 1 passes over a task,
    # which comes last then (rest-api.md §17.3: so in PYBOSSA too).
    *seen, last = visitor.page.evaluate("seen")
    assert (sorted(seen), last) == (tasks, "finished")
    assert visitor.page.evaluate("question") == f"About {project.slug}"
    assert visitor.page.url == f"{url}/index.html"
    assert sorted(run["task_id"] for run in project.listed("taskrun")) == tasks
    assert [run["info"] for run in project.listed("taskrun")] == [{"from": "afar"}] * 3
