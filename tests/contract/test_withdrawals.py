"""Withdrawing over HTTP, in the running stack: the API, the pages, and what follows through queue and stream."""

import json
from typing import Any

import pytest
import requests

from tests.contract.people import People, Person, eventually
from tests.contract.test_import_bucket import STACK, Bucket
from tests.instance import Stack

ROWS = b"url,n_answers\na,1\nb,1\nc,5\n"


class Withdrawer:
    """A project of the owner's, with an import bucket."""

    def __init__(self, stack: Stack, people: People) -> None:
        self.people, self.owner = people, people.owner
        self.project = self.owner.project()
        self.path = f"/project/{self.project['id']}/withdrawal"
        self.bucket = Bucket(stack)

    def ended(self, asked: dict[str, Any]) -> Any:
        """The record of a withdrawal, when it is over."""

        def look() -> Any:
            found = self.owner.get(f"{self.path}/{asked['id']}").json()
            return found if found["state"] == "finished" else None

        return eventually(look)

    def settled(self, import_id: int, asked: dict[str, Any]) -> None:
        """Nobody can be at work on the import any more: what comes by itself after three minutes."""
        dynamodb, sqs = self.bucket.aws("dynamodb"), self.bucket.aws("sqs")
        key = {"id": {"N": str(import_id)}, "part": {"S": "record"}}

        def stopped() -> Any:
            item = dynamodb.get_item(TableName=f"{STACK}-imports", Key=key, ConsistentRead=True)["Item"]
            return item if json.loads(item["body"]["S"])["state"] == "withdrawn" else None

        item = eventually(stopped)
        body = json.loads(item["body"]["S"]) | {"finished": "2026-01-01T00:00:00.000000"}
        dynamodb.put_item(TableName=f"{STACK}-imports", Item=item | {"body": {"S": json.dumps(body)}})
        message = {"project_id": asked["project_id"], "withdrawal_id": asked["id"]}
        url = sqs.get_queue_url(QueueName=f"{STACK}-walks")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    def tasks(self) -> Any:
        return self.owner.get("/task", project_id=self.project["id"], limit=100).json()

    def results(self) -> Any:
        return self.owner.get("/result", project_id=self.project["id"]).json()

    def stats(self) -> Any:
        return self.owner.get("/projectstats", project_id=self.project["id"]).json()[0]


@pytest.fixture
def withdrawer(stack: Stack, people: People) -> Withdrawer:
    return Withdrawer(stack, people)


def test_an_import_is_withdrawn_and_what_was_answered_only_by_force(withdrawer: Withdrawer) -> None:
    it = withdrawer
    version = it.bucket.put("t.csv", ROWS, it.project["short_name"])
    record = it.bucket.ended(version)
    it.owner.answer(it.owner.next(it.project))
    eventually(it.results)
    answer = it.owner.delete(f"/import/{record['id']}")
    asked = answer.json()
    assert (answer.status_code, asked["state"], asked["import_id"], asked["seen"]) == (202, "waiting", record["id"], 0)
    it.settled(record["id"], asked)
    ended = it.ended(asked)
    assert (ended["seen"], ended["withdrawn"], ended["left"]) == (3, 2, 1)
    assert "force=1" in ended["reason"]
    assert [task["info"] for task in it.tasks()] == [{"url": "a"}]
    assert it.owner.get(f"/import/{record['id']}").json()["state"] == "withdrawn"
    forced = it.ended(it.owner.delete(f"/import/{record['id']}", force=1).json())
    assert (forced["force"], forced["withdrawn"], forced["left"], forced["reason"]) == (True, 1, 0, None)
    assert it.tasks() == []
    eventually(lambda: it.results() == [])
    eventually(lambda: (it.stats()["n_tasks"], it.stats()["n_task_runs"]) == (0, 0))
    it.bucket.deliver(f"imports/{it.project['short_name']}/t.csv", version)
    again = it.bucket.imported("t.csv", ROWS, it.project["short_name"])
    assert (again["tasks_made"], len(it.tasks())) == (3, 3)
    listed = it.owner.get(it.path).json()
    assert [one["id"] for one in listed] == [forced["id"], ended["id"]]
    assert [one["id"] for one in it.owner.get(it.path, before=forced["id"]).json()] == [ended["id"]]


@pytest.mark.parametrize("named_by", ["user_id", "taskrun_id"])
def test_a_volunteers_runs_are_withdrawn_and_their_tasks_are_open_again(withdrawer: Withdrawer, named_by: str) -> None:
    it = withdrawer
    it.owner.tasks(it.project, 3, n_answers=2)
    runs = it.people.stranger.answer_all(it.project)
    it.people.coowner.answer_all(it.project)
    eventually(lambda: len(it.results()) == 3)
    value = {"user_id": it.people.stranger.id, "taskrun_id": runs[0]["id"]}[named_by]
    answer = it.owner.post(it.path, {named_by: value})
    assert (answer.status_code, answer.json()["user_id"]) == (202, it.people.stranger.id)
    ended = it.ended(answer.json())
    assert (ended["seen"], ended["withdrawn"], ended["left"]) == (3, 3, 0)
    assert [task["state"] for task in it.tasks()] == ["ongoing"] * 3
    left = it.owner.get("/taskrun", project_id=it.project["id"]).json()
    assert {run["user_id"] for run in left} == {it.people.coowner.id}
    assert progress(it.people.stranger, it)["done"] == 0
    eventually(lambda: it.results() == [])
    eventually(lambda: it.stats()["n_task_runs"] == 3)
    it.people.admin.answer_all(it.project)
    eventually(lambda: len(it.results()) == 3)


def progress(who: Person, it: Withdrawer) -> Any:
    return who.get(f"/project/{it.project['id']}/userprogress").json()


def test_everybody_without_an_account_behind_one_address_is_named_together(withdrawer: Withdrawer) -> None:
    it = withdrawer
    it.owner.tasks(it.project, 2, n_answers=3)
    run = it.people.anonymous.answer(it.people.anonymous.next(it.project))
    (seen,) = it.owner.get("/taskrun", id=run["id"]).json()
    ended = it.ended(it.owner.post(it.path, {"user_ip": seen["user_ip"]}).json())
    assert (ended["user_ip"], ended["withdrawn"]) == (seen["user_ip"], 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Name the volunteer by one of"),
        ({"user_id": 1, "user_ip": "1.2.3.4"}, "Name the volunteer by one of"),
        ({"user_id": "5"}, "user_id must be a whole number"),
        ({"user_id": True}, "user_id must be a whole number"),
        ({"external_uid": ""}, "external_uid must be a text"),
        ({"taskrun_id": 5}, "The project has no task run 5"),
        ({"name": "ann"}, "is no key of a withdrawal"),
    ],
)
def test_a_volunteer_who_is_not_well_named_is_refused(withdrawer: Withdrawer, body: Any, words: str) -> None:
    answer = withdrawer.owner.post(withdrawer.path, body)
    assert answer.status_code == 415
    assert words in answer.json()["exception_msg"]


def test_a_withdrawal_may_be_cancelled(withdrawer: Withdrawer) -> None:
    it = withdrawer
    record = it.bucket.imported("t.csv", ROWS, it.project["short_name"])
    asked = it.owner.delete(f"/import/{record['id']}").json()
    cancelled = it.owner.delete(f"{it.path}/{asked['id']}").json()
    assert cancelled["state"] == "cancelled"
    assert len(it.tasks()) == 3
    assert it.owner.get(f"{it.path}/5").status_code == 404


def test_the_page_shows_imports_and_withdrawals_and_takes_more(withdrawer: Withdrawer) -> None:
    it = withdrawer
    record = it.bucket.imported("t.csv", ROWS, it.project["short_name"])
    address = f"{it.owner.url}/project/{it.project['short_name']}/tasks/withdrawal"
    headers = {"Authorization": it.owner.key or "", "Content-Type": "application/json"}

    def send(method: str, body: Any = None) -> Any:
        return requests.request(method, address, headers=headers, json=body, timeout=30, allow_redirects=False).json()

    shown = send("GET")
    assert [(one["id"], one["tasks_made"]) for one in shown["imports"]] == [(record["id"], 3)]
    assert shown["withdrawals"] == []
    assert send("POST", {"import_id": record["id"], "force": True})["flash"]
    assert send("POST", {"by": "user_id", "value": it.people.stranger.id})["flash"]
    listed = send("GET")["withdrawals"]
    assert [(one["import_id"], one["user_id"], one["force"]) for one in listed] == [
        (None, it.people.stranger.id, False),
        (record["id"], None, True),
    ]
    assert send("POST", {"cancel": listed[1]["id"]})["flash"]
    assert send("GET")["withdrawals"][1]["state"] == "cancelled"
    assert send("POST", {"by": "taskrun_id", "value": "7"})["form"]["errors"]["value"]
