"""CSV at a web address (contract importers.md §3.1)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core import import_gathering as gathering
from chalicelib.importers.fields import Fields

TABLE_TYPES = ("text/csv", "text/plain")
COMPRESSED_TYPES = ("application/gzip", "application/x-gzip")


class Parameters(gathering.Parameters, frozen=True):
    csv_url: str


class CsvUrl:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        parameters = Parameters(given.url("csv_url", "Paste the web address of the CSV file."))
        given.done()
        return parameters

    def file(self, parameters: Parameters) -> gathering.RemoteFile:
        private = "The file is not open to everybody: change its permissions, or upload it here."
        return gathering.RemoteFile(parameters.csv_url, "csv", TABLE_TYPES + COMPRESSED_TYPES, private)
