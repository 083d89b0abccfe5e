"""PynamoDB's connection over the lean `Transport`, without a botocore client until one is needed.

Making a client loads the service's model and takes a cold start 80 ms. For reads and writes of items only credentials,
region and endpoint are needed, which botocore's session finds as always.
"""

import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.utils import get_environ_proxies
from pynamodb.connection.base import Connection

from chalicelib.core import consumption
from chalicelib.store.transport import OPERATIONS, Transport

READS = frozenset({"BatchGetItem", "GetItem", "Query"})
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
USUAL_REGION = re.compile(r"(?!cn-|us-iso)[a-z]{2}-(gov-)?[a-z]+-\d")
UNUSUAL = ("endpoint_url", "services", "use_dualstack_endpoint", "use_fips_endpoint", "ignore_configured_endpoint_urls")


class LeanClient:
    """Stands for a botocore client. Whatever is not one of OPERATIONS goes to a real one, made at that time."""

    def __init__(self, transport: Transport, make_stock: Callable[[], Any]) -> None:
        self.transport = transport
        self._make_stock = make_stock
        self._lock = threading.Lock()
        self._made: tuple[Any, Callable[..., Any]] | None = None

    def _make_api_call(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        if operation in OPERATIONS:
            return self.transport.call(operation, parameters)
        return self._stock()[1](operation, parameters)

    def _stock(self) -> tuple[Any, Callable[..., Any]]:
        """The real client, whose own methods come back here, and its original call."""
        with self._lock:
            if self._made is None:
                client = self._make_stock()
                self._made = client, client._make_api_call
                client._make_api_call = lambda *call: self._make_api_call(*call)
            return self._made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock()[0], name)


class MeasuredConnection(Connection):
    """A connection that notes what each call consumed, as the service tells it (core/consumption.py)."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if operation_name in OPERATIONS:
            operation_kwargs = {"ReturnConsumedCapacity": "TOTAL", **operation_kwargs}
        try:
            answer: dict[str, Any] = super()._make_api_call(operation_name, operation_kwargs)
        except ClientError as error:
            consumption.note(writes=_units_of_refusal(error))
            raise
        units = _units(answer.get("ConsumedCapacity"))
        if operation_name in READS:
            consumption.note(reads=units)
        else:
            consumption.note(writes=units)
        return answer


def _units(told: Any) -> float:
    """Of all tables of an answer."""
    tables = told if isinstance(told, list) else [told or {}]
    return float(sum(table.get("CapacityUnits", 0.0) for table in tables))


def _units_of_refusal(error: ClientError) -> float:
    """Of a condition that did not hold the service tells nothing: one unit, in a transaction two for each item, which
    is right for items up to 1 KB (AWS: "DynamoDB read and write operations", conditional writes)."""
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        return 1.0
    return 2.0 * len(getattr(error, "cancellation_reasons", ()))


class LeanConnection(MeasuredConnection):
    """A connection whose client is a LeanClient; a botocore client where a proxy is set."""

    _lean: LeanClient | None = None

    @property
    def client(self) -> Any:
        return self._lean or self._make()

    def _make(self) -> Any:
        region = self.region or self.session.get_config_variable("region")
        credentials = self.session.get_credentials()
        url = self.host or _usual_endpoint(region, os.environ, self.session.get_scoped_config())
        if url is None or credentials is None:
            url = super().client.meta.endpoint_url
            credentials = super().client._request_signer._credentials
        if credentials is None or get_environ_proxies(url):
            return super().client
        limits = (self._connect_timeout_seconds, self._read_timeout_seconds, 1 + self._max_retry_attempts_exception)
        self._lean = LeanClient(Transport(url, region, credentials, *limits), lambda: Connection.client.fget(self))  # type: ignore[attr-defined]
        return self._lean


def _usual_endpoint(region: str | None, environment: Mapping[str, str], configured: Mapping[str, Any]) -> str | None:
    """Where DynamoDB is, if no rule of botocore's is needed to say so (AWS: "AWS SDKs and Tools Reference Guide",
    service-specific endpoints; "Amazon DynamoDB endpoints and quotas")."""
    if any(name in configured or f"AWS_{name.upper()}" in environment for name in UNUSUAL[1:]):
        return None
    for variable in ENDPOINT_VARIABLES:
        if environment.get(variable):
            return environment[variable].rstrip("/")
    if "endpoint_url" in configured or region is None or not USUAL_REGION.fullmatch(region):
        return None
    return f"https://dynamodb.{region}.amazonaws.com"
