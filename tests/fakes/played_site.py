"""The site by its function: requests as a function URL sends them."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

BOUNDARY = "rehearsal"
HOST = "example.org"


class Site:
    """`handle` is the API's function with its context filled in; `key` signs the requests that name no address."""

    def __init__(self, handle: Callable[[dict[str, Any]], dict[str, Any]], key: str) -> None:
        self._handle = handle
        self._key = key

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        address: str | None = None,
        repeat: str | None = None,
        **query: Any,
    ) -> Any:
        """The JSON of an answer below 400, or its text; AssertionError otherwise. With an address: not signed in.
        `repeat` is an Idempotency-Key."""
        text = None if body is None else json.dumps(body)
        headers = {"content-type": "application/json"} | ({"idempotency-key": repeat} if repeat else {})
        return self._send(method, path, query, address, text, headers)

    def upload(self, path: str, fields: dict[str, Any], content: bytes, name: str = "a.png") -> Any:
        """A multipart POST of one file."""
        named = "Content-Disposition: form-data; name="
        parts = [f'{named}"{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()]
        parts.append(f'{named}"file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + content)
        mark = f"--{BOUNDARY}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        return self._send("POST", path, {}, None, body, {"content-type": f"multipart/form-data; boundary={BOUNDARY}"})

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        address: str | None,
        body: str | bytes | None,
        headers: dict[str, str],
    ) -> Any:
        signed = query if address else query | {"api_key": self._key}
        http = {"method": method, "path": path, "sourceIp": address or "10.0.0.1"}
        answer = self._handle(
            {
                "version": "2.0",
                "rawPath": path,
                "rawQueryString": urlencode(signed),
                "headers": {"host": HOST, "x-forwarded-proto": "https", **headers},
                "requestContext": {"domainName": HOST, "http": http},
                "isBase64Encoded": isinstance(body, bytes),
                "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
            }
        )
        assert answer["statusCode"] < 400, f"{method} {path}: {answer}"
        return _content(answer)


def _content(answer: dict[str, Any]) -> Any:
    try:
        return json.loads(answer["body"])
    except ValueError:
        return answer["body"]
