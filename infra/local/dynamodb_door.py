"""A short way in for DynamoDB requests, and answers sent in one piece: together about half the emulator's time a call.

The emulator looks at each request for a hundred services before it calls DynamoDB's handler, and uvicorn sends head and
body apart, which wakes the client twice. Only plain signed requests take the short way; all others go the long one.
"""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import dynamodb
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = Mapping[str, Any]
TARGET = b"DynamoDB_20120810."


def fits(scope: Scope) -> bool:
    """Whether this is a DynamoDB request as AWS's libraries send it."""
    headers = dict(scope["headers"])
    return (
        scope["method"] == "POST"
        and headers.get(b"x-amz-target", b"").startswith(TARGET)
        and headers.get(b"authorization", b"").startswith(b"AWS4-HMAC-SHA256 ")
        and b"content-encoding" not in headers
    )


async def application(scope: Scope, receive: Any, send: Any) -> None:
    """Answer one request for which `fits` holds (ASGI)."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = await _whole_body(receive)
    set_request_account_id(extract_access_key_id(headers, {}))
    set_request_region(extract_region(headers, {}))
    status, answer, content = await dynamodb.handle_request("POST", "/", headers, body, {})
    data = content if isinstance(content, bytes) else content.encode()
    answer = {**answer, "x-amzn-requestid": str(uuid.uuid4()), "content-length": str(len(data))}
    head = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": data})


async def _whole_body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


class OnePieceProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with what one turn of the loop writes sent together."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(_Joining(transport))  # type: ignore[arg-type]


class _Joining:
    """A transport that sends at the end of the loop's turn; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_soon(self._send)
        self._held.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
