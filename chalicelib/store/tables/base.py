"""What all models share: one connection, table names prefixed by the stack, whole numbers."""

import threading
from typing import ClassVar, cast

from pynamodb.attributes import (
    Attribute,
)
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.store.connections import LeanConnection, MeasuredConnection

CONNECT_SECONDS = 1
READ_SECONDS = 3
RETRIES = 2


class WholeNumberAttribute(Attribute[int]):
    """A DynamoDB number that is always an int; PynamoDB's own goes through JSON and would give floats for `1e3`."""

    attr_type = "N"

    def serialize(self, value: int) -> str:
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class Table(Model):
    """Base of all models: one shared connection, table names prefixed by the stack."""

    name: ClassVar[str]
    lean: ClassVar[bool] = True
    _joined: ClassVar[TableConnection | None] = None

    @classmethod
    def _get_connection(cls) -> TableConnection:
        joined = cls.__dict__.get("_joined")
        if joined is not None and joined.table_name == cls.Meta.table_name:
            return cast(TableConnection, joined)
        # One at a time: PynamoDB refuses a table's description that a second thread adds to the shared connection.
        with _lock:
            return cls._join_shared_connection()

    @classmethod
    def _join_shared_connection(cls) -> TableConnection:
        joined = cls.__dict__.get("_joined")
        if joined is None or joined.table_name != cls.Meta.table_name:
            joined = super()._get_connection()
            shared = _shared_connection(cls.Meta.region, cls.lean)
            shared.add_meta_table(joined.get_meta_table())
            joined.connection = shared
            cls._joined = joined
        return joined


_lock = threading.Lock()
_connections: dict[str | None, Connection] = {}


def _shared_connection(region: str | None, lean: bool) -> Connection:
    if region not in _connections:
        kind = LeanConnection if lean else MeasuredConnection
        _connections[region] = kind(
            region=region,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            max_retry_attempts=RETRIES,
            max_pool_connections=64,
        )
    return _connections[region]
