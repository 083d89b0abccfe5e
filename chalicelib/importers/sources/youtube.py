"""Playlists of YouTube (contract importers.md §4.6; Google: "YouTube Data API, PlaylistItems: list")."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from chalicelib.core import import_gathering as gathering
from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.core.outgoing import Answer
from chalicelib.importers.answers import asked, decoded, refuse_status
from chalicelib.importers.fields import Fields

API = "https://www.googleapis.com/youtube/v3/playlistItems"
PAGE_VIDEOS = 50
_HOSTS = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be"}
_VIDEO = re.compile(r"[\w-]{1,64}", re.ASCII)  # it goes into HTML
_WHERE = "The playlist"
_BUSY = {"rateLimitExceeded", "userRateLimitExceeded"}  # with status 403
_REASONS = {
    "playlistNotFound": "There is no such playlist, or it is private: make it public or unlisted.",
    "playlistItemsNotAccessible": "The playlist is private: make it public or unlisted.",
    "quotaExceeded": "The site has asked YouTube as often as it may today: try again tomorrow.",
}


class _Named(msgspec.Struct, rename="camel"):
    video_id: str | None = None


class _Snippet(msgspec.Struct, rename="camel"):
    resource_id: _Named


class _Item(msgspec.Struct):
    snippet: _Snippet


class _Counts(msgspec.Struct, rename="camel"):
    total_results: int | None = None


class _Items(msgspec.Struct, rename="camel"):
    items: list[_Item]
    next_page_token: str | None = None
    page_info: _Counts = msgspec.field(default_factory=_Counts)


class _Cause(msgspec.Struct):
    reason: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    errors: list[_Cause] = []


class _Refusal(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


class Parameters(gathering.Parameters, frozen=True):
    playlist_url: str


class YouTube:
    shape = Parameters

    def __init__(self, tools: gathering.Tools) -> None:
        self._web, self._keys = tools.web, tools.keys

    def check(self, fields: Mapping[str, Any]) -> Parameters:
        given = Fields(fields)
        url = given.url("playlist_url", "Paste the link of the playlist.")
        if url and urlsplit(url).hostname not in _HOSTS:
            given.wrong("playlist_url", "This is not a link to YouTube.")
        elif url and not _playlist(url):
            given.wrong("playlist_url", "This link names no playlist: open the playlist and copy the link with list=…")
        given.done()
        return Parameters(url)

    def page(self, parameters: Parameters, token: str | None) -> gathering.Page:
        query = {"part": "snippet", "maxResults": PAGE_VIDEOS, "playlistId": _playlist(parameters.playlist_url)}
        turn = {"pageToken": token} if token else {}
        answer = asked(self._web, f"{API}?{urlencode(query | turn | {'key': self._keys['youtube']})}", _WHERE)
        _refuse(answer)
        found = decoded(answer.body, _Items, _WHERE)
        videos = [item.snippet.resource_id.video_id or "" for item in found.items]
        return gathering.Page(
            [_info(video) for video in videos if _VIDEO.fullmatch(video)],
            found.next_page_token or None,
            found.page_info.total_results,
            [f"An entry of the playlist is no video: {video!r}." for video in videos if not _VIDEO.fullmatch(video)],
        )


def _playlist(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("list", [""])[0]


def _refuse(answer: Answer) -> None:
    if 400 <= answer.status < 500 and answer.status != 429:
        error = decoded(answer.body, _Refusal, f"{_WHERE} (status {answer.status})").error
        cause = error.errors[0].reason if error.errors else ""
        if cause in _BUSY:
            raise TryLater("YouTube is asked too often at present.")
        raise Unreadable(_REASONS.get(cause, f"YouTube refused: {error.message or cause or answer.status}."))
    refuse_status(answer.status, answer.headers, _WHERE)


def _info(video: str) -> dict[str, Any]:
    embedded = (
        f'<iframe width="512" height="512" src="https://www.youtube.com/embed/{video}" frameborder="0" '
        "allowfullscreen></iframe>"
    )
    return {"video_url": f"https://www.youtube.com/watch?v={video}", "oembed": embedded}
