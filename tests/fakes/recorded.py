"""The web as far as it was written down: answers of services, by the address that they are asked at, over TLS.

The egress guard in front is the real one under the rules of a deployment; only the resolver and the dialler are the
tests' own, so that every name leads here.
"""

import json
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from chalicelib.edge.egress import Egress
from chalicelib.edge.targets import PUBLIC
from tests.fakes.certificate import Certificate
from tests.fakes.listener import Listener, request

HOSTS = [
    "www.googleapis.com",
    "docs.google.com",
    "api.flickr.com",
    "five.epicollect.net",
    "photos.s3.amazonaws.com",
    "example.org",
    "elsewhere.example.org",
]


class Said(msgspec.Struct, frozen=True):
    """An answer; `body` that is no bytes is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})

    def written(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = [f"HTTP/1.1 {self.status} Said", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*head, "", ""]).encode() + body


NOT_RECORDED = Said(b"nobody wrote down what is here", 418)


class Recorded:
    """`answers` by address: an answer, or a tuple of them that come one after another, the last one again and again.
    What is neither Said nor a tuple is the body of an answer. A context manager; `web` is the egress guard that leads
    here, `heard` are the requests as (method and address, head, body)."""

    def __init__(self, certificate: Certificate, answers: Mapping[str, Any]) -> None:
        self._certificate = certificate
        self._answers = {address: [*told] if isinstance(told, tuple) else [told] for address, told in answers.items()}
        self.heard: list[tuple[str, str, bytes]] = []

    def __enter__(self) -> "Recorded":
        self._listener = Listener(self._talk, self._certificate.server()).__enter__()
        self.web = Egress(PUBLIC, lambda host, port: ["93.184.215.14"], self._dial, trust=self._certificate.client)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.__exit__()

    def _dial(self, address: tuple[str, int], seconds: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._listener.port), seconds)

    def _talk(self, connection: socket.socket) -> None:
        head, _, body = request(connection).partition(b"\r\n\r\n")
        first, *rest = head.decode().split("\r\n")
        method, path, _ = first.split(" ")
        host = next(line.removeprefix("Host: ") for line in rest if line.startswith("Host: "))
        address = f"https://{host}{path}"
        self.heard.append((f"{method} {address}", head.decode(), body))
        told = self._answers.get(address, [NOT_RECORDED])
        answer = told.pop(0) if len(told) > 1 else told[0]
        connection.sendall((answer if isinstance(answer, Said) else Said(answer)).written())
