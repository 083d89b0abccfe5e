"""Google Sheets that everybody with the link may read, exported as CSV (contract importers.md §3.2).

The tab that the link shows (`gid`) is the one that is imported; PYBOSSA always took the first.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalicelib.core import import_gathering as gathering
from chalicelib.importers.fields import Fields
from chalicelib.importers.sources.csv_url import TABLE_TYPES

_HOSTS = {"docs.google.com", "spreadsheets.google.com", "spreadsheets0.google.com"}
_SHEET = re.compile(r"/spreadsheets/(?:u/\d+/)?d/(?P<key>[\w-]{10,})(?:/|$)")
_PUBLISHED = re.compile(r"/spreadsheets/(?:u/\d+/)?d/e/(?P<key>[\w-]{10,})/pub(?:html)?$")
_HINT = "This is no link to a Google Sheet: open the sheet and copy the address of the page."


class Parameters(gathering.Parameters, frozen=True):
    googledocs_url: str


class GoogleSheet:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        url = given.url("googledocs_url", "Paste the link of the Google Sheet.")
        if url and gathering_url(url) is None:
            given.wrong("googledocs_url", _HINT)
        given.done()
        return Parameters(url)

    def file(self, parameters: Parameters) -> gathering.RemoteFile:
        private = "The sheet is not shared: in Google Sheets choose Share, then Anyone with the link, Viewer."
        url = gathering_url(parameters.googledocs_url)
        assert url is not None
        return gathering.RemoteFile(url, "csv", TABLE_TYPES, private)


def gathering_url(link: str) -> str | None:
    """Where the tab of the sheet is to be had as CSV; None when `link` is no link to a sheet."""
    parts = urlsplit(link)
    if parts.hostname not in _HOSTS:
        return None
    if parts.path.endswith("/ccc") and "key" in parse_qs(parts.query):
        return _with_tab(f"https://{parts.hostname}{parts.path}?{parts.query}&output=csv", link)
    if found := _PUBLISHED.match(parts.path):
        return _with_tab(f"https://docs.google.com/spreadsheets/d/e/{found['key']}/pub?single=true&output=csv", link)
    if found := _SHEET.match(parts.path):
        return _with_tab(f"https://docs.google.com/spreadsheets/d/{found['key']}/export?format=csv", link)
    return None


def _with_tab(url: str, link: str) -> str:
    """The tab stands behind `#` where the sheet is edited, and in the query of links that were made to be shared."""
    parts = urlsplit(link)
    told = parse_qs(parts.fragment).get("gid") or parse_qs(parts.query).get("gid") or [""]
    already = "gid" in parse_qs(urlsplit(url).query)
    return f"{url}&{urlencode({'gid': told[0]})}" if told[0].isdecimal() and not already else url
