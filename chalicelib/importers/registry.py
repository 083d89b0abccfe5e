"""Which reader reads which file, by the end of its name."""

from collections.abc import Callable

from chalicelib.core.import_reading import Reader
from chalicelib.importers.csv_rows import CsvReader
from chalicelib.importers.json_rows import JsonReader
from chalicelib.importers.manifest_rows import ManifestReader
from chalicelib.importers.spool import SpoolReader

READERS: dict[str, Callable[[], Reader]] = {
    "csv": CsvReader,
    "json": lambda: JsonReader(strict_lines=False),
    "jsonl": lambda: JsonReader(strict_lines=True),
    "manifest": ManifestReader,
    "spool": SpoolReader,
}


def reader_of(key: str) -> Reader | None:
    """A reader for the object called `key`, whatever the case of its extension; None when there is none."""
    make = READERS.get(key.rpartition(".")[2].lower())
    return make() if make else None
