"""The stream's and the queue's functions, called with the events that AWS sends: partial failures, poison, duplicates,
disorder, two invocations at once. The services are the real ones on real tables; the network alone is made up."""

import itertools
import threading
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from chalicelib.api.front_door import FrontDoor
from chalicelib.core.completions import Completions
from chalicelib.core.deliveries import Delivery
from chalicelib.core.identifiers import Identifiers
from chalicelib.core.outgoing import Answer
from chalicelib.core.statistics import Statistics
from chalicelib.store.deliveries import DeliveryStore
from chalicelib.store.results import ResultStore
from chalicelib.store.sheets import SheetStore
from chalicelib.store.statistics import StatisticStore
from chalicelib.store.tasks import TaskStore
from chalicelib.triggers import deliveries, sheets
from chalicelib.webhooks.courier import Courier, Tools
from chalicelib.webhooks.outbox import Deliveries, Outbox
from chalicelib.webhooks.schedule import Schedule
from chalicelib.webhooks.secrets import Secrets
from tests.fakes.heart import Clock
from tests.fakes.stream import Record, image, life, number_of, record
from tests.fakes.webhooks import DELAYS, MemoryDeliveries, MemoryHook, answer, result_of

_projects = itertools.count(700_000)
_tasks = itertools.count(70_000_000)
_workers = itertools.count(2000)
QUEUE = "http://sqs/webhooks"


class Container:
    """The functions as one Lambda container has them. `post` is the network; `hidden` is what SQS was told."""

    def __init__(self, project: int, post: Any = lambda url, headers, body: answer(200)) -> None:
        self.clock = Clock()
        self.hook = MemoryHook(project)
        self.sent: list[Mapping[str, Any]] = []
        self.dead: list[Mapping[str, Any]] = []
        self.hidden: list[tuple[str, float]] = []
        self.store = DeliveryStore()
        self.outbox = Outbox(self.hook, self.store, self.sent.append, self.clock)
        identifiers = Identifiers(self.clock, _workers.__next__)
        self.completions = Completions(
            ResultStore(), self.outbox, TaskStore(self.clock), SheetStore(), identifiers.next, self.clock
        )
        self.statistics = Statistics(StatisticStore(), lambda project: 0.0, self.clock)
        tools = Tools(post, self.hook.turn_off, self.dead.append, self.clock)
        secrets = Secrets(self.hook, self.clock)
        self.courier = Courier(self.hook, self.store, secrets, Schedule(DELAYS, lambda: 0.0), tools)
        self.queues = SimpleNamespace(hide=lambda queue, receipt, seconds: self.hidden.append((receipt, seconds)))
        self.settings = SimpleNamespace(webhook_queue_url=QUEUE)

    def stream(self, *records: Record) -> list[str]:
        """Invoke the stream's function; the numbers it reports as failed."""
        return self._invoke(sheets.blueprint, "sheet_changed", list(records))

    def queue(self, *messages: dict[str, Any]) -> list[str]:
        """Invoke the queue's function; the message ids that SQS is to keep."""
        return self._invoke(deliveries.blueprint, "deliver", list(messages))

    def _invoke(self, blueprint: Any, name: str, records: list[dict[str, Any]]) -> list[str]:
        app = FrontDoor("test", self)  # type: ignore[arg-type]
        app.register_blueprint(blueprint)
        handler = {"sheet_changed": sheets.sheet_changed, "deliver": deliveries.deliver}[name]
        reported = handler({"Records": records}, None)
        assert set(reported) == {"batchItemFailures"}
        for failure in reported["batchItemFailures"]:
            assert set(failure) == {"itemIdentifier"}
        return [failure["itemIdentifier"] for failure in reported["batchItemFailures"]]

    def versions(self, task: int) -> int:
        return len(ResultStore().versions([(task, gen) for gen in range(5)]))


def message(delivery: str, place: int = 0) -> dict[str, Any]:
    """A message as the queue's function gets it (AWS Lambda: "Using Lambda with Amazon SQS", example event)."""
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-{place:012}",
        "receiptHandle": f"receipt-{place}",
        "body": orjson.dumps({"delivery": delivery, "project_id": 4}).decode(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795000000000"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:nimbossa-webhooks",
        "awsRegion": "us-east-1",
    }


@pytest.fixture
def container(connected: Any) -> Container:
    return Container(next(_projects))


def test_a_batch_without_trouble_reports_no_failure(container: Container) -> None:
    tasks = [next(_tasks) for _ in range(5)]
    records = [one for task in tasks for one in life(task, 1, container.hook.project_id)]
    assert container.stream(*records) == []
    assert [container.versions(task) for task in tasks] == [1] * 5
    assert sorted(sent["delivery"] for sent in container.sent) == sorted(f"{task}.0" for task in tasks)


def test_a_poison_record_is_reported_by_its_number_and_stops_no_other(container: Container) -> None:
    project, (before, after) = container.hook.project_id, [next(_tasks), next(_tasks)]
    poison = record(None, {"key": {"S": "4-x"}, "n": {"N": "1"}})
    batch = [*life(before, 1, project), poison, *life(after, 1, project)]
    assert container.stream(*batch) == [number_of(poison)]
    assert [container.versions(before), container.versions(after)] == [1, 1]
    # Lambda sends again from the lowest reported number on, and in halves: the others are not done twice.
    again = batch[batch.index(poison) :]
    assert container.stream(*again) == [number_of(poison)]
    assert container.stream(*again[1:]) == []
    assert [container.versions(before), container.versions(after)] == [1, 1]


@pytest.mark.parametrize(
    "images",
    [
        {"NewImage": {}},
        {"NewImage": {"key": {"S": "x"}, "n": {"S": "1"}, "ans": {"N": "1"}}},
        {"NewImage": {**image(1, [1], 1), "seats": {"S": "none"}}},
        {"NewImage": {**image(1, [1], 1), "seats": {"M": {"who": {"NULL": True}}}}},
        {"NewImage": image(1, [1], 1), "OldImage": {"key": {"S": "x"}}},
    ],
    ids=["empty", "text for a number", "seats no map", "seat no number", "broken before"],
)
def test_every_kind_of_poison_is_reported(container: Container, images: dict[str, Any]) -> None:
    poison = record(None, image(1, [], 1))
    del poison["dynamodb"]["NewImage"]
    poison["dynamodb"].update(images)
    assert container.stream(poison) == [number_of(poison)]


def test_all_failed_records_are_reported_so_that_lambda_can_take_the_lowest(container: Container) -> None:
    task, poison = next(_tasks), [record(None, {"key": {"S": f"4-{place}"}}) for place in range(3)]
    batch = [poison[0], *life(task, 1, container.hook.project_id), *poison[1:]]
    assert container.stream(*batch) == [number_of(one) for one in poison]
    assert container.versions(task) == 1


def test_trouble_that_passes_is_reported_and_made_good_by_the_next_invocation(container: Container) -> None:
    task = next(_tasks)
    records = life(task, 1, container.hook.project_id)
    working = container.outbox._send

    def broken(sent: Mapping[str, Any]) -> None:
        raise ConnectionError("the queue is away")

    container.outbox._send = broken
    assert container.stream(*records) == [number_of(records[2])]
    container.outbox._send = working
    assert container.stream(*records[2:]) == []
    assert container.versions(task) == 1
    assert [sent["delivery"] for sent in container.sent] == [f"{task}.0"]


def test_a_batch_delivered_twice_at_once_makes_one_version_and_one_payload(connected: Any) -> None:
    project, task = next(_projects), next(_tasks)
    records = life(task, 2, project)
    containers = [Container(project) for _ in range(2)]
    threads = [threading.Thread(target=one.completions.changed, args=_images(records[2])) for one in containers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in containers:
        assert one.stream(*records) == []
    assert containers[0].versions(task) == 2
    stored = [DeliveryStore().get(f"{task}.{gen}") for gen in range(2)]
    results = ResultStore().versions([(task, 0), (task, 1)])
    for gen, delivery in enumerate(stored):
        assert delivery is not None
        assert orjson.loads(delivery.payload)["result_id"] == results[(task, gen)].id


def _images(one: Record) -> tuple[Any, Any]:
    return one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage")


def announced(container: Container, count: int) -> list[str]:
    """The ids of fresh messages."""
    ids = []
    for _ in range(count):
        task = next(_tasks)
        container.outbox.announce(result_of(container.hook.project_id, task))
        ids.append(f"{task}.0")
    return ids


def test_delivered_messages_are_taken_and_failed_ones_hidden_and_kept(connected: Any) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return answer(500 if headers["webhook-id"] == failing else 200)

    container = Container(next(_projects), post)
    ids = announced(container, 5)
    failing = ids[2]
    batch = [message(delivery, place) for place, delivery in enumerate(ids)]
    assert container.queue(*batch) == [batch[2]["messageId"]]
    assert container.hidden == [("receipt-2", 5.0)]
    assert [container.store.get(one).state for one in ids] == [  # type: ignore[union-attr]
        "delivered",
        "delivered",
        "waiting",
        "delivered",
        "delivered",
    ]


def test_listeners_of_a_batch_are_called_side_by_side(connected: Any) -> None:
    """Ten listeners that each wait for the other nine: one after the other, none would ever answer."""
    together = threading.Barrier(10, timeout=10)

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        together.wait()
        return answer(200)

    container = Container(next(_projects), post)
    ids = announced(container, 10)
    assert container.queue(*[message(delivery, place) for place, delivery in enumerate(ids)]) == []


def test_a_message_that_is_not_ours_is_kept_for_the_dead_letter_queue_and_stops_no_other(container: Container) -> None:
    (delivery,) = announced(container, 1)
    strange = [
        {**message("x", place + 1), "body": body} for place, body in enumerate(["", "{}", "[]", '"x"', "nonsense"])
    ]
    kept = container.queue(*strange, message(delivery))
    assert kept == [one["messageId"] for one in strange]
    assert container.hidden == []


def test_a_message_without_a_record_is_dropped(container: Container) -> None:
    assert container.queue(message("1.99")) == []


def test_one_attempt_is_made_when_many_functions_get_the_same_message_at_once(connected: Any) -> None:
    calls: list[str] = []

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        calls.append(headers["webhook-id"])
        return answer(500)

    project = next(_projects)
    first = Container(project, post)
    for delivery in announced(first, 10):
        couriers = [Container(project, post).courier for _ in range(4)]
        start = threading.Barrier(4)

        def deliver(courier: Courier, delivery: str = delivery, start: threading.Barrier = start) -> None:
            start.wait()
            assert courier.deliver(delivery) is not None

        threads = [threading.Thread(target=deliver, args=[courier]) for courier in couriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert calls.count(delivery) == 1


# --- one suite for the store and its fake ---


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[Deliveries]:
    if request.param == "dynamodb":
        request.getfixturevalue("connected")
        yield DeliveryStore()
    else:
        yield MemoryDeliveries()


def fresh(project: int, delivery_id: str | None = None) -> Delivery:
    stamp = "2026-11-22T17:07:13.346655"
    return Delivery(delivery_id or f"{next(_tasks)}.0", project, stamp, stamp, '{"größe": 1}', due=5)


def test_a_message_is_added_once_and_read_back_as_it_was(store: Deliveries) -> None:
    delivery = fresh(1)
    assert store.add(delivery)
    assert not store.add(fresh(2, delivery.id))
    assert store.get(delivery.id) == delivery
    assert store.get("0.0") is None


def test_a_message_is_replaced_only_by_who_saw_its_last_state(store: Deliveries) -> None:
    delivery = fresh(1)
    store.add(delivery)
    claimed = delivery.claimed(10.0)
    assert store.replace(delivery, claimed)
    assert not store.replace(delivery, delivery.claimed(11.0))
    assert store.get(delivery.id) == claimed
    assert not store.replace(fresh(1), fresh(1).claimed(1.0))


def test_messages_are_paged_by_project_and_id(store: Deliveries) -> None:
    project = next(_projects)
    ids = sorted(f"{task}.{gen}" for task in (9, 10, 100 + project) for gen in range(3))
    for delivery_id in ids:
        store.add(fresh(project, f"{project}{delivery_id}"))
    store.add(fresh(next(_projects)))
    pages, last_id = [], ""
    while page := store.after(project, last_id, 4):
        pages.append(len(page))
        last_id = page[-1].id
    assert pages == [4, 4, 1]
    assert [one.id for one in store.after(project, "", 100)] == [f"{project}{delivery_id}" for delivery_id in ids]
