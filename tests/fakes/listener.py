"""A bare TCP listener on loopback: what it does with each connection is the test's own code."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

Conversation = Callable[[socket.socket], None]


class Listener:
    """Talks to each connection in a thread of its own, by `conversation`. A context manager."""

    def __init__(self, conversation: Conversation, context: ssl.SSLContext | None = None) -> None:
        self._conversation = conversation
        self._context = context
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.connections = 0

    def __enter__(self) -> "Listener":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._context is None:
                self._conversation(connection)
                return
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._conversation(secured)


def request(connection: socket.socket) -> bytes:
    """What the client sent, up to the end of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def saying(*pieces: bytes) -> Conversation:
    """A conversation: hear the request, say the pieces, hang up."""

    def conversation(connection: socket.socket) -> None:
        request(connection)
        for piece in pieces:
            connection.sendall(piece)

    return conversation
