"""The lean way to DynamoDB does what botocore does: the same answers, errors, signatures and retries."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.store import connections, transport
from chalicelib.store.connections import LeanClient, LeanConnection
from chalicelib.store.tables import SheetItem, Table
from tests.fakes.emulator import Emulator

KEY = {"k": {"S": "a"}}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_PAUSE_SECONDS", 0.001)


def lean_client(url: str, attempts: int = 3, read_seconds: float = 1.0) -> Any:
    connection = LeanConnection(
        region="eu-west-1",
        host=url,
        connect_timeout_seconds=1.0,
        read_timeout_seconds=read_seconds,
        max_retry_attempts=attempts - 1,
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
        aws_session_token="session",
    )
    return connection.client


@pytest.fixture(scope="module")
def both(emulator: Emulator) -> tuple[Any, Any]:
    """Stock and lean clients of the same tables."""
    stock, lean = emulator.client("eu-west-1"), lean_client(emulator.url)
    for name in ("stock", "lean"):
        stock.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return stock, lean


ITEM = {
    **KEY,
    "n": {"N": "-12.5"},
    "b": {"B": b"\x00\xff"},
    "bs": {"BS": [b"1", b"2"]},
    "l": {"L": [{"S": "ü"}, {"M": {"B": {"S": "a member of that name"}, "x": {"B": b"deep"}}}]},
    "no": {"NULL": True},
    "yes": {"BOOL": True},
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": ITEM}),
    ("get_item", {"Key": KEY}),
    ("get_item", {"Key": {"k": {"S": "none"}}}),
    ("put_item", {"Item": ITEM, "ConditionExpression": "attribute_not_exists(k)"}),
    (
        "put_item",
        {
            "Item": ITEM,
            "ConditionExpression": "attribute_not_exists(k)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    ),
    (
        "update_item",
        {
            "Key": KEY,
            "UpdateExpression": "SET c = :c",
            "ExpressionAttributeValues": {":c": {"N": "1"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
    ("update_item", {"Key": KEY, "UpdateExpression": "SAT c"}),
    ("query", {"KeyConditionExpression": "k = :k", "ExpressionAttributeValues": {":k": {"S": "a"}}}),
    ("delete_item", {"Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("scan", {}),
]


def outcome(client: Any, method: str, arguments: dict[str, Any]) -> Any:
    """The answer, or the code and further members of the error."""
    try:
        answer = getattr(client, method)(**arguments)
    except ClientError as error:
        members = {name: value for name, value in error.response.items() if name in ("Item", "CancellationReasons")}
        return error.response["Error"]["Code"], error.operation_name, members
    answer.pop("ResponseMetadata", None)
    return answer


def test_answers_and_errors_are_those_of_botocore(both: tuple[Any, Any]) -> None:
    for method, arguments in CALLS:
        one, other = (
            outcome(client, method, {"TableName": name, **arguments})
            for client, name in zip(both, ("stock", "lean"), strict=True)
        )
        assert one == other, method


def test_transactions_and_batches_answer_as_with_botocore(both: tuple[Any, Any]) -> None:
    outcomes = []
    for client, name in zip(both, ("stock", "lean"), strict=True):
        put = {"Put": {"TableName": name, "Item": ITEM, "ConditionExpression": "attribute_not_exists(k)"}}
        batch = {name: [{"PutRequest": {"Item": {"k": {"S": "z"}}}}]}
        done = [
            outcome(client, "transact_write_items", {"TransactItems": [put]}),
            outcome(client, "transact_write_items", {"TransactItems": [put]}),
            outcome(client, "batch_write_item", {"RequestItems": batch}),
            outcome(client, "batch_get_item", {"RequestItems": {name: {"Keys": [KEY, {"k": {"S": "z"}}]}}}),
        ]
        found = done[-1]["Responses"].pop(name)
        outcomes.append([*done, sorted(found, key=lambda item: str(item["k"]))])
    assert outcomes[0] == outcomes[1]
    assert outcomes[1][1][0] == "TransactionCanceledException"


class Server(ThreadingHTTPServer):
    """Gives the answers of a script, one a request (the last one for ever), and keeps what it was sent."""

    daemon_threads = True

    def __init__(self, answers: Sequence[Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.seen: list[tuple[dict[str, str], bytes]] = []

    def __enter__(self) -> "Server":
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def lean(self, attempts: int = 3, read_seconds: float = 1.0) -> Any:
        return lean_client(f"http://127.0.0.1:{self.server_port}", attempts, read_seconds)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers.items()), body))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        status, document, *bad_sum = answer
        text = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("x-amz-crc32", str(crc32(text) ^ bool(bad_sum)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def error(name: str) -> dict[str, str]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "m"}


PASSING = [
    (500, error("InternalServerError")),
    (503, "<html>a gateway's page</html>"),
    (400, error("ProvisionedThroughputExceededException")),
    (400, error("ThrottlingException")),
    (400, error("TransactionInProgressException")),
    (200, {"Item": KEY}, "bad sum"),
    "hang up",
]


@pytest.mark.parametrize("passing", PASSING, ids=str)
def test_what_may_pass_is_tried_again(passing: Any) -> None:
    with Server([passing, passing, (200, {"Item": KEY})]) as server:
        assert server.lean().get_item(TableName="t", Key=KEY)["Item"] == KEY
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    "name", ["ConditionalCheckFailedException", "TransactionConflictException", "ValidationException"]
)
def test_what_does_not_pass_is_not_tried_again(name: str) -> None:
    with Server([(400, error(name))]) as server, pytest.raises(ClientError) as raised:
        server.lean().get_item(TableName="t", Key=KEY)
    assert raised.value.response["Error"] == {"Code": name, "Message": "m"}
    assert len(server.seen) == 1


def test_attempts_end_in_botocores_errors() -> None:
    with Server([(500, error("InternalServerError"))]) as server, pytest.raises(ClientError, match="InternalServer"):
        server.lean().get_item(TableName="t", Key=KEY)
    assert len(server.seen) == 3
    with Server(["hang up"]) as server, pytest.raises(EndpointConnectionError):
        server.lean().get_item(TableName="t", Key=KEY)


def test_a_silent_server_is_given_up_after_the_read_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = lean_client(f"http://127.0.0.1:{silent.getsockname()[1]}", 2, 0.05)
        with pytest.raises(EndpointConnectionError):
            client.get_item(TableName="t", Key=KEY)


def test_a_transaction_has_one_token_on_all_attempts_and_another_the_next_time() -> None:
    with Server([(500, error("InternalServerError")), (200, {}), (200, {})]) as server:
        client = server.lean()
        for _ in range(2):
            client._make_api_call("TransactWriteItems", {"TransactItems": []})
    first, again, other = (json.loads(body)["ClientRequestToken"] for _, body in server.seen)
    assert first == again != other


def test_requests_are_signed_with_the_clients_credentials() -> None:
    with Server([(200, {})]) as server:
        server.lean().get_item(TableName="t", Key=KEY)
    ((headers, body),) = server.seen
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert "/eu-west-1/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "session"
    assert headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert json.loads(body) == {"TableName": "t", "Key": KEY}


def test_connections_are_kept_and_an_old_one_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    stock = transport.Wire._connect
    monkeypatch.setattr(transport.Wire, "_connect", lambda wire: opened.append(1) or stock(wire))
    with Server([(200, {})]) as server:
        client = server.lean()
        for _ in range(3):
            client.get_item(TableName="t", Key=KEY)
        assert len(opened) == 1
        monkeypatch.setattr(transport, "IDLE_SECONDS", -1.0)
        client.get_item(TableName="t", Key=KEY)
    assert len(opened) == 2


KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def test_everything_goes_through_botocore_where_a_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(LeanConnection(region="eu-west-1", host="http://example.org", **KEYS).client, BaseClient)
    monkeypatch.delenv("HTTP_PROXY")
    assert isinstance(LeanConnection(region="eu-west-1", host="http://example.org", **KEYS).client, LeanClient)


REGIONS = [
    "us-east-1",
    "eu-central-1",
    "ap-southeast-4",
    "us-gov-west-1",
    "il-central-1",
    "cn-north-1",
    "us-iso-east-1",
]


@pytest.mark.parametrize("region", REGIONS)
def test_the_endpoint_is_the_one_that_botocore_finds(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in connections.ENDPOINT_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    stock = botocore.session.get_session().create_client("dynamodb", region_name=region, **KEYS)
    lean = LeanConnection(region=region, **KEYS).client
    assert lean.transport.wire.url == stock.meta.endpoint_url


@pytest.mark.parametrize(
    ("environment", "configured"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, {}),
        ({}, {"use_dualstack_endpoint": "true"}),
        ({}, {"endpoint_url": "http://x"}),
    ],
)
def test_unusual_endpoints_are_left_to_botocore(environment: dict[str, str], configured: dict[str, str]) -> None:
    assert connections._usual_endpoint("us-east-1", environment, configured) is None


def test_an_endpoint_of_the_environment_is_taken() -> None:
    both = {"AWS_ENDPOINT_URL": "http://a/", "AWS_ENDPOINT_URL_DYNAMODB": "http://b"}
    assert connections._usual_endpoint("cn-north-1", both, {}) == "http://b"
    assert connections._usual_endpoint(None, {"AWS_ENDPOINT_URL": "http://a/"}, {}) == "http://a"


def test_a_botocore_client_is_made_only_for_what_is_no_read_or_write_of_items(both: tuple[Any, Any]) -> None:
    made: list[str] = []
    client = LeanClient(both[1].transport, lambda: made.append("client") or both[0])
    client._make_api_call("GetItem", {"TableName": "lean", "Key": KEY})
    assert made == []
    assert {"stock", "lean"} <= set(client.list_tables()["TableNames"])
    assert made == ["client"]


def test_when_one_connection_has_died_the_other_idle_ones_are_not_tried() -> None:
    with Server([(200, {}), "hang up", (200, {})]) as server:
        client = lean_client(f"http://127.0.0.1:{server.server_port}", attempts=2)
        client.get_item(TableName="t", Key=KEY)
        wire = client.transport.wire
        wire._idle.appendleft((time.time(), HTTPConnection("127.0.0.1", 9)))  # as dead as the other one
        client.get_item(TableName="t", Key=KEY)
    assert len(wire._idle) == 1


def test_the_products_tables_go_the_lean_way(connected: Any) -> None:
    assert Table.lean
    assert isinstance(SheetItem._get_connection().connection, LeanConnection)
    assert isinstance(connected.client, LeanClient)
