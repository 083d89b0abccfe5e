"""A real browser before the running stack: Debian's chromium, driven by playwright."""

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.instance import Stack

PRESENTERS = Path(__file__).resolve().parent / "presenters"
# Without these flags chromium calls home at every start; a closed network then refuses hundreds of connections.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_numbers = itertools.count(int(time.time()))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for the session: as long as playwright is there, an event loop runs in this thread, and a test elsewhere can
    run none of its own."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "The browser tests need chromium (Debian: apt-get install chromium; `make test` does it as root)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """One person's browser window; keeps what its pages asked for and complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self._url = url
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)

    def open(self, path: str) -> None:
        self.page.goto(self._url + path)

    @property
    def presenter(self) -> Any:
        """What is inside the frame, for looking and clicking."""
        return self.page.frame_locator("#presenter")

    def inside(self, script: str) -> Any:
        """The value of a script run inside the frame."""
        handle = self.page.locator("#presenter").element_handle()
        frame = handle and handle.content_frame()
        assert frame
        return frame.evaluate(script)

    def asked(self, part: str) -> list[str]:
        """Addresses asked for so far that contain `part`."""
        return [request.url for request in self.requests if part in request.url]


@pytest.fixture
def visitors(chromium: Browser, stack: Stack) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with cookies and storage of its own."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Visitor:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options}))
        return Visitor(contexts[-1], stack.url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(visitors: Callable[..., Visitor]) -> Visitor:
    return visitors()


@dataclass
class LiveProject:
    """A project on the running stack, and what its owner sees of it."""

    id: int
    slug: str
    api: "Api"

    def path(self, page: str = "") -> str:
        return f"/project/{self.slug}/{page}"

    def listed(self, resource: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(resource, project_id=self.id, all=1, limit=100)
        return found


class Api:
    """The administrator's API client."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.url
        self._session = requests.Session()
        self._session.headers["Authorization"] = stack.admin_api_key

    def get(self, resource: str, **query: Any) -> Any:
        return self._answer(self._session.get(f"{self._url}/api/{resource}", params=query))

    def post(self, resource: str, body: Any) -> Any:
        return self._answer(self._session.post(f"{self._url}/api/{resource}", json=body))

    def put(self, resource: str, body: Any) -> Any:
        return self._answer(self._session.put(f"{self._url}/api/{resource}", json=body))

    def delete(self, resource: str) -> None:
        response = self._session.delete(f"{self._url}/api/{resource}")
        assert response.status_code == 204, response.text

    def publish(self, slug: str) -> None:
        response = self._session.post(f"{self._url}/project/{slug}/publish", allow_redirects=False)
        assert response.status_code == 302, response.text

    def _answer(self, response: requests.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="session")
def api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture
def projects(api: Api) -> Callable[..., LiveProject]:
    """Makes projects: a presenter (in which `SLUG` is the short name), tasks, the answers wanted of each."""

    def make(
        presenter: str, tasks: list[Any], n_answers: int = 1, published: bool = True, **fields: Any
    ) -> LiveProject:
        slug = f"browser{next(_numbers)}"
        info = {"task_presenter": presenter.replace("SLUG", slug), **fields.pop("info", {})}
        body = {"name": slug.title(), "short_name": slug, "description": f"About {slug}", "info": info, **fields}
        project = LiveProject(api.post("project", body)["id"], slug, api)
        for task in tasks:
            api.post("task", {"project_id": project.id, "info": task, "n_answers": n_answers})
        if published:
            api.publish(slug)
        return project

    return make


@pytest.fixture
def presenters() -> Callable[[str], str]:
    """The text of a presenter in the folder of that name."""
    return lambda name: (PRESENTERS / f"{name}.html").read_text(encoding="utf-8")
