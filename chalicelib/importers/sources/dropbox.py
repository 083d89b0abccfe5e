"""Files chosen in Dropbox's Chooser (contract importers.md §4.2): `files-0`, `files-1`, … are its JSON objects.

A folder's link gives no address to the files in it, also not through Dropbox's API (their answer in
github.com/dropbox/dropbox-sdk-python, issue 163): they have to be chosen themselves.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib.core import import_gathering as gathering
from chalicelib.core.media import kinds_of, media_info
from chalicelib.importers.fields import Fields

PAGE_FILES = 1000
_PREVIEW = re.compile(r"(?<=[?&])dl=0(?:&|$)")  # ?dl=0 in old links, &dl=0 in those since 2023
_FOLDER = re.compile(r"/sh/[^/]+(?:/[^/]+)?/?|/scl/fo/[^/]+/[^/]+/?")
_CHOSEN_WRONGLY = "This is not a file of Dropbox's Chooser: choose the files again."


class _Chosen(msgspec.Struct):
    name: str
    link: str
    is_dir: bool = msgspec.field(default=False, name="isDir")


class Parameters(gathering.Parameters, frozen=True):
    files: list[str]


class Dropbox:
    shape = Parameters

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        files = given.numbered("files", "Choose files in Dropbox.")
        for advice in filter(None, map(_advice, files)):
            given.wrong("files", advice)
        given.done()
        return Parameters(files)

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        start = int(token or 0)
        end, total = start + PAGE_FILES, len(parameters.files)
        infos = [_info(msgspec.json.decode(text, type=_Chosen)) for text in parameters.files[start:end]]
        return gathering.Page(infos, str(end) if end < total else None, total)


def _advice(text: str) -> str:
    """What is wrong with a chosen file, or nothing."""
    try:
        chosen = msgspec.json.decode(text, type=_Chosen)
        parts = urlsplit(chosen.link)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return _CHOSEN_WRONGLY
    if parts.scheme != "https" or not parts.netloc:
        return f"{chosen.name!r} has no link: choose it again."
    if chosen.is_dir or _FOLDER.fullmatch(parts.path):
        return f"{chosen.name!r} is a folder, and Dropbox gives no links to the files in it: choose the files."
    return ""


def _info(chosen: _Chosen) -> dict[str, Any]:
    raw = chosen.link.replace("dl=0", "raw=1")
    file = _PREVIEW.sub("", chosen.link.replace("www.dropbox.com", "dl.dropboxusercontent.com", 1)).rstrip("?&")
    media = media_info(kinds_of(chosen.name), chosen.name, raw, file)
    return {"filename": chosen.name, "link": chosen.link, "link_raw": raw, **media}
