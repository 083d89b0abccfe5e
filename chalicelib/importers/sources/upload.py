"""A file from somebody's computer (contract importers.md §3.3). It is put into our own bucket first; of the source
there is only its name, which tells the format."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import import_gathering as gathering
from chalicelib.core.imports import READ
from chalicelib.importers.fields import Fields
from chalicelib.importers.registry import readable


class Parameters(gathering.Parameters, frozen=True):
    file: str


class Upload:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        """`file` is the name of the file that was sent."""
        given = Fields(fields)
        name = given.text("file", "Choose a file.")
        if name and not readable(name):
            given.wrong("file", f"This is not a file for import: its name must end in {READ}.")
        given.done()
        return Parameters(name)

