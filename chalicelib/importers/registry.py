"""Which reader reads which object, by the end of its name (core.imports.READ)."""

from collections.abc import Callable

from chalicelib.core.import_reading import Reader
from chalicelib.core.import_sources import FOLDER
from chalicelib.core.imports import Source
from chalicelib.core.media import kinds_of
from chalicelib.importers.csv_rows import CsvReader
from chalicelib.importers.json_rows import JsonReader
from chalicelib.importers.manifest_rows import ManifestReader
from chalicelib.importers.media_rows import MediaReader
from chalicelib.importers.spool import SpoolReader

SPOOL = "spool"
READERS: dict[str, Callable[[], Reader]] = {
    "csv": CsvReader,
    "json": lambda: JsonReader(strict_lines=False),
    "jsonl": lambda: JsonReader(strict_lines=True),
    "ndjson": lambda: JsonReader(strict_lines=True),
    "manifest": ManifestReader,
    SPOOL: SpoolReader,
}


def reader_of(source: Source) -> Reader | None:
    """A reader for an object, whatever the case of its extension; None when there is none. What is sent
    with a request or gathered is never media: no task could link to it."""
    make = READERS.get(source.key.rpartition(".")[2].lower())
    if make is not None:
        return make()
    kinds = kinds_of(source.key.lower())
    return MediaReader(source.bucket, source.key, kinds) if kinds and source.key.startswith(f"{FOLDER}/") else None


def packed_format(key: str) -> str | None:
    """The format of what an object holds that has to be unpacked before it can be read from the middle, by the end of
    its name: `spool` for a workbook. None of any other object."""
    stem, _, extension = key.lower().rpartition(".")
    if extension == "xlsx":
        return SPOOL
    inner = stem.rpartition(".")[2]
    return inner if extension == "gz" and inner in READERS and inner != SPOOL else None


def readable(name: str) -> bool:
    """Whether a file of this name can be imported."""
    stem, _, extension = name.lower().rpartition(".")
    return bool(stem) and (packed_format(name) is not None or (extension in READERS and extension != SPOOL))
