"""A volunteer's last answer makes a signed webhook at a real listener within seconds, through the real stream, queue
and functions; failures are tried again and end in the dead-letter queue (contract events.md §2–3, R8)."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from infra.local import aws
from infra.local.api import Api, ApiError
from tests.instance import LocalInstance, Stack

DELAYS = "0,1,2"
SECONDS = 30.0
_names = iter(range(1, 1000))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("webhooks") / "data"


@pytest.fixture(scope="module")
def stack(data_dir: Path) -> Iterator[Stack]:
    """An instance of its own, whose webhook schedule ends within seconds."""
    with LocalInstance(data_dir, NIMBOSSA_WEBHOOK_DELAYS=DELAYS) as instance:
        yield instance.wait()


@pytest.fixture(scope="module")
def stranger(stack: Stack, data_dir: Path) -> str:
    """The API key of somebody who owns nothing."""
    command = ["-m", "infra.accounts", "--name", "stranger", "--email", "stranger@example.org", "--data-dir"]
    made = subprocess.run([sys.executable, *command, str(data_dir)], capture_output=True, text=True, check=True)
    return made.stdout.splitlines()[-1]


@dataclass
class Heard:
    """One request that the listener got."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class HookListener:
    """A real HTTP listener; `statuses` are its answers in turn, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.heard: list[Heard] = []
        left = list(statuses)
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append(Heard(time.time(), self.path, dict(self.headers), body))
                status = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"heard!")

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> "HookListener":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def wait_for(what: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first true value of `what`."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)
    return found


@dataclass
class Project:
    """A project of the administrator's, with a webhook."""

    owner: Api
    id: int

    @property
    def secrets(self) -> list[str]:
        found: list[str] = self.owner.get("/api/webhook/secret", project_id=self.id)["secrets"]
        return found

    def complete_a_task(self) -> int:
        """One task, one answer; the task's id."""
        task = self.owner.post("/api/task", {"project_id": self.id, "info": {"n": next(_names)}, "n_answers": 1})
        got = self.owner.get(f"/api/project/{self.id}/newtask")
        assert got["id"] == task["id"]
        self.owner.post("/api/taskrun", {"project_id": self.id, "task_id": task["id"], "info": "yes"})
        return int(task["id"])

    def log(self, **query: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.owner.get("/api/webhook", project_id=self.id, **query)
        return found

    def wait_for_state(self, state: str) -> dict[str, Any]:
        """The project's only row of the log, once it says so."""
        found: dict[str, Any] = wait_for(lambda: next((row for row in self.log() if row["state"] == state), None))
        return found


@pytest.fixture
def make_project(stack: Stack) -> Callable[[str], Project]:
    def make(webhook: str) -> Project:
        owner, name = Api(stack.url, stack.admin_api_key), f"hooked{next(_names)}"
        body = {"name": name, "short_name": name, "description": "birds", "webhook": webhook}
        return Project(owner, int(owner.post("/api/project", body)["id"]))

    return make


def test_a_last_answer_reaches_the_listener_signed_within_seconds(make_project: Callable[[str], Project]) -> None:
    with HookListener(200) as listener:
        project = make_project(listener.url)
        task = project.complete_a_task()
        answered = time.time()
        (heard,) = wait_for(lambda: listener.heard)
        assert heard.at - answered < 10
        payload = Webhook(project.secrets[0]).verify(heard.body, heard.headers)
        (result,) = project.owner.get("/api/result", project_id=project.id)
        assert payload == {
            "event": "task_completed",
            "project_short_name": project.owner.get(f"/api/project/{project.id}")["short_name"],
            "project_id": project.id,
            "task_id": task,
            "result_id": result["id"],
            "fired_at": payload["fired_at"],
        }
        assert payload["fired_at"] == result["created"].replace("T", " ").split(".")[0]
        headers = {name.lower(): value for name, value in heard.headers.items()}
        assert (headers["content-type"], headers["accept"]) == ("application/json", "text/plain")
        row = project.wait_for_state("delivered")
        assert (row["response"], row["response_status_code"], row["payload"]) == ("heard!", 200, payload)


def test_a_failing_listener_is_tried_again_with_the_same_id_and_a_new_timestamp(
    make_project: Callable[[str], Project],
) -> None:
    with HookListener(500, 503, 204) as listener:
        project = make_project(listener.url)
        task = project.complete_a_task()
        row = project.wait_for_state("delivered")
        assert [attempt["status"] for attempt in row["attempts"]] == [500, 503, 204]
        assert [heard.headers["webhook-id"] for heard in listener.heard] == [f"{task}.0"] * 3
        assert len({heard.body for heard in listener.heard}) == 1
        assert len({heard.headers["webhook-timestamp"] for heard in listener.heard}) == 3
        for heard in listener.heard:
            Webhook(project.secrets[0]).verify(heard.body, heard.headers)


def test_after_the_last_attempt_a_message_lies_in_the_dead_letter_queue_and_can_be_replayed(
    make_project: Callable[[str], Project], stack: Stack
) -> None:
    with HookListener(500, 500, 500, 200) as listener:
        project = make_project(listener.url)
        task = project.complete_a_task()
        row = project.wait_for_state("failed")
        assert len(row["attempts"]) == len(listener.heard) == len(DELAYS.split(","))
        dead = wait_for(lambda: dead_letters(stack, project.id))
        assert [(one["delivery"], one["status"]) for one in dead] == [(f"{task}.0", 500)]
        assert project.owner.post(f"/api/webhook/{row['id']}", {})["state"] == "waiting"
        project.wait_for_state("delivered")
        assert listener.heard[-1].path == "/hook?rerun=True"
        assert listener.heard[-1].body == listener.heard[0].body


def dead_letters(stack: Stack, project: int) -> list[dict[str, Any]]:
    """What lies in the dead-letter queue of one project; it is taken out."""
    sqs = aws.client("sqs", stack.aws_endpoint)
    url = sqs.get_queue_url(QueueName=f"{aws.STACK}-webhooks-dead")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [body for one in found if (body := json.loads(one["Body"]))["project_id"] == project]


def test_410_turns_the_webhook_off(make_project: Callable[[str], Project]) -> None:
    with HookListener(410) as listener:
        project = make_project(listener.url)
        project.complete_a_task()
        row = project.wait_for_state("failed")
        assert (row["response_status_code"], len(listener.heard)) == (410, 1)
        assert project.owner.get(f"/api/project/{project.id}")["webhook"] is None


def test_a_redirect_is_a_failure_and_is_not_followed(make_project: Callable[[str], Project]) -> None:
    with HookListener(302, 200) as listener:
        project = make_project(listener.url)
        project.complete_a_task()
        row = project.wait_for_state("delivered")
        assert [attempt["status"] for attempt in row["attempts"]] == [302, 200]


def test_a_listener_that_is_away_is_a_connection_error_in_the_log(make_project: Callable[[str], Project]) -> None:
    with HookListener(200) as listener:
        url = listener.url
    project = make_project(url)
    project.complete_a_task()
    row = project.wait_for_state("failed")
    assert (row["response"], row["response_status_code"]) == ("Connection Error", None)
    assert all(attempt["error"].startswith("Unreachable") for attempt in row["attempts"])


def test_the_metadata_address_is_refused_even_here(make_project: Callable[[str], Project]) -> None:
    project = make_project("http://169.254.169.254/latest/meta-data/")
    project.complete_a_task()
    row = project.wait_for_state("failed")
    assert all(attempt["error"].startswith("RefusedAddress") for attempt in row["attempts"])


def test_secrets_rotate_with_two_valid_at_once(make_project: Callable[[str], Project]) -> None:
    with HookListener(200) as listener:
        project = make_project(listener.url)
        (old,) = project.secrets
        new, kept = project.owner.post(f"/api/webhook/secret?project_id={project.id}", {})["secrets"]
        assert kept == old
        project.complete_a_task()
        (heard,) = wait_for(lambda: listener.heard)
        for secret in (old, new):
            Webhook(secret).verify(heard.body, heard.headers)


def test_the_log_is_paged(make_project: Callable[[str], Project]) -> None:
    with HookListener(200) as listener:
        project = make_project(listener.url)
        for _ in range(3):
            project.complete_a_task()
        wait_for(lambda: len(listener.heard) == 3)
        first = project.log(limit=2)
        rest = project.log(limit=2, last_id=first[-1]["id"])
        assert (len(first), len(rest)) == (2, 1)
        assert len({row["id"] for row in first + rest}) == 3


@pytest.mark.parametrize(("key", "status"), [("", 401), ("stranger", 403)])
def test_nobody_else_reads_the_log_the_secrets_or_sends_again(
    key: str, status: int, make_project: Callable[[str], Project], stack: Stack, stranger: str
) -> None:
    with HookListener(200) as listener:
        project = make_project(listener.url)
        project.complete_a_task()
        row = project.wait_for_state("delivered")
    other = Api(stack.url, stranger if key else "")
    query = f"?project_id={project.id}"
    for call in (
        lambda: other.get(f"/api/webhook{query}"),
        lambda: other.get(f"/api/webhook/secret{query}"),
        lambda: other.get(f"/api/webhook/{row['id']}"),
        lambda: other.post(f"/api/webhook/{row['id']}", {}),
        lambda: other.post(f"/api/webhook{query}&all=true", {}),
        lambda: other.post(f"/api/webhook/secret{query}", {}),
        lambda: other.post(f"/api/project/{project.id}/repair", {}),
    ):
        with pytest.raises(ApiError, match=f": {status} "):
            call()
    assert len(listener.heard) == 1


def test_a_repair_of_a_healthy_project_makes_nothing(make_project: Callable[[str], Project]) -> None:
    with HookListener(200) as listener:
        project = make_project(listener.url)
        project.complete_a_task()
        project.wait_for_state("delivered")
        done = project.owner.post(f"/api/project/{project.id}/repair", {})
        assert done == {"looked": 1, "made": 0, "last_id": None}
        assert len(listener.heard) == 1
