"""New items put many to a request: as many conditional puts would, on the emulator and on the product's side."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core.errors import Unavailable
from chalicelib.core.tasks import NewTask
from chalicelib.store import inserts
from chalicelib.store.inserts import insert_absent
from chalicelib.store.tables import SheetItem
from chalicelib.store.task_batches import TaskBatches
from chalicelib.store.tasks import TaskStore
from tests.fakes.emulator import Emulator
from tests.meter.meter import Meter
from tests.reliability.conftest import REGION

_projects = itertools.count(30_000_001)

pytestmark = pytest.mark.usefixtures("connected")


def _sheets(count: int) -> list[SheetItem]:
    project = next(_projects)
    return [
        SheetItem(f"{project}-{uuid.uuid4().hex}", task=n, project=project, n=3, open=f"{project}:p", qk=f"{n:05d}")
        for n in range(count)
    ]


@contextmanager
def _answering(client: Any, change: Any) -> Iterator[None]:
    """`change` makes of each answer to a batch of inserts what arrives."""
    wire = client.transport.wire
    stock = wire.post

    def post(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        status, text = stock(body, headers)
        if headers["X-Amz-Target"].endswith("BatchExecuteStatement"):
            return status, json.dumps(change(json.loads(text))).encode()
        return status, text

    wire.post = post
    yield
    wire.post = stock


def test_what_stands_is_left_as_it_is() -> None:
    first, second, third = _sheets(3)
    second.save()
    again = SheetItem.from_raw_data(second.serialize())
    again.n = 99
    assert insert_absent([first, again, third]) == [True, False, True]
    assert SheetItem.get(second.key).n == 3
    assert insert_absent([first, again, third]) == [False, False, False]


def test_an_inserted_item_is_the_item_that_a_put_would_have_stored() -> None:
    inserted, put = _sheets(2)
    insert_absent([inserted])
    put.save()
    stored = [SheetItem.get(sheet.key, consistent_read=True).serialize() for sheet in (inserted, put)]
    own = ("key", "task", "qk")
    assert {name: value for name, value in stored[0].items() if name not in own} == {
        name: value for name, value in stored[1].items() if name not in own
    }
    assert sorted(item.key for item in SheetItem.queue.query(put.open)) == sorted([inserted.key, put.key])


def test_it_costs_what_puts_on_that_condition_cost(meter: Meter) -> None:
    sheets = _sheets(10)
    with meter as bill:
        insert_absent(sheets)
    assert (bill.read, bill.write) == (0, 20)  # one for the sheet, one for the index
    with meter as bill:
        insert_absent(sheets)
    assert bill.write == 10


def test_the_emulator_tells_the_stream_of_each_new_item_once(emulator: Emulator) -> None:
    tables, streams, name = emulator.client(REGION), emulator.client(REGION, "dynamodbstreams"), uuid.uuid4().hex
    arn = tables.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    statement = f"INSERT INTO \"{name}\" VALUE {{'key':?,'size':?}}"
    for keys in ("ab", "abc"):
        parameters = [[{"S": key}, {"N": "1"}] for key in keys]
        tables.batch_execute_statement(Statements=[{"Statement": statement, "Parameters": one} for one in parameters])
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = streams.get_records(ShardIterator=streams.get_shard_iterator(**place)["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT"] * 3
    assert [record["dynamodb"]["NewImage"]["key"]["S"] for record in records] == ["a", "b", "c"]


@pytest.mark.parametrize("code", sorted(inserts.PASSING))
def test_statements_that_failed_for_the_moment_are_tried_again_alone(
    connected: Any, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Some of them were carried out nevertheless: what stands then is the item itself."""
    monkeypatch.setattr(inserts, "FIRST_PAUSE_SECONDS", 0.001)
    sizes: list[int] = []

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        sizes.append(len(answer["Responses"]))
        if len(sizes) == 1:
            answer["Responses"][1:3] = [{"Error": {"Code": code, "Message": "again"}}] * 2
        return answer

    with _answering(connected.client, change):
        assert insert_absent(_sheets(5)) == [True, False, False, True, True]
    assert sizes == [5, 2]


def test_a_store_that_stays_busy_is_told(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserts, "FIRST_PAUSE_SECONDS", 0.0001)
    busy = {"Error": {"Code": "ThrottlingError", "Message": "slower"}}
    with (
        _answering(connected.client, lambda answer: {"Responses": [busy] * len(answer["Responses"])}),
        pytest.raises(Unavailable),
    ):
        insert_absent(_sheets(2))


def test_a_statement_that_is_wrong_is_raised(connected: Any) -> None:
    wrong = {"Error": {"Code": "ValidationError", "Message": "no such attribute"}}
    with (
        _answering(connected.client, lambda _: {"Responses": [wrong]}),
        pytest.raises(ClientError, match="no such attribute"),
    ):
        insert_absent(_sheets(1))


def test_ids_of_tasks_whose_first_answer_was_lost_are_not_given_to_others(connected: Any) -> None:
    """The sheets are put, the answer is lost, the transport sends them again and finds them standing: they are this
    batch's own, and so are their tasks' ids."""
    project = next(_projects)
    batch = TaskBatches(time.time, workers=1).open(project, f"{project}:p", 1)
    wire = connected.client.transport.wire
    stock, lost = wire.post, iter([True])

    def post(body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        answer: tuple[int, bytes] = stock(body, headers)
        if headers["X-Amz-Target"].endswith("BatchExecuteStatement") and next(lost, False):
            raise ConnectionResetError("the answer was lost")
        return answer

    wire.post = post
    try:
        assert all(batch.create([(n, NewTask({"a": n})) for n in range(10)]))
        assert all(batch.create([(n, NewTask({"b": n})) for n in range(10, 20)]))
    finally:
        wire.post = stock
    tasks = TaskStore(time.time).after(project, 0, 100)
    assert len(tasks) == 20
    sheets = {sheet.key: sheet.task for sheet in SheetItem.batch_get([task.sheet for task in tasks])}
    assert {task.sheet: task.id for task in tasks} == sheets
