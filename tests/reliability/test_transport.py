"""The lean way to DynamoDB does what botocore does: the same answers, errors, signatures and retries."""

import json
import socket
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.store import transport
from chalicelib.store.tables import SheetItem, Table
from chalicelib.store.transport import Transport
from tests.fakes.emulator import Emulator

KEY = {"k": {"S": "a"}}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.fixture(scope="module")
def both(emulator: Emulator) -> tuple[Any, Any]:
    """Stock and lean clients of the same tables."""
    stock, lean = emulator.client("eu-west-1"), emulator.client("eu-west-1")
    lean._make_api_call = Transport(lean, 1, 3, 3).call
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
    """The answer, or the class, code and further members of the error."""
    try:
        answer = getattr(client, method)(**arguments)
    except ClientError as error:
        members = {name: value for name, value in error.response.items() if name in ("Item", "CancellationReasons")}
        return type(error).__name__, error.response["Error"]["Code"], error.operation_name, members
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
    assert outcomes[1][1][1] == "TransactionCanceledException"


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
        client = botocore.session.get_session().create_client(
            "dynamodb",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.server_port}",
            aws_access_key_id="AKID",
            aws_secret_access_key="secret",
            aws_session_token="session",
        )
        client._make_api_call = Transport(client, 1.0, read_seconds, attempts).call
        return client


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
        client = Server.lean.__get__(type("S", (), {"server_port": silent.getsockname()[1]}))(2, 0.05)
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


def test_everything_goes_through_botocore_where_a_proxy_is_set(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    proxied = transport.LeanConnection(region="eu-west-1", host="http://example.org", **keys)
    assert "_make_api_call" not in vars(proxied.client)
    direct = transport.LeanConnection(region="eu-west-1", host=emulator.url, **keys)
    monkeypatch.delenv("HTTP_PROXY")
    assert "_make_api_call" in vars(direct.client)


def test_the_products_tables_go_the_lean_way(connected: Any) -> None:
    assert Table.lean
    assert isinstance(SheetItem._get_connection().connection, transport.LeanConnection)
    assert isinstance(connected.client._make_api_call.__self__, Transport)
