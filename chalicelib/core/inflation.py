"""Decompression with a ceiling: a kilobyte can hold a gigabyte."""

import zlib
from collections.abc import Iterable, Iterator

from chalicelib.core.outgoing import BadAnswer

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
PIECE_BYTES = 64 * 1024
PADDING = b"\0"  # between and behind members, as tapes and some servers have it


def inflated(encoding: str, chunks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """`chunks` without their Content-Encoding; raises BadAnswer when that is broken, unknown, or when more than
    `most_bytes` come out."""
    if encoding.strip().lower() in ("", "identity"):
        yield from chunks
    elif encoding.strip().lower() in ("gzip", "x-gzip"):
        yield from unzipped(chunks, most_bytes)
    else:
        raise BadAnswer(f"The answer is compressed as {encoding!r}, which was not asked for")


def unzipped(chunks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """Gzip data, of one member or several one after another, in pieces of at most 64 KB. Raises BadAnswer."""
    machine, size = None, 0
    for chunk in chunks:
        rest = chunk if machine else chunk.lstrip(PADDING)
        while rest:
            machine = machine or zlib.decompressobj(_GZIP)
            plain = _piece(machine, rest)
            size += len(plain)
            if size > most_bytes:
                raise BadAnswer(f"The answer is larger than {most_bytes} bytes when decompressed")
            yield plain
            rest = machine.unused_data.lstrip(PADDING) if machine.eof else machine.unconsumed_tail
            machine = None if machine.eof else machine
    if machine is not None:
        raise BadAnswer("The answer's gzip data was cut off")


def _piece(machine: "zlib._Decompress", content: bytes) -> bytes:
    try:
        return machine.decompress(content, PIECE_BYTES)
    except zlib.error as error:
        raise BadAnswer(f"The answer is not gzip as it says: {error}") from error
