"""Cuts a stream of bytes into rows, in constant memory, whatever the chunks it comes in.

A format says by its `Scan` where a row ends. A row longer than `MOST_ROW_BYTES` is passed over without being kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

MOST_ROW_BYTES = 1_200_000  # three times what a task holds: quoting and escapes take room
START = 0
END = -1
_BREAK = re.compile(rb"\r\n|\n|\r")


class Scan(Protocol):
    def __call__(self, buffer: bytes, at: int, state: int) -> tuple[int, int]:
        """Read on from `at` in `state`: where the row ends with END, or how far the buffer could be read with the
        state there. `START` is the state at the beginning of a row."""


@dataclass(frozen=True)
class Piece:
    """One row's bytes with its terminator. `text` is None when it was too long to keep."""

    text: bytes | None
    size: int
    line: int  # where it starts, from 1
    next_line: int
    end: int  # byte of the object behind it
    state: int  # END, or the state that the object ended in
    last: bytes  # its last byte


@dataclass
class _Cutter:
    """The row being read: its bytes so far and the state of the scan."""

    scan: Scan
    position: int  # byte of the object where the row starts
    line: int
    buffer: bytes = b""
    scanned: int = 0
    state: int = START
    dropped: int = 0  # bytes of a row that is too long, no longer in the buffer
    dropped_lines: int = 0

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        self.buffer += chunk
        start = 0
        while True:
            self.scanned, self.state = self.scan(self.buffer, self.scanned, self.state)
            if self.state != END:
                break
            yield self._cut(start, self.scanned)
            start = self.scanned
            self.state = START
        self.buffer, self.scanned = self.buffer[start:], self.scanned - start
        self._drop_when_long()

    def finish(self) -> Iterator[Piece]:
        """What the object ends with when nothing terminates it."""
        if self.buffer or self.dropped:
            yield self._cut(0, len(self.buffer))

    def _cut(self, start: int, end: int) -> Piece:
        text = self.buffer[start:end]
        size, lines = self.dropped + len(text), self.dropped_lines + count_lines(text)
        kept = text if size <= MOST_ROW_BYTES else None
        piece = Piece(kept, size, self.line, self.line + lines, self.position + size, self.state, text[-1:])
        self.position, self.line, self.dropped, self.dropped_lines = piece.end, piece.next_line, 0, 0
        return piece

    def _drop_when_long(self) -> None:
        if self.dropped + self.scanned > MOST_ROW_BYTES:
            self.dropped_lines += count_lines(self.buffer[: self.scanned])
            self.dropped += self.scanned
            self.buffer, self.scanned = self.buffer[self.scanned :], 0


def count_lines(text: bytes) -> int:
    """Line ends in `text`: LF, CR or both."""
    if b"\r" in text:
        return len(_BREAK.findall(text))
    return text.count(b"\n")


def pieces(chunks: Iterable[bytes], scan: Scan, position: int, line: int) -> Iterator[Piece]:
    """The rows of an object whose bytes from `position` on are `chunks`; `line` is the number of the first line."""
    cutter = _Cutter(scan, position, line)
    for chunk in chunks:
        yield from cutter.feed(chunk)
    yield from cutter.finish()
