"""JSON at a web address: an array, or one value per line. Beyond PYBOSSA."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core import import_gathering as gathering
from chalicelib.importers.fields import Fields
from chalicelib.importers.sources.csv_url import COMPRESSED_TYPES

JSON_TYPES = ("json", "text/plain", *COMPRESSED_TYPES)  # also application/x-ndjson and application/jsonl
LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


class Parameters(gathering.Parameters, frozen=True):
    json_url: str


class JsonUrl:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        parameters = Parameters(given.url("json_url", "Paste the web address of the JSON file."))
        given.done()
        return parameters

    def file(self, parameters: Parameters) -> gathering.RemoteFile:
        lines = urlsplit(parameters.json_url).path.lower().endswith(LINES)
        private = "The file is not open to everybody: change its permissions, or upload it here."
        return gathering.RemoteFile(parameters.json_url, "jsonl" if lines else "json", JSON_TYPES, private)
