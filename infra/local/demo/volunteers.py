"""Simulated volunteers: each asks for a task, thinks, answers, until there is none left for it."""

import random
import re
import threading
import uuid
from collections.abc import Sequence
from typing import Any

import requests

from infra.accounts import create_user
from infra.local import aws
from infra.local.api import SECONDS, Api

KINDS = ("cirrus", "cumulus", "stratus", "fog")
TOKEN = re.compile(r'data-token="([^"]+)"')


class Volunteer:
    """One volunteer, with a caller of the API and a mind of its own."""

    def __init__(self, name: str, api: Api, rng: random.Random) -> None:
        self.name = name
        self._api = api
        self._rng = rng
        self.answers = 0

    def work(self, project_id: int) -> None:
        """Answer tasks until none is left."""
        while task := self._api.get(f"/api/project/{project_id}/newtask"):
            answer = {"answer": self._look(task), "by": self.name}
            self._api.post("/api/taskrun", {"project_id": project_id, "task_id": task["id"], "info": answer})
            self.answers += 1

    def _look(self, task: dict[str, Any]) -> str:
        """What this volunteer sees: mostly what is there."""
        seen: str = task["info"]["sky"] if self._rng.random() < 0.8 else self._rng.choice(KINDS)
        return seen


def anonymous(url: str, short_name: str, number: int) -> Volunteer:
    """One who opens the project's page in a browser of its own: the page's token tells it from others behind the same
    address."""
    page = requests.get(f"{url}/project/{short_name}/newtask", timeout=SECONDS)
    page.raise_for_status()
    token = TOKEN.search(page.text)
    if token is None:
        raise TimeoutError("the project's page holds no token for its presenter")
    return Volunteer(f"anonymous {number}", Api(url, f"Presenter {token[1]}"), random.Random(number))


def registered(url: str, number: int) -> Volunteer:
    """One with an account."""
    name = f"volunteer-{uuid.uuid4().hex[:12]}"
    key = create_user(name, f"{name}@example.org", admin=False, stack=aws.STACK)
    return Volunteer(f"registered {number}", Api(url, key), random.Random(100 + number))


def all_at_work(volunteers: Sequence[Volunteer], project_id: int) -> None:
    """Let all work at once, and wait until each has found nothing more to do; raises what stopped one of them."""
    failures: list[Exception] = []

    def work(volunteer: Volunteer) -> None:
        try:
            volunteer.work(project_id)
        except Exception as error:  # noqa: BLE001 - carried to the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=work, args=(volunteer,)) for volunteer in volunteers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
