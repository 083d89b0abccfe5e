"""The pages on services in memory, asked as a function URL asks them: no sockets, no tables."""

import base64
import importlib
import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.overview import Progress
from chalicelib.core.projects import Card, Project
from chalicelib.core.recognition import Recognition
from chalicelib.core.seats import Refusal
from chalicelib.core.users import User
from chalicelib.settings import Settings

OWNER_KEY, OTHER_KEY, ADMIN_KEY = "owner-key", "other-key", "admin-key"
OWNER_ID, OTHER_ID, ADMIN_ID = 1, 2, 3
PROGRESS = Progress(tasks=10, completed=4)
SECRET = b"a secret of the tests, long enough"


def project(**changes: Any) -> Project:
    """A published project with a presenter; any field may differ."""
    fields: dict[str, Any] = {
        "id": 7,
        "created": "2026-11-22T10:00:00.000000",
        "updated": "2026-11-22T10:00:00.000000",
        "name": "Cloud Spotter",
        "short_name": "clouds",
        "description": "Which cloud?",
        "long_description": None,
        "webhook": None,
        "allow_anonymous_contributors": True,
        "published": True,
        "featured": False,
        "secret_key": "the-project's-secret",
        "zip_download": True,
        "contacted": False,
        "owner_id": OWNER_ID,
        "category_id": 1,
        "info": {"task_presenter": "<p>presenter</p>"},
        "owners_ids": [OWNER_ID],
    }
    return Project(**{**fields, **changes})


class Users:
    def __init__(self) -> None:
        named = (OWNER_ID, "owner", False), (OTHER_ID, "other", False), (ADMIN_ID, "admin", True)
        self._users = {i: User(i, "", name, name, f"{name}@example.org", admin=admin) for i, name, admin in named}
        self._keys = {OWNER_KEY: OWNER_ID, OTHER_KEY: OTHER_ID, ADMIN_KEY: ADMIN_ID}

    def get(self, user_id: int) -> User | None:
        return self._users.get(user_id)

    def by_api_key(self, api_key: str) -> User | None:
        return self.get(self._keys.get(api_key, 0))


class Admissions:
    """Admits up to `most`, as the real one does."""

    def __init__(self) -> None:
        self.admitted: dict[tuple[int, str], set[str]] = {}

    def admit(self, project_id: int, address_key: str, browser: str, most: int) -> bool:
        known = self.admitted.setdefault((project_id, address_key), set())
        if browser not in known and len(known) >= most:
            return False
        known.add(browser)
        return True


class Projects:
    def __init__(self, *projects: Project) -> None:
        self._projects = {one.short_name: one for one in projects}

    def by_short_name(self, short_name: str) -> Project | None:
        return self._projects.get(short_name)

    def change(self, old: Project, new: Project) -> None:
        self._projects[new.short_name] = new

    def after(self, owner_id: int | None, last_id: int, limit: int) -> list[Project]:
        listed = sorted(self._projects.values(), key=lambda one: one.id)
        return [one for one in listed if one.id > last_id][:limit]


class Volunteering:
    """Remembers who asked for a seat on which task; `refusals` says who gets none."""

    def __init__(self, tasks: dict[int, int], refusals: dict[int, Refusal]) -> None:
        self._tasks = tasks
        self._refusals = refusals
        self.seated: list[tuple[str, int]] = []

    def lease(self, caller: Any, card: Card, task_id: int) -> Any:
        if self._tasks.get(task_id) != card.id:
            return None
        if task_id in self._refusals:
            return self._refusals[task_id]
        self.seated.append((caller.identity, task_id))
        return object()


class Tasks:
    def __init__(self, tasks: dict[int, int]) -> None:
        self._tasks = tasks

    def get(self, task_id: int) -> int | None:
        return self._tasks.get(task_id)

    def count(self, project_id: int) -> int:
        return sum(1 for owner in self._tasks.values() if owner == project_id)


class Overview:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def progress(self, card: Card) -> Progress:
        return self._progress


class Services:
    """What pages use of the services; `tasks` maps task ids to their project's id."""

    def __init__(
        self,
        *projects: Project,
        tasks: dict[int, int] | None = None,
        refusals: dict[int, Refusal] | None = None,
        progress: Progress = PROGRESS,
        **settings: Any,
    ) -> None:
        self.settings = Settings(**settings)
        self.projects = Projects(*projects)
        self.tasks = Tasks(tasks or {})
        self.volunteering = Volunteering(tasks or {}, refusals or {})
        self.overview = Overview(progress)
        self.admissions = Admissions()
        ticks = itertools.count(1_800_000_000)
        self.recognition = Recognition(Users(), self.admissions, SECRET, lambda: float(next(ticks)))  # type: ignore[arg-type]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@cache
def _app() -> FrontDoor:
    """The product's own app, also when packaging has imported it before: Chalice uses up a blueprint's routes when it
    registers them, so that no second app can have them."""
    return importlib.import_module("app").app


class Site:
    """Pages over given services."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def get(self, address: str, source_ip: str = "203.0.113.9", method: str = "GET", **headers: str) -> Answer:
        """Ask for a page; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookies = [named.pop("cookie")] if "cookie" in named else []
        parts = urlsplit(address)
        event = {
            "version": "2.0",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "headers": named,
            "cookies": cookies,
            "requestContext": {"http": {"method": method, "path": parts.path, "sourceIp": source_ip}},
            "isBase64Encoded": False,
        }
        app = _app()
        app.services = self.services  # type: ignore[assignment]
        given = app(event, None)
        body = base64.b64decode(given["body"]) if given["isBase64Encoded"] else given["body"].encode()
        return Answer(given["statusCode"], given["headers"], given["cookies"], body)
