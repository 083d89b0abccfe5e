"""Albums of Flickr (contract importers.md §4.3; Flickr: "flickr.photosets.getPhotos")."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from chalicelib.core import import_gathering as gathering
from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.answers import read
from chalicelib.importers.fields import Fields

API = "https://api.flickr.com/services/rest/"
_ALBUM = re.compile(r"(?:https?://(?:www\.)?flickr\.com/photos/[^/]+/(?:albums|sets)/)?(\d+)/?(?:\?.*)?")
_BUSY = {105, 106}  # "Service currently unavailable", "Write operation failed"
_REASONS = {1: "There is no such album, or it is private.", 2: "There is no such album, or it is private."}
_WHERE = "The album"


class _Photo(msgspec.Struct):
    id: str
    secret: str
    server: str
    farm: int
    title: str = ""


class _Album(msgspec.Struct):
    owner: str
    photo: list[_Photo]
    pages: int
    total: int


class _Answer(msgspec.Struct):
    stat: str
    photoset: _Album | None = None
    code: int = 0
    message: str = ""


class Parameters(gathering.Parameters, frozen=True):
    album_id: str


class Flickr:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._web, self._keys = tools.web, tools.keys

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        text = given.text("album_id", "Give the album's number or its address.")
        album = _ALBUM.fullmatch(text)
        if text and album is None:
            given.wrong("album_id", "This is not an album: give its number or the address of its page.")
        given.done()
        return Parameters(album[1] if album else "")

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        number = int(token or 1)
        album = self._album(parameters.album_id, number)
        infos = [_info(photo, album.owner) for photo in album.photo]
        return gathering.Page(infos, str(number + 1) if number < album.pages else None, album.total)

    def _album(self, album_id: str, number: int) -> _Album:
        query = {
            "method": "flickr.photosets.getPhotos",
            "api_key": self._keys["flickr"],
            "photoset_id": album_id,
            "format": "json",
            "nojsoncallback": 1,
            "page": number,
        }
        answer = read(self._web, f"{API}?{urlencode(query)}", _Answer, _WHERE)
        if answer.stat == "ok" and answer.photoset is not None:
            return answer.photoset
        if answer.code in _BUSY:
            raise TryLater(f"Flickr is busy: {answer.message}.")
        raise Unreadable(_REASONS.get(answer.code, f"Flickr refused: {answer.message or answer.code}."))


def _info(photo: _Photo, owner: str) -> dict[str, Any]:
    url = f"https://farm{photo.farm}.staticflickr.com/{photo.server}/{photo.id}_{photo.secret}"
    return {
        "title": photo.title,
        "url": f"{url}.jpg",
        "url_m": f"{url}_m.jpg",
        "url_b": f"{url}_b.jpg",
        "link": f"https://www.flickr.com/photos/{owner}/{photo.id}",
    }
