"""A file from somebody's computer (contract importers.md §3.3). It is put into our own bucket first; of the source
there is only its name, which tells the format."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import import_gathering as gathering
from chalicelib.importers.fields import Fields

FORMATS = {
    "csv": "csv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "manifest": "manifest",
    "xlsx": "xlsx",  # which is gathered (importers.xlsx_lines), the others are imported as they are
}


class Parameters(gathering.Parameters, frozen=True):
    file: str


class Upload:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        """`file` is the name of the file that was sent."""
        given = Fields(fields)
        name = given.text("file", "Choose a file.")
        if name and format_of(name) is None:
            given.wrong("file", f"This is not a file for import: its name must end in one of {', '.join(FORMATS)}.")
        given.done()
        return Parameters(name)


def format_of(name: str) -> str | None:
    """What the reader is asked for; None for names of other files."""
    stem, _, extension = name.rpartition(".")
    return FORMATS.get(extension.lower()) if stem else None
