"""The local cloud hands stream records to functions as AWS does: nothing lost, nothing blocked, over restarts too."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress.server

from infra.local.functions import host
from infra.local.listening import address, listen
from tests.cloud import Cloud

PATIENCE_SECONDS = 30.0


class Reader:
    """A function of ours: notes the keys it saw; fails on those it is told to."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.reported: set[str] = set()  # keys to report as failed items
        self.raising: set[str] = set()  # keys that make it raise

    def __call__(self, event: Any, _context: object) -> dict[str, Any]:
        failures = []
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["key"]["S"]
            if key in self.raising:
                raise ValueError(key)
            if key in self.reported:
                failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            else:
                self.seen.append(key)
        return {"batchItemFailures": failures}

    def wait_for(self, *keys: str) -> None:
        """Until all were seen."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not set(keys) <= set(self.seen):
            assert time.monotonic() < deadline, f"only {self.seen}"
            time.sleep(0.05)


class Watched(Cloud):
    """With one function on one table's stream."""

    def put(self, *keys: str) -> None:
        for key in keys:
            self.client("dynamodb").put_item(TableName="watched", Item={"key": {"S": key}})

    def given_up(self, wait: int = 0) -> list[dict[str, Any]]:
        """What lies in the failure destination, for which to wait up to 20 s."""
        sqs = self.client("sqs")
        address_ = sqs.get_queue_url(QueueName="given-up")["QueueUrl"]
        answer = sqs.receive_message(QueueUrl=address_, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def set_up(self) -> None:
        table = self.client("dynamodb").create_table(
            TableName="watched",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]
        sqs = self.client("sqs")
        queue = sqs.create_queue(QueueName="given-up")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        functions = self.client("lambda")
        functions.create_function(
            FunctionName="reader",
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/any",
            Handler="any.handler",
            Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
            Timeout=10,
        )
        functions.create_event_source_mapping(
            FunctionName="reader",
            EventSourceArn=table["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
            BatchSize=10,
            MaximumRetryAttempts=2,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            BisectBatchOnFunctionError=True,
            DestinationConfig={"OnFailure": {"Destination": arn}},
        )


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def functions_url(reader: Reader) -> Iterator[str]:
    listener = listen(0)
    server = waitress.server.create_server(host({"reader": reader}), sockets=[listener], threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield address(listener)
    server.close()


@pytest.fixture
def cloud(tmp_path: Path, functions_url: str) -> Iterator[Watched]:
    with Watched(tmp_path, functions_url) as running:
        running.set_up()
        yield running


def test_records_arrive_in_order(cloud: Watched, reader: Reader) -> None:
    keys = [f"{number:02}" for number in range(25)]
    cloud.put(*keys)
    reader.wait_for(*keys)
    assert reader.seen == keys


def test_a_record_that_fails_once_comes_again_and_none_is_lost(cloud: Watched, reader: Reader) -> None:
    reader.reported = {"b"}
    cloud.put("a", "b", "c")
    reader.wait_for("a")
    reader.reported = set()
    reader.wait_for("a", "b", "c")
    assert cloud.given_up() == []


@pytest.mark.parametrize("way", ["reported", "raising"])
def test_a_poison_record_neither_blocks_the_others_nor_is_lost(cloud: Watched, reader: Reader, way: str) -> None:
    setattr(reader, way, {"poison"})
    cloud.put("a", "b", "poison", "c", "d")
    reader.wait_for("a", "b", "c", "d")
    given_up = cloud.given_up(wait=20)
    assert [kept["DDBStreamBatchInfo"]["batchSize"] for kept in given_up] == [1]
    assert given_up[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "poison" not in reader.seen


def test_records_that_no_function_saw_before_a_stop_arrive_after_the_next_start(
    cloud: Watched, reader: Reader, tmp_path: Path, functions_url: str
) -> None:
    cloud.put("before")
    reader.wait_for("before")
    with Watched(tmp_path / "second", "http://127.0.0.1:9") as deaf:  # nobody answers there
        deaf.set_up()
        deaf.put("waiting")
    with Watched(tmp_path / "second", functions_url) as again:
        again.put("after")
        reader.wait_for("waiting", "after")
    assert reader.seen == ["before", "waiting", "after"]
