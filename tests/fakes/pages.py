"""The pages on services in memory, asked as a function URL asks them: no sockets, no tables."""

import base64
import importlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.accounts import Accounts
from chalicelib.core.audit import Author
from chalicelib.core.categories import Category
from chalicelib.core.costs import NoCosts
from chalicelib.core.errors import IntegrityFault
from chalicelib.core.overview import Progress
from chalicelib.core.projects import Card, Project
from chalicelib.core.recognition import Recognition
from chalicelib.core.seats import Refusal
from chalicelib.core.sessions import surplus
from chalicelib.core.throttle import Throttle
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
    """Accounts in memory, as the store keeps them: names and addresses are unique, hashes and sessions apart."""

    def __init__(self) -> None:
        named = (OWNER_ID, "owner", False), (OTHER_ID, "other", False), (ADMIN_ID, "admin", True)
        self._users = {i: User(i, "", name, name, f"{name}@example.org", admin=admin) for i, name, admin in named}
        self._keys = {OWNER_KEY: OWNER_ID, OTHER_KEY: OTHER_ID, ADMIN_KEY: ADMIN_ID}
        self._passwords: dict[int, str | None] = {}

    def next_id(self) -> int:
        return max(self._users) + 1

    def create(self, user: User, api_key: str, password_hash: str | None = None) -> None:
        self._check_free(user)
        self._users[user.id] = user
        self._keys[api_key] = user.id
        self._passwords[user.id] = password_hash

    def _check_free(self, user: User) -> None:
        for other in self._users.values():
            if other.id != user.id and (other.name == user.name or other.email_addr == user.email_addr):
                raise IntegrityFault("taken")

    def get(self, user_id: int) -> User | None:
        return self._users.get(user_id)

    def by_name(self, name: str) -> User | None:
        return next((user for user in self._users.values() if user.name == name), None)

    def by_email(self, email_addr: str) -> User | None:
        return next((user for user in self._users.values() if user.email_addr == email_addr.lower()), None)

    def by_api_key(self, api_key: str) -> User | None:
        return self.get(self._keys.get(api_key, 0))

    def change(self, old: User, new: User) -> None:
        self._check_free(new)
        self._users[new.id] = new

    def reset_api_key(self, user: User, api_key: str) -> None:
        self._keys = {key: owner for key, owner in self._keys.items() if owner != user.id} | {api_key: user.id}

    def password_of(self, user_id: int) -> str | None:
        return self._passwords.get(user_id)

    def set_password(self, user_id: int, password_hash: str, session: str | None) -> None:
        self._passwords[user_id] = password_hash
        self._keep(user_id, frozenset({session} if session else ()))

    def open_session(self, user: User, session: str, now: float) -> None:
        listed = self._users[user.id].sessions
        self._keep(user.id, (listed - surplus(user.sessions, now)) | {session})

    def close_session(self, user_id: int, session: str) -> None:
        self._keep(user_id, self._users[user_id].sessions - {session})

    def _keep(self, user_id: int, sessions: frozenset[str]) -> None:
        self._users[user_id] = msgspec.structs.replace(self._users[user_id], sessions=sessions)


class Tries:
    """Counts guesses."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def count(self, bucket: int, window: int, tries: int) -> int:
        self._counts[bucket, window] += tries
        return self._counts[bucket, window]


class Clearing:
    """Remembers which drafts were cleared."""

    def __init__(self) -> None:
        self.cleared: list[int] = []

    def clear(self, project_id: int) -> None:
        self.cleared.append(project_id)


class Categories:
    """The one category there is."""

    def all(self) -> list[Category]:
        return [Category(1, "", "Thinking", "thinking", "Think")]

    def get(self, category_id: int) -> Category | None:
        return next((one for one in self.all() if one.id == category_id), None)


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

    def change(self, old: Project, new: Project, author: Author) -> None:
        del self._projects[old.short_name]
        self._projects[new.short_name] = new

    def many(self, ids: Sequence[int]) -> list[Project]:
        return [one for one in self._projects.values() if one.id in ids]

    def before(self, owner_id: int | None, last_id: int | None, limit: int) -> list[Project]:
        return [one for one in reversed(self.after(owner_id, 0, limit)) if one.owner_id == owner_id]

    def after(self, owner_id: int | None, last_id: int, limit: int) -> list[Project]:
        listed = sorted(self._projects.values(), key=lambda one: one.id)
        return [one for one in listed if one.id > last_id][:limit]


class Volunteering:
    """Remembers who asked for a seat on which task; `refusals` says who gets none."""

    def __init__(self, tasks: dict[int, int], refusals: dict[int, Refusal]) -> None:
        self._tasks = tasks
        self._refusals = refusals
        self.seated: list[tuple[str, int]] = []
        self.signed_out: list[int] = []

    def signs_out(self, user_id: int) -> None:
        self.signed_out.append(user_id)

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


class Participations:
    """Nobody has worked on anything."""

    def projects_of(self, contributor: str) -> list[int]:
        return []


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
        self.participations = Participations()
        self.users, self.categories, self.clearing = Users(), Categories(), Clearing()
        self.costs = NoCosts()
        self.now = 1_800_000_000.0
        self.recognition = Recognition(self.users, self.admissions, SECRET, self.clock)  # type: ignore[arg-type]
        self.throttle = Throttle(Tries(), SECRET, self.clock)
        self.accounts = Accounts(self.users, self.recognition.sessions, self.throttle, self.clock)

    def clock(self) -> float:
        """A second later each time."""
        self.now += 1
        return self.now


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

    def get(
        self, address: str, source_ip: str = "203.0.113.9", method: str = "GET", body: str = "", **headers: str
    ) -> Answer:
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
            "body": body,
            "isBase64Encoded": False,
        }
        app = _app()
        app.services = self.services  # type: ignore[assignment]
        given = app(event, None)
        body = base64.b64decode(given["body"]) if given["isBase64Encoded"] else given["body"].encode()
        return Answer(given["statusCode"], given["headers"], given["cookies"], body)


@dataclass
class Browser:
    """Keeps cookies, fills in forms and sends their tokens, as a person's browser does; `json`: a headless client."""

    site: Site
    json: bool = True
    address: str = "203.0.113.9"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {"host": "site.example", **({"cookie": kept} if kept else {}), **headers}
        named.setdefault("content_type", "application/json" if self.json else "application/x-www-form-urlencoded")
        answer = self.site.get(path, self.address, method, body, **named)
        for cookie in answer.cookies:
            pair, *attributes = cookie.split("; ")
            name, _, value = pair.partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in attributes:
                self.cookies[name] = value
        return answer

    def look(self, path: str) -> Any:
        """A page as JSON."""
        return json.loads(self.get(path, content_type="application/json").text)

    def token(self, path: str) -> str:
        page = self.look(path)
        found: str = page["form"]["csrf"] if "form" in page else page["csrf"]
        return found

    def send(self, path: str, form: str | None = None, **fields: Any) -> Answer:
        """A POST with the token of the form at `form`, by default the same address."""
        token = self.token(form or path)
        body = json.dumps(fields) if self.json else urlencode({**fields, "csrf_token": token})
        return self.get(path, "POST", body, **({"x_csrftoken": token} if self.json else {}))

    def sent(self, path: str, form: str | None = None, **fields: Any) -> Any:
        """What a headless client reads of `send`."""
        return json.loads(self.send(path, form, **fields).text)
