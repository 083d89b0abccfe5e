"""Reads a whole object from memory with the importers' own readers, in chunks of any size."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from chalicelib.core.import_reading import Progress, Row
from chalicelib.core.imports import Source
from chalicelib.importers.registry import reader_of

CHUNK_BYTES = 65_536


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`data` in pieces that end at `cuts`."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[start:end] for start, end in pairwise(places)]


def read(name: str, data: bytes, chunk: int = CHUNK_BYTES) -> list[Row]:
    """Both passes over an object called `name`. Raises Unreadable."""
    reader = reader_of(Source("bucket", name))
    assert reader is not None
    progress = Progress()
    for _ in reader.survey(_chunks(data, 0, chunk), progress):
        pass
    progress.begin_rows()
    rows = list(reader.rows(_chunks(data, progress.position, chunk), progress))
    assert progress.position == len(data)
    return rows


def _chunks(data: bytes, position: int, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(position, len(data), size))


def infos(rows: Iterable[Row]) -> list[object]:
    """What the good rows would store."""
    return [row.new.info for row in rows if row.new is not None]


def reasons(rows: Iterable[Row]) -> list[tuple[int, str]]:
    """Line and reason of each bad row."""
    return [(row.line, row.reason) for row in rows if row.new is None]
