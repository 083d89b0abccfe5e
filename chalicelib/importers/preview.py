"""The first records of a source as they would be stored, before anything is.

Of a file only its beginning is read: a CSV column that is a number there and text further down is shown as a number.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from chalicelib.core.import_gathering import FileSource, PagedSource, Parameters, Place, Web, gather
from chalicelib.core.import_reading import Progress, Row
from chalicelib.importers.registry import READERS
from chalicelib.importers.remote_files import streamed
from chalicelib.importers.spool import lines_of

RECORDS = 5
MOST_PAGES = 20  # members of a IIIF collection may be empty
MOST_BYTES = 1 << 20
SECONDS = 15.0


def preview(source: PagedSource | FileSource, parameters: Parameters, web: Web) -> list[Row]:
    """Up to five rows, good and bad. Raises Unreadable, TryLater."""
    if isinstance(source, FileSource):
        file = source.file(parameters)
        return first_rows(file.format, streamed(web, file, SECONDS))
    return first_rows("spool", _lines(source, parameters))


def first_rows(file_format: str, chunks: Iterable[bytes]) -> list[Row]:
    """The first rows of a file whose bytes are `chunks`. Raises Unreadable."""
    beginning = _beginning(chunks)
    reader, progress = READERS[file_format](), Progress()
    for _ in reader.survey([beginning], progress):
        pass
    progress.begin_rows()
    return list(islice(reader.rows([beginning[progress.position :]], progress), RECORDS))


def _lines(source: PagedSource, parameters: Parameters) -> Iterator[bytes]:
    found = 0
    for page, _ in islice(gather(source, parameters, Place()), MOST_PAGES):
        yield lines_of(page)
        found += len(page.infos)
        if found >= RECORDS:
            return


def _beginning(chunks: Iterable[bytes]) -> bytes:
    """Up to the end of a line where the file is longer, so that no row and no letter is cut in two."""
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) > MOST_BYTES:
            whole, _, _ = beginning[:MOST_BYTES].rpartition(b"\n")
            return whole + b"\n" if whole else beginning
    return beginning
