"""The loop: a file in the bucket, tasks, volunteers, results, webhooks, and analyses that come back."""

import csv
import io
import json
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from infra.local import aws
from infra.local.api import Api
from infra.local.demo.receiver import Receiver, listening
from infra.local.demo.volunteers import KINDS, all_at_work, anonymous, registered
from infra.local.waiting import wait_for

QUESTIONS = 12
ANSWERS_EACH = 3
ANONYMOUS = 3
REGISTERED = 3
IMPORT_SECONDS = 60.0
LOOP_SECONDS = 60.0
PRESENTER = "<div>Which kind of cloud is this?</div>"


class Row(NamedTuple):
    """One line of the result table."""

    task: int
    image: str
    answers: str
    consensus: str
    result: int
    webhook: str


class Count(NamedTuple):
    """One thing that was counted."""

    what: str
    expected: int
    found: int

    @property
    def right(self) -> bool:
        return self.expected == self.found


def play(data_dir: Path) -> tuple[list[Row], list[Count]]:
    """Play the loop on a running instance; raises ApiError, TimeoutError."""
    facts = json.loads((data_dir / "local.json").read_text())
    owner = Api(facts["url"], facts["admin_api_key"])
    receiver = Receiver(facts["url"], facts["admin_api_key"])
    with listening(receiver) as webhook:
        project = _make_project(owner, webhook)
        receiver.secret = _secret_of(project["id"])
        _import_questions(owner, facts, project)
        owner.submit(f"/project/{project['short_name']}/publish")
        answered = _let_volunteers_work(facts["url"], project)
        _wait_for_analyses(owner, project["id"])
    return _findings(owner, project["id"], receiver, answered)


def _make_project(owner: Api, webhook: str) -> dict[str, Any]:
    name = f"demo-{uuid.uuid4().hex[:8]}"
    project: dict[str, Any] = owner.post(
        "/api/project",
        {
            "name": f"Demo {name[5:]}",
            "short_name": name,
            "description": "Made by make demo",
            "webhook": webhook,
            "info": {"task_presenter": PRESENTER},
        },
    )
    _tell(f"Made project {name} (id {project['id']}), its webhook goes to {webhook}")
    return project


def _secret_of(project_id: int) -> str:
    from chalicelib.bootstrap import Bootstrap

    return Bootstrap({"NIMBOSSA_STACK": aws.STACK}).webhook_secrets.of_project(project_id)[0]


def _import_questions(owner: Api, facts: dict[str, str], project: dict[str, Any]) -> None:
    key = f"imports/{project['short_name']}/questions.csv"
    body = _questions().encode()
    aws.client("s3", facts["aws_endpoint"]).put_object(Bucket=facts["import_bucket"], Key=key, Body=body)
    _tell(f"Put {QUESTIONS} image questions into s3://{facts['import_bucket']}/{key}")
    began = time.monotonic()
    wait_for(lambda: len(_tasks(owner, project["id"])) >= QUESTIONS, IMPORT_SECONDS, "the import of the questions")
    _tell(f"They became tasks after {time.monotonic() - began:.1f} s")


def _questions() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["question", "image", "sky", "n_answers"])
    for number in range(1, QUESTIONS + 1):
        image = f"/static/demo/cloudspotter/sky-{number:02}.svg"
        writer.writerow(["Which kind of cloud is this?", image, KINDS[number % len(KINDS)], ANSWERS_EACH])
    return text.getvalue()


def _let_volunteers_work(url: str, project: dict[str, Any]) -> int:
    volunteers = [anonymous(url, project["short_name"], number) for number in range(ANONYMOUS)]
    volunteers += [registered(url, number) for number in range(REGISTERED)]
    _tell(f"{ANONYMOUS} anonymous and {REGISTERED} registered volunteers ask for tasks, all at once")
    began = time.monotonic()
    all_at_work(volunteers, project["id"])
    _tell(", ".join(f"{volunteer.name}: {volunteer.answers}" for volunteer in volunteers))
    answers = sum(volunteer.answers for volunteer in volunteers)
    _tell(f"{answers} answers in {time.monotonic() - began:.1f} s")
    return answers


def _wait_for_analyses(owner: Api, project_id: int) -> None:
    def analysed() -> bool:
        return sum(bool(result["info"]) for result in _results(owner, project_id)) >= QUESTIONS

    began = time.monotonic()
    wait_for(analysed, LOOP_SECONDS, "results, signed webhooks and analyses of all tasks")
    _tell(f"All results are there, told and analysed, {time.monotonic() - began:.1f} s after the last answer")


def _findings(owner: Api, project_id: int, receiver: Receiver, answered: int) -> tuple[list[Row], list[Count]]:
    tasks, runs = _tasks(owner, project_id), _runs(owner, project_id)
    results = {result["task_id"]: result for result in _results(owner, project_id)}
    rows = [_row(task, runs, results[task["id"]], receiver) for task in tasks if task["id"] in results]
    per_task = Counter(run["task_id"] for run in runs)
    analysed = [result for result in results.values() if result["info"]]
    counts = [
        Count("questions imported as tasks", QUESTIONS, len(tasks)),
        Count("answers accepted by the server", QUESTIONS * ANSWERS_EACH, answered),
        Count("task runs stored", QUESTIONS * ANSWERS_EACH, len(runs)),
        Count("tasks with exactly three runs", QUESTIONS, sum(n == ANSWERS_EACH for n in per_task.values())),
        Count("tasks completed", QUESTIONS, sum(task["state"] == "completed" for task in tasks)),
        Count("results", QUESTIONS, len(results)),
        Count("tasks told by a signed webhook", QUESTIONS, len(receiver.by_task)),
        Count("webhooks with a wrong signature", 0, receiver.refused),
        Count("analyses written back", QUESTIONS, len(analysed)),
    ]
    return rows, counts


def _row(task: dict[str, Any], runs: list[Any], result: dict[str, Any], receiver: Receiver) -> Row:
    answers = Counter(run["info"]["answer"] for run in runs if run["task_id"] == task["id"])
    said = ", ".join(f"{votes} {answer}" for answer, votes in answers.most_common())
    info = result["info"] or {}
    image = task["info"]["image"].rpartition("/")[2]
    return Row(task["id"], image, said, info.get("answer", ""), result["id"], receiver.by_task.get(task["id"], ""))


def _tasks(owner: Api, project_id: int) -> list[Any]:
    return list(owner.get("/api/task", project_id=project_id, limit=100, all=1))


def _runs(owner: Api, project_id: int) -> list[Any]:
    return list(owner.get("/api/taskrun", project_id=project_id, limit=100, all=1))


def _results(owner: Api, project_id: int) -> list[Any]:
    return list(owner.get("/api/result", project_id=project_id, limit=100, all=1))


def _tell(line: str) -> None:
    print(line, flush=True)
