"""What each import's source gives, piece by piece: pages of a service, a file on the web, a compressed file, a workbook
(the port `core.import_gatherer.Sources`)."""

from collections.abc import Callable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any

import msgspec

from chalicelib.core.import_gatherer import Piece
from chalicelib.core.import_gathering import FileSource, PagedSource, Parameters, Place, Source, Tools, gather
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.imports import Record
from chalicelib.core.imports import Source as Object
from chalicelib.core.inflation import unzipped
from chalicelib.core.outgoing import OutgoingFailure
from chalicelib.importers import catalogue
from chalicelib.importers.registry import SPOOL, packed_format
from chalicelib.importers.remote_files import MOST_FILE_BYTES, streamed
from chalicelib.importers.spool import lines_of
from chalicelib.importers.xlsx_lines import lines_of_workbook

MOST_WORKBOOK_BYTES = 256 << 20  # as the file lies there; a function's own disk has half a gigabyte
_WHOLE = Place(over=True)


class Gathering:
    """`tools` are for imports into a project; `objects` reads an object's bytes; `unsealed` gives back the parameters
    that are shown to nobody."""

    def __init__(
        self,
        tools: Callable[[int | None], Tools],
        objects: Callable[[Object, int], Iterator[bytes]],
        unsealed: Callable[[str], Mapping[str, Any]],
    ) -> None:
        self._tools = tools
        self._objects = objects
        self._unsealed = unsealed

    def format(self, record: Record) -> str:
        """Of what is gathered. Raises NotOffered."""
        if record.source is not None:
            return packed_format(record.source.key) or SPOOL
        source = self._source(record)
        return source.file(self._parameters(record)).format if isinstance(source, FileSource) else SPOOL

    def pieces(self, record: Record, seconds: float) -> Iterator[Piece]:
        """From the record's place on. Raises Unreadable, TryLater, NotOffered."""
        if record.source is not None:
            return unpacked(record.source.key, self._objects(record.source, 0))
        source, parameters = self._source(record), self._parameters(record)
        if isinstance(source, FileSource):
            return _whole(streamed(self._tools(record.project_id).web, source.file(parameters), seconds))
        assert isinstance(source, PagedSource)
        return _pages(source, parameters, record.place or Place())

    def _parameters(self, record: Record) -> Parameters:
        return msgspec.convert({**record.parameters, **self._unsealed(record.sealed)}, self._source(record).shape)

    def _source(self, record: Record) -> Source:
        return catalogue.source(record.type, self._tools(record.project_id))


def _pages(source: PagedSource, parameters: Parameters, place: Place) -> Iterator[Piece]:
    for page, behind in gather(source, parameters, place):
        yield Piece(lines_of(page), behind, len(page.infos) + len(page.wrong), page.total)


def _whole(chunks: Iterator[bytes]) -> Iterator[Piece]:
    for chunk in chunks:
        yield Piece(chunk, None)
    yield Piece(b"", _WHOLE)


def unpacked(key: str, chunks: Iterator[bytes]) -> Iterator[Piece]:
    """What a compressed file or a workbook holds. Raises Unreadable."""
    if packed_format(key) == SPOOL:
        yield from _sheet(chunks)
        return
    try:
        yield from _whole(unzipped(chunks, MOST_FILE_BYTES))
    except OutgoingFailure as error:
        raise Unreadable(f"The file cannot be unpacked: {error}. Compress it anew with gzip.") from error


def _sheet(chunks: Iterator[bytes]) -> Iterator[Piece]:
    """A workbook has to lie in a file: its directory is at its end."""
    with TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
            if file.tell() > MOST_WORKBOOK_BYTES:
                raise Unreadable("The workbook is too large: export the sheet as CSV.")
        file.seek(0)
        for line in lines_of_workbook(file):
            yield Piece(line, None, 1)
    yield Piece(b"", _WHOLE)
