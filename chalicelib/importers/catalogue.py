"""The sources that a site offers, by the names of contract importers.md §1.

| name | source | its fields | daily | needs |
|---|---|---|---|---|
| localCSV | a file: CSV, XLSX, JSON, JSON lines, Ground Truth's manifest | `file` | no | |
| csv | CSV at an address | `csv_url` | yes | |
| json | JSON or JSON lines at an address | `json_url` | yes | |
| gdocs | Google Sheets, the tab of the link | `googledocs_url` | yes | |
| s3 | objects of a bucket, or all media below a prefix | `bucket`, `files-0`… or `prefix`; | no | |
| | | for a private bucket `role_arn` | | |
| iiif | IIIF manifests and collections | `manifest_uri`, `version` | yes | |
| youtube | playlists | `playlist_url` | yes | a key |
| dropbox | files of Dropbox's Chooser | `files-0`… | no | a key, for the page |
| flickr | albums | `album_id` | yes | a key |
| epicollect | Epicollect5 | `epicollect_project`, `epicollect_form`; for a private project | yes | |
| | | `epicollect_client_id`, `epicollect_client_secret` | | |
| twitter | the service that it used was closed | | | |
"""

from collections.abc import Callable, Container

import msgspec

from chalicelib.core.import_gathering import NotOffered, Source, Tools
from chalicelib.importers.sources.csv_url import CsvUrl
from chalicelib.importers.sources.dropbox import Dropbox
from chalicelib.importers.sources.epicollect import Epicollect
from chalicelib.importers.sources.flickr import Flickr
from chalicelib.importers.sources.gdocs import GoogleSheet
from chalicelib.importers.sources.iiif import Iiif
from chalicelib.importers.sources.json_url import JsonUrl
from chalicelib.importers.sources.s3 import S3
from chalicelib.importers.sources.upload import Upload
from chalicelib.importers.sources.youtube import YouTube


class Entry(msgspec.Struct, frozen=True):
    """A source: how it is made, its title for people, whether it may be imported from daily (contract §5), and the
    service whose key it needs."""

    make: Callable[[Tools], Source]
    title: str
    daily: bool = True
    key: str = ""


SOURCES = {
    "localCSV": Entry(lambda tools: Upload(), "CSV, Excel or JSON file", daily=False),
    "csv": Entry(lambda tools: CsvUrl(), "CSV file on the web"),
    "gdocs": Entry(lambda tools: GoogleSheet(), "Google Sheets"),
    "json": Entry(lambda tools: JsonUrl(), "JSON file on the web"),
    "s3": Entry(S3, "Amazon S3 bucket", daily=False),
    "iiif": Entry(Iiif, "IIIF manifest or collection"),
    "youtube": Entry(YouTube, "YouTube playlist", key="youtube"),
    "dropbox": Entry(lambda tools: Dropbox(), "Dropbox", daily=False, key="dropbox"),
    "flickr": Entry(Flickr, "Flickr album", key="flickr"),
    "epicollect": Entry(Epicollect, "Epicollect5"),
}
_GONE = {"twitter": "Twitter closed the service that this importer used."}


def offers(keys: Container[str]) -> dict[str, str]:
    """All sources by name, each with the reason why this site does not offer it, "" for those it does. `keys` holds the
    names of the services that the site has a key for."""
    return {name: _why_not(entry, keys) for name, entry in SOURCES.items()} | _GONE


def source(name: str, tools: Tools) -> Source:
    """The source of a name, for one run. Raises NotOffered."""
    why_not = offers(tools.keys).get(name, f"There is no source called {name[:80]!r}.")
    if why_not:
        raise NotOffered(why_not)
    return SOURCES[name].make(tools)


def _why_not(entry: Entry, keys: Container[str]) -> str:
    if not entry.key or entry.key in keys:
        return ""
    return f"This site has set no key for it ({entry.key}): ask whoever runs the site."
