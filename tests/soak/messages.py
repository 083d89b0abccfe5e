"""HTTP/1.1 messages as whole pieces, for proxies that pass them on untouched."""

import asyncio
from dataclasses import dataclass

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
HEAD_BYTES = 256 * 1024


@dataclass(frozen=True)
class Message:
    """A request or an answer; `head` with its empty line."""

    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Its value, empty without one. `name` in small letters."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip()
        return b""


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next one. Raises one of BROKEN, when the other side has hung up too."""
    head = Message(await reader.readuntil(b"\r\n\r\n"), b"")
    if head.header(b"transfer-encoding"):
        raise OSError("a message in chunks: the proxy takes whole ones only")
    return Message(head.head, await reader.readexactly(int(head.header(b"content-length") or 0)))


def answer(status: bytes, content_type: bytes, body: bytes) -> Message:
    """One of the proxy's own."""
    head = b"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (status, content_type, len(body))
    return Message(head, body)


class Upstream:
    """Kept-alive connections to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._idle: list[Streams] = []

    async def exchange(self, request: Message) -> Message:
        """The server's answer. Raises one of BROKEN."""
        reader, writer = await self._connect()
        try:
            writer.write(request.head + request.body)
            await writer.drain()
            given = await read_message(reader)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return given

    async def _connect(self) -> Streams:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*self._place, limit=HEAD_BYTES)
