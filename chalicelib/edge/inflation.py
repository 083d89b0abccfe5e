"""Decompression with a ceiling: a kilobyte can hold a gigabyte."""

import zlib

from chalicelib.core.outgoing import BadAnswer

GZIP = 16 + zlib.MAX_WBITS


def inflated(encoding: str, content: bytes, most_bytes: int) -> bytes:
    """`content` without its Content-Encoding; raises BadAnswer when it is broken or larger than `most_bytes`."""
    if encoding.strip().lower() in ("", "identity"):
        return content
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise BadAnswer(f"The answer is compressed as {encoding!r}, which was not asked for")
    machine = zlib.decompressobj(GZIP)
    try:
        plain = machine.decompress(content, most_bytes + 1)
    except zlib.error as error:
        raise BadAnswer(f"The answer is not gzip as it says: {error}") from error
    if len(plain) > most_bytes:
        raise BadAnswer(f"The answer is larger than {most_bytes} bytes when decompressed")
    if not machine.eof:
        raise BadAnswer("The answer's gzip data was cut off")
    return plain
