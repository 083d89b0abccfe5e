"""Callers of the API, each with an account of their own or none, against the running stack."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from chalicelib.core.recognition import PRESENTER
from tests.instance import REPOSITORY, Stack

WAIT_SECONDS = 20.0


def unique(prefix: str) -> str:
    """A name that nothing else on the running stack has."""
    return f"{prefix}{secrets.token_hex(5)}"


@dataclass
class Person:
    """One caller: sends requests to `/api` with their key, if they have one."""

    url: str
    key: str | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        self._session = requests.Session()

    def send(self, method: str, path: str, **given: Any) -> requests.Response:
        """`path` is what follows `/api`."""
        headers = {**({"Authorization": self.key} if self.key else {}), **given.pop("headers", {})}
        return self._session.request(method, f"{self.url}/api{path}", headers=headers, timeout=30, **given)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Any, **query: Any) -> requests.Response:
        return self.send("POST", path, json=body, params=query)

    def put(self, path: str, body: Any, **query: Any) -> requests.Response:
        return self.send("PUT", path, json=body, params=query)

    def delete(self, path: str, **query: Any) -> requests.Response:
        return self.send("DELETE", path, data="null", headers={"Content-Type": "application/json"}, params=query)

    def presenter_of(self, project: dict[str, Any]) -> "Person":
        """What the frame of a project's page holds when this caller opens it."""
        address = f"{self.url}/project/{project['short_name']}/newtask"
        page = requests.get(address, headers={"Authorization": self.key or ""}, timeout=30)
        found = re.search(r'data-token="([^"]+)"', page.text)
        assert found is not None
        return Person(self.url, f"{PRESENTER} {found[1]}", self.id)

    def made(self, path: str, **fields: Any) -> dict[str, Any]:
        """What a POST made; fails with the answer when it did not."""
        answer = self.post(path, fields)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def project(self, **fields: Any) -> dict[str, Any]:
        name = unique("p")
        return self.made("/project", **{"name": name, "short_name": name, "description": "About clouds", **fields})

    def tasks(self, project: dict[str, Any], count: int, **fields: Any) -> list[dict[str, Any]]:
        """Tasks whose info is `{"n": 0}`, `{"n": 1}`, …"""
        return [self.made("/task", project_id=project["id"], **{"info": {"n": n}, **fields}) for n in range(count)]

    def next(self, project: dict[str, Any], **query: Any) -> Any:
        answer = self.get(f"/project/{project['id']}/newtask", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def answer(self, task: dict[str, Any], info: Any = "yes", **fields: Any) -> dict[str, Any]:
        """Post a run on a task that was asked for."""
        return self.made("/taskrun", project_id=task["project_id"], task_id=task["id"], info=info, **fields)

    def walked(self, project: dict[str, Any]) -> dict[str, Any]:
        """The change of all tasks of a project, once it is through."""

        def through() -> dict[str, Any] | None:
            walk: dict[str, Any] = self.get(f"/project/{project['id']}/walk").json()
            return walk if walk["state"] in ("settling", "finished") else None

        walk: dict[str, Any] = eventually(through)
        assert walk["seen"] == walk["tasks"]
        return walk

    def answer_all(self, project: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer what newtask gives until nothing is left."""
        runs = []
        while task := self.next(project):
            runs.append(self.answer(task))
        return runs


@dataclass(frozen=True)
class People:
    """Everybody that a permission can tell apart."""

    admin: Person
    owner: Person
    coowner: Person
    stranger: Person
    anonymous: Person


def sign_up(stack: Stack, prefix: str, admin: bool = False) -> Person:
    """A new account, made as `make user` makes it."""
    name = unique(prefix)
    printed = make_user(stack, "--name", name, "--email", f"{name}@example.org", *(["--admin"] if admin else []))
    person = Person(stack.url, printed.split()[-1])
    person.id = person.get("/user", name=name).json()[0]["id"]
    return person


def make_user(stack: Stack, *arguments: str) -> str:
    """What `make user` or `make password` prints."""
    local = {
        "AWS_ENDPOINT_URL": stack.aws_endpoint,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.accounts", "--stack", "nimbossa", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **local},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` gives as soon as it is true: the stream makes results a moment after the answer."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found
