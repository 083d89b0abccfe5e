"""Volunteers: they ask, think, answer, walk off with a task, answer too late, send twice, and repeat what got lost."""

import random
import threading
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.soak.baton import Baton
from tests.soak.calling import Caller
from tests.soak.history import UNKNOWN, Line, Recorder

WALK_OFF, TOO_LATE, SEND_TWICE, WITHOUT_KEY = 0.06, 0.04, 0.05, 0.1  # how often, of all tasks that were handed out
GIVE_BACK = 0.06
COMMON = "0123456789a"  # first digits of tokens that go with the commonest answer
HANG_UP = 0.03  # of all answers
LONGEST_THOUGHT = 5.0  # seconds
BACK_SECONDS = 3.0  # after its lease's end, until a task is offered again by every server


@dataclass(frozen=True)
class Access:
    """One person's way into one project. `lease`: seconds."""

    project_id: int
    lease: float
    weight: float
    headers: dict[str, str]
    external_uid: str | None = None

    @property
    def query(self) -> dict[str, Any]:
        """What an external user's requests name them by."""
        return {"external_uid": self.external_uid} if self.external_uid else {}


@dataclass(frozen=True)
class Person:
    """A volunteer's name and the projects that are open to them."""

    name: str
    access: list[Access]


class Volunteer:
    """One person at work. `seed` decides what they do, as far as the site's answers let it."""

    def __init__(self, person: Person, urls: list[str], recorder: Recorder, baton: Baton, seed: int) -> None:
        self._person = person
        self._baton = baton
        self._rng = random.Random(f"{seed} {person.name}")
        self._new_caller = partial(Caller, person.name, urls, recorder, baton.turn, self._loses_patience)
        self._caller = self._new_caller()

    def work(self) -> None:
        """Until the finale, then on until nothing is left."""
        weights = [access.weight for access in self._person.access]
        while not self._baton.in_finale and not self._baton.is_over:
            (access,) = self._rng.choices(self._person.access, weights)
            _, tasks = self._ask(access, self._rng.choice([1, 1, 1, 2, 3]))
            self._serve(access, tasks)
        self._finish()
        for access in self._person.access:
            self._look_at_progress(access)
        self._caller.close()

    def _loses_patience(self) -> bool:
        return not self._baton.in_finale and self._rng.random() < HANG_UP

    def _ask(self, access: Access, limit: int) -> tuple[Line, list[dict[str, Any]]]:
        line, answer = self._caller.exchange(
            "newtask",
            {"project": access.project_id, "limit": limit},
            "GET",
            f"/api/project/{access.project_id}/newtask",
            headers=access.headers,
            short=lambda given: [task["id"] for task in _listed(given)],
            limit=limit,
            **access.query,
        )
        if line.outcome == UNKNOWN:
            self._baton.rest(self._rng.uniform(0.1, 0.6))
        return line, _listed(answer) if line.took_effect else []

    def _serve(self, access: Access, tasks: list[dict[str, Any]]) -> None:
        if not tasks:
            self._baton.rest(self._rng.uniform(0, LONGEST_THOUGHT))
        for task in tasks:
            fate = self._rng.random()
            if fate < WALK_OFF:
                continue
            if fate > 1 - GIVE_BACK:
                self._give_back(access, task["id"])
                continue
            late = fate < WALK_OFF + TOO_LATE
            self._baton.rest(access.lease + 1 if late else self._rng.uniform(0, LONGEST_THOUGHT))
            self._answer(access, task["id"])

    def _give_back(self, access: Access, task_id: int) -> None:
        self._caller.until_known(
            lambda: self._baton.is_over,
            "give back",
            {"project": access.project_id, "task": task_id},
            "POST",
            f"/api/project/{access.project_id}/leases/return",
            body={"task_ids": [task_id], "seconds": 0},
            headers=access.headers,
            **access.query,
        )

    def _answer(self, access: Access, task_id: int) -> None:
        token = uuid.UUID(int=self._rng.getrandbits(128)).hex
        once = None if self._rng.random() < WITHOUT_KEY else token
        if once and self._rng.random() < SEND_TWICE:
            twin = self._new_caller()
            thread = threading.Thread(target=self._send, args=[twin, access, task_id, token, once])
            thread.start()
            self._send(self._caller, access, task_id, token, once)
            thread.join()
            twin.close()
        else:
            self._send(self._caller, access, task_id, token, once)

    def _send(self, caller: Caller, access: Access, task_id: int, token: str, once: str | None) -> None:
        """Until it is known what became of it: a broken connection is no answer."""
        info = {"by": self._person.name, "token": token, "kind": "cirrus" if token[0] in COMMON else "fog"}
        body = {"project_id": access.project_id, "task_id": task_id, "info": info}
        caller.until_known(
            lambda: self._baton.is_over,
            "submit",
            {"project": access.project_id, "task": task_id, "token": token, "key": once},
            "POST",
            "/api/taskrun",
            body={**body, **access.query},
            headers={**access.headers, **({"Idempotency-Key": once} if once else {})},
            short=lambda run: run["id"],
            **access.query,
        )

    def _finish(self) -> None:
        """Answer what there is. All is done for us when two rounds through the projects gave nothing, with more than a
        lease's time between: what others walked off with has come back by then."""
        empty = 0
        while empty < 2 and not self._baton.is_over:
            answered = [self._exhaust(access) for access in self._person.access]
            empty = 0 if any(answered) else empty + 1
            if not any(answered):
                self._baton.rest(max(access.lease for access in self._person.access) + BACK_SECONDS)

    def _exhaust(self, access: Access) -> int:
        """Until the project gives nothing; how many tasks were answered."""
        answered = 0
        while not self._baton.is_over:
            line, tasks = self._ask(access, 1)
            for task in tasks:
                self._answer(access, task["id"])
            answered += len(tasks)
            if line.took_effect and not tasks:
                break
        return answered

    def _look_at_progress(self, access: Access) -> None:
        self._caller.until_known(
            lambda: self._baton.is_over,
            "userprogress",
            {"project": access.project_id},
            "GET",
            f"/api/project/{access.project_id}/userprogress",
            headers=access.headers,
            **access.query,
        )


def _listed(answer: Any) -> list[dict[str, Any]]:
    """newtask gives `{}`, one task, or a list of them."""
    return answer if isinstance(answer, list) else [answer] if answer else []


def at_work(people: list[Person], urls: list[str], folder: Path, name: str, baton: Baton, seed: int) -> None:
    """The process of some volunteers, each in a thread."""
    recorder = Recorder(folder / f"{name}.jsonl")
    threads = [
        threading.Thread(target=Volunteer(person, urls, recorder, baton, seed).work, name=person.name)
        for person in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
