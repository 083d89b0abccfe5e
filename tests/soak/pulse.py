"""How fresh statistics are, under fire: a project of which the right figures are known at every moment.

One person alone makes a task, answers it, and reads the project's statistics until they say so.
"""

import time
import uuid
from pathlib import Path
from typing import Any

from tests.soak.baton import Baton
from tests.soak.calling import Caller
from tests.soak.history import OK, Line, Recorder

PAUSE_SECONDS = 2.0
READ_SECONDS = 0.2


class Pulse:
    """`who` has the key of the project's owner."""

    def __init__(self, project_id: int, api_key: str, caller: Caller, recorder: Recorder, baton: Baton) -> None:
        self._project_id = project_id
        self._query = {"api_key": api_key}
        self._caller = caller
        self._recorder = recorder
        self._baton = baton
        self._answered = 0

    def beat(self) -> None:
        """Until all settle."""
        while not self._baton.is_settling:
            self._add_task()
            task = self._known("newtask", {}, "GET", f"/api/project/{self._project_id}/newtask", short=_id)
            if task:
                self._answer(task["id"])
                self._watch()
            self._baton.pause(PAUSE_SECONDS)

    def _known(self, what: str, told: dict[str, Any], method: str, path: str, **given: Any) -> Any:
        request = {"project": self._project_id, **told}
        line, answer = self._caller.until_known(
            lambda: self._baton.is_over, what, request, method, path, **given, **self._query
        )
        return answer if line.took_effect else None

    def _add_task(self) -> None:
        key = uuid.uuid4().hex
        body = {"project_id": self._project_id, "n_answers": 1, "info": {"row": key}}
        headers = {"Idempotency-Key": key}
        told = {"rows": [key], "n_answers": 1}
        self._known("add task", told, "POST", "/api/task", body=body, headers=headers, short=_id)

    def _answer(self, task_id: int) -> None:
        token = uuid.uuid4().hex
        body = {"project_id": self._project_id, "task_id": task_id, "info": {"by": self._caller.who, "token": token}}
        told = {"task": task_id, "token": token, "key": token}
        headers = {"Idempotency-Key": token}
        run = self._known("submit", told, "POST", "/api/taskrun", body=body, headers=headers, short=_id)
        self._answered += run is not None

    def _watch(self) -> None:
        """Until the figures have that answer; what is written down is how long that took."""
        began = time.monotonic()
        while not self._baton.is_over:
            found = self._known(
                "read",
                {"resource": "pulse"},
                "GET",
                "/api/projectstats",
                short=_runs,
                project_id=self._project_id,
            )
            if found and _runs(found) >= self._answered:
                break
            self._baton.rest(READ_SECONDS)
        told = {"project": self._project_id, "runs": self._answered}
        self._recorder.write(Line(self._caller.who, "fresh", began, time.monotonic(), told, OK))


def _runs(answer: Any) -> Any:
    return answer and answer[0]["n_task_runs"]


def _id(answer: Any) -> Any:
    return answer and answer["id"]


def at_work(project_id: int, api_key: str, urls: list[str], folder: Path, baton: Baton) -> None:
    """The process of the pulse."""
    recorder = Recorder(folder / "pulse.jsonl")
    caller = Caller("pulse", urls, recorder, baton.turn)
    Pulse(project_id, api_key, caller, recorder, baton).beat()
    caller.close()
