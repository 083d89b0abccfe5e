"""The way to DynamoDB for reads and writes of items: signed and read with little work of its own.

botocore spends 1.2–2.2 ms of CPU on a request, most of it on walking models and events; a contribution makes seven.
Here a request is JSON over a kept-alive connection, signed by botocore's own signer, with its errors and its retries.
Protocol: AWS, "Amazon DynamoDB Developer Guide", "DynamoDB low-level API".
"""

import base64
import random
import time
import uuid
import zlib
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, EndpointConnectionError

OPERATIONS = frozenset(
    {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    }
)
PASSING = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
FIRST_PAUSE_SECONDS = 0.05
IDLE_SECONDS = 20.0  # DynamoDB closes connections that were idle for long; one that is younger is used again


class Transport:
    """Makes requests to one endpoint. `credentials` are botocore's, which renew themselves."""

    def __init__(
        self, url: str, region: str, credentials: Any, connect_seconds: float, read_seconds: float, attempts: int
    ) -> None:
        self._url = url
        self._region = region
        self._credentials = credentials
        self._attempts = attempts
        self.wire = Wire(url, connect_seconds, read_seconds)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """The answer to one of OPERATIONS, in botocore's shape. Raises ClientError, EndpointConnectionError."""
        if operation == "TransactWriteItems":  # with one token on every attempt, it is carried out once
            parameters = {"ClientRequestToken": str(uuid.uuid4()), **parameters}
        body = orjson.dumps(parameters, default=_encode_binary)
        for made in range(1, self._attempts + 1):
            try:
                status, answer = self._exchange(operation, body)
            except (OSError, HTTPException) as error:
                if made == self._attempts:
                    raise EndpointConnectionError(endpoint_url=self._url, error=error) from error
            else:
                if status < 300:
                    return answer
                if made == self._attempts or not _passing(status, answer):
                    raise _error(operation, status, answer)
            time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**made))
        raise AssertionError("the last attempt returned or raised")

    def _exchange(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest("POST", f"{self._url}/", headers, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        status, text = self.wire.post(body, dict(request.headers.items()))
        return status, _decode(text)


class Wire:
    """Kept-alive connections to one endpoint, each used by one thread at a time."""

    def __init__(self, url: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(url)
        self.url = url
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = f"{parts.path.rstrip('/')}/"
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: deque[tuple[float, HTTPConnection]] = deque()

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError, HTTPException; then no connection that is idle is used again:
        after a Lambda slept they are all as dead as the first one."""
        connection = self._take()
        try:
            connection.request("POST", self._path, body, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
            _check(text, answer.getheader("x-amz-crc32"))
        except BaseException:
            connection.close()
            self._idle.clear()
            raise
        if not answer.will_close:
            self._idle.append((time.time(), connection))
        return answer.status, text

    def _take(self) -> HTTPConnection:
        while self._idle:
            try:
                since, connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if time.time() - since < IDLE_SECONDS:
                return connection
            connection.close()
        return self._connect()

    def _connect(self) -> HTTPConnection:
        if self._secure:
            connection: HTTPConnection = HTTPSConnection(
                self._host, self._port, timeout=self._connect_seconds, context=_trusted()
            )
        else:
            connection = HTTPConnection(self._host, self._port, timeout=self._connect_seconds)
        connection.connect()
        connection.sock.settimeout(self._read_seconds)
        return connection


def _trusted() -> Any:
    """botocore's own choice of certificate authorities."""
    import ssl

    from botocore.httpsession import get_cert_path

    return ssl.create_default_context(cafile=get_cert_path(True))


def _check(text: bytes, sum_of_bytes: str | None) -> None:
    if sum_of_bytes is not None and zlib.crc32(text) != int(sum_of_bytes):
        raise HTTPException("The answer's checksum is wrong.")


def _error(operation: str, status: int, answer: dict[str, Any]) -> ClientError:
    """With the error's further members: the reasons of a cancelled transaction, the item that failed a condition."""
    parsed: Any = {
        **answer,
        "Error": {"Code": _code(status, answer), "Message": answer.get("message") or answer.get("Message") or ""},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    return ClientError(parsed, operation)


def _passing(status: int, answer: dict[str, Any]) -> bool:
    return status >= 500 or _code(status, answer) in PASSING


def _code(status: int, answer: dict[str, Any]) -> str:
    return str(answer.get("__type") or status).rsplit("#", 1)[-1]


def _encode_binary(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no attribute value")


def _decode(text: bytes) -> dict[str, Any]:
    """The JSON of an answer; an answer of somebody on the way, who writes no JSON, is an empty one."""
    try:
        answer: dict[str, Any] = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        return {}
    return _with_binary(answer) if b'"B":' in text or b'"BS":' in text else answer


def _with_binary(value: Any) -> Any:
    """Binary values as bytes. {"B": "…"} with a text can only be one: a member named B of a map has a typed value."""
    if isinstance(value, list):
        return [_with_binary(member) for member in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    if value.keys() == {"BS"} and isinstance(value["BS"], list):
        return {"BS": [base64.b64decode(member) for member in value["BS"]]}
    return {name: _with_binary(member) for name, member in value.items()}
