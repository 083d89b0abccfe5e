"""What a service may do wrong, each to every source that asks one: never a crash, always a reason."""

import pytest

from chalicelib.core.import_gathering import TryLater
from chalicelib.core.import_reading import Unreadable
from tests.fakes.recorded import Said
from tests.fakes.services import (
    FORM,
    IIIF,
    album,
    album_page,
    entries,
    entries_page,
    manifest2,
    playlist,
    playlist_page,
)

SOURCES = {
    "youtube": ({"playlist_url": "https://youtube.com/playlist?list=PL1"}, playlist_page(), playlist(["video-00001"])),
    "flickr": ({"album_id": "7"}, album_page(), album(["A"])),
    "epicollect": (
        {"epicollect_project": "bird-survey", "epicollect_form": FORM},
        entries_page(),
        entries([{"a": 1}]),
    ),
    "iiif": ({"manifest_uri": f"{IIIF}/m"}, f"{IIIF}/m", {f"{IIIF}/m": manifest2("m", ["a"])}),
}
HTML = {"Content-Type": "text/html"}
ANSWERS = {
    "401": (Said(b"{}", 401), Unreadable),
    "403": (Said(b"{}", 403), Unreadable),
    "404": (Said(b"{}", 404), Unreadable),
    "404 as a web page": (Said(b"<!DOCTYPE html><html>Not found", 404, HTML), Unreadable),
    "429": (Said(b"", 429, {"Retry-After": "7"}), TryLater),
    "500": (Said(b"<html>", 500, HTML), TryLater),
    "503": (Said(b"", 503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), TryLater),
    "204": (Said(b"", 204), Unreadable),
    "a web page": (Said(b"\xef\xbb\xbf\n<html><body>Sign in", headers=HTML), Unreadable),
    "nothing": (Said(b""), Unreadable),
    "cut off": (Said(b'{"items": [{"snip'), Unreadable),
    "an array": (Said([]), Unreadable),
    "null": (Said(b"null"), Unreadable),
    "another object": (Said({"hello": "world"}), Unreadable),
    "text where lists belong": (
        Said({"items": "x", "stat": "ok", "photoset": "x", "meta": 1, "data": [], "type": "Manifest", "id": 1}),
        Unreadable,
    ),
    "deep": (Said(b"[" * 200_000), Unreadable),
    "deep inside": (Said(b'{"items": [{"x": ' + b'{"a":' * 200_000), Unreadable),
    "Latin-1": (Said('{"items": "é"}'.encode("latin-1")), Unreadable),
    "UTF-16": (Said('{"items": []}'.encode("utf-16")), Unreadable),
    "NaN": (Said(b'{"items": NaN}'), Unreadable),
    "too large": (Said(b" " * ((16 << 20) + 1)), Unreadable),
    "brotli": (Said(b"abc", headers={"Content-Encoding": "br"}), Unreadable),
    "a gzip bomb's head": (Said(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), Unreadable),
    "a redirect inside": (Said(b"", 302, {"Location": "https://169.254.169.254/latest/"}), Unreadable),
    "a redirect to http": (Said(b"", 302, {"Location": "http://example.org/"}), Unreadable),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(("said", "error"), ANSWERS.values(), ids=ANSWERS)
def test_a_bad_answer_is_a_reason_and_no_crash(name, said, error, gathered):
    fields, address, _ = SOURCES[name]
    with pytest.raises(error) as caught:
        gathered(name, fields, {address: said})
    assert str(caught.value).endswith(".")
    assert "THE-KEY" not in str(caught.value)


@pytest.mark.parametrize("name", SOURCES)
def test_redirects_in_a_circle_are_stopped(name, gathered):
    fields, address, _ = SOURCES[name]
    with pytest.raises(Unreadable, match="redirects more than 3 times"):
        gathered(name, fields, {address: Said(b"", 302, {"Location": address})})


@pytest.mark.parametrize("name", SOURCES)
def test_a_redirect_that_ends_somewhere_is_followed(name, gathered):
    fields, address, answers = SOURCES[name]
    moved = "https://elsewhere.example.org/moved"
    redirected = {address: Said(b"", 302, {"Location": moved}), moved: answers[address]}
    assert gathered(name, fields, redirected) == gathered(name, fields, answers)


@pytest.mark.parametrize("name", SOURCES)
def test_a_byte_order_mark_and_a_body_in_gzip_do_no_harm(name, gathered):
    import gzip
    import json

    fields, address, answers = SOURCES[name]
    body = gzip.compress(b"\xef\xbb\xbf" + json.dumps(answers[address]).encode())
    said = Said(body, headers={"Content-Encoding": "gzip"})
    assert gathered(name, fields, {address: said}) == gathered(name, fields, answers)


@pytest.mark.parametrize("name", SOURCES)
def test_a_server_that_is_not_there_is_tried_later(name, offline):
    from chalicelib.importers.catalogue import source

    paged = source(name, offline)
    with pytest.raises(TryLater, match="could not be reached"):
        paged.page(paged.check(SOURCES[name][0]), None)
