"""The short way into the emulator's DynamoDB answers as the long way does, and answers of any size arrive whole."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cloud import Cloud

SIGNED = "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"
SAME = ("content-type", "x-amzn-errortype", "x-amz-crc32", "content-length")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(tmp_path_factory.mktemp("cloud"), "http://127.0.0.1:9") as running:
        dynamodb = running.client("dynamodb")
        dynamodb.create_table(
            TableName="things",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for key in ("a", "b"):
            dynamodb.put_item(TableName="things", Item={"key": {"S": key}, "text": {"S": "é😀" * 50_000}})
        yield running


def _asked(cloud: Cloud, operation: str, body: bytes, **more: str) -> tuple[int, dict[str, str | None], Any]:
    connection = http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=30)
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Authorization": SIGNED, **more}
    connection.request("POST", "/", body, {"Content-Type": "application/x-amz-json-1.0", **headers})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    return answer.status, {name: answer.headers[name] for name in SAME}, content


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", b'{"TableName": "things", "Key": {"key": {"S": "a"}}}'),
        ("GetItem", b'{"TableName": "things", "Key": {"key": {"S": "none"}}}'),
        ("GetItem", b'{"TableName": "things", "Key": {"key": {"N": "1"}}}'),
        ("GetItem", b'{"TableName": "nothing", "Key": {"key": {"S": "a"}}}'),
        ("Scan", b'{"TableName": "things"}'),
        ("Nonsense", b"{}"),
        ("Scan", b"{"),
        ("Scan", b""),
    ],
)
def test_the_short_way_answers_as_the_long_one(cloud: Cloud, operation: str, body: bytes) -> None:
    long_way = _asked(cloud, operation, body, **{"Content-Encoding": "identity"})
    assert _asked(cloud, operation, body) == long_way


def test_a_kept_alive_connection_serves_many_requests(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    for number in range(1_500):
        dynamodb.put_item(TableName="things", Item={"key": {"S": str(number)}, "n": {"N": str(number)}})
    assert dynamodb.get_item(TableName="things", Key={"key": {"S": "1499"}})["Item"]["n"] == {"N": "1499"}
