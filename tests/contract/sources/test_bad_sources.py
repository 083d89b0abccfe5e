"""Bad sources, from the request to the record: what becomes of the import, how many tasks it makes, what it says.

Sources, readers and the egress guard are the real ones; what answers is written down (`tests.fakes.recorded`)."""

import gzip
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.core.import_gathering import Listing, Tools
from chalicelib.core.import_reading import Unreadable
from tests.fakes.import_memory import Memory
from tests.fakes.importing import Importing
from tests.fakes.recorded import Said
from tests.fakes.services import (
    FORM,
    IIIF,
    album_page,
    entries,
    entries_page,
    manifest2,
    playlist,
    playlist_page,
    youtube_refusal,
)

FAILED, DONE = "failed", "finished"
TABLE = "https://example.org/t.csv"
DATA = "https://example.org/t.json"
SHEET = "https://docs.google.com/spreadsheets/d/1pqVWkN5J2L_8xQ-abcdefghijklmnopqrstuvwxyz"
SIGN_IN = "https://elsewhere.example.org/ServiceLogin"
HTML = {"Content-Type": "text/html; charset=utf-8"}
CSV = {"csv_url": TABLE}
JSON = {"json_url": DATA}
GDOCS = {"googledocs_url": f"{SHEET}/edit#gid=7"}
TAB = f"{SHEET}/export?format=csv&gid=7"
EPICOLLECT = {"epicollect_project": "bird-survey", "epicollect_form": FORM}
PLAYLIST = {"playlist_url": "https://www.youtube.com/playlist?list=PL1"}
Outcome = tuple[Any, ...]


def csv(body: bytes, status: int = 200, kind: str = "text/csv", **more: str) -> Said:
    return Said(body, status, {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in more.items()}})


def to(location: str, status: int = 302) -> Said:
    return Said(b"", status, {"Location": location})


SOURCES: dict[str, tuple[str, Mapping[str, Any], Mapping[str, Any], Outcome]] = {
    # a table on the web
    "csv: 401": ("csv", CSV, {TABLE: csv(b"", 401)}, (FAILED, 0, (None, "not open to everybody"))),
    "csv: 403": ("csv", CSV, {TABLE: csv(b"", 403)}, (FAILED, 0, (None, "change its permissions"))),
    "csv: 404": ("csv", CSV, {TABLE: csv(b"<html>", 404, "text/html")}, (FAILED, 0, (None, "check the address"))),
    "csv: 410": ("csv", CSV, {TABLE: csv(b"", 410)}, (FAILED, 0, (None, "was deleted"))),
    "csv: 429": ("csv", CSV, {TABLE: csv(b"", 429)}, (FAILED, 0, (None, "status 429. It was tried 8 times"))),
    "csv: 500": ("csv", CSV, {TABLE: csv(b"", 500)}, (FAILED, 0, (None, "status 500. It was tried 8 times"))),
    "csv: 500 and then the file": ("csv", CSV, {TABLE: (csv(b"", 500), csv(b"a\n1\n"))}, (DONE, 1)),
    "csv: a circle of redirects": ("csv", CSV, {TABLE: to(TABLE)}, (FAILED, 0, (None, "redirects more than 3 times"))),
    "csv: a redirect inside": ("csv", CSV, {TABLE: to("https://10.0.0.1/")}, (FAILED, 0, (None, "not on the public"))),
    "csv: a redirect to http": (
        "csv",
        CSV,
        {TABLE: to("http://example.org/")},
        (FAILED, 0, (None, "start with https")),
    ),
    "csv: a redirect to a file": (
        "csv",
        CSV,
        {TABLE: to("file:///etc/passwd")},
        (FAILED, 0, (None, "start with https")),
    ),
    "csv: a redirect to no URL": ("csv", CSV, {TABLE: to("//[")}, (FAILED, 0, (None, "redirects to what is no URL"))),
    "csv: a redirect to nowhere": ("csv", CSV, {TABLE: Said(b"", 302, {})}, (FAILED, 0, (None, "status 302"))),
    "csv: a web page": (
        "csv",
        CSV,
        {TABLE: csv(b"<!DOCTYPE html>", 200, "text/html")},
        (FAILED, 0, (None, "a web page")),
    ),
    "csv: a web page called a table": ("csv", CSV, {TABLE: csv(b"\n<html>")}, (FAILED, 0, (None, "a web page"))),
    "csv: of the wrong kind": (
        "csv",
        CSV,
        {TABLE: csv(b"a\n1\n", 200, "application/octet-stream")},
        (FAILED, 0, (None, "served as text/csv")),
    ),
    "csv: nothing": ("csv", CSV, {TABLE: csv(b"")}, (FAILED, 0, (None, "empty"))),
    "csv: a header": ("csv", CSV, {TABLE: csv(b"a,b\n")}, (DONE, 0)),
    "csv: UTF-16": ("csv", CSV, {TABLE: csv("a,b\n".encode("utf-16"))}, (FAILED, 0, (None, "UTF-16"))),
    "csv: a workbook": ("csv", CSV, {TABLE: csv(b"PK\x03\x04")}, (FAILED, 0, (None, "Excel workbook"))),
    "csv: wrong rows": (
        "csv",
        CSV,
        {TABLE: csv(b"a,n_answers\n1,0\n2,1\n3,4,5\n")},
        (DONE, 1, (2, "n_answers is 0"), (4, "3 cells")),
    ),
    "csv: gzip that is cut off": (
        "csv",
        CSV,
        {TABLE: csv(gzip.compress(b"a\n1\n")[:-5])},
        (FAILED, 0, (None, "cut off")),
    ),
    "csv: a length in two ways": (
        "csv",
        CSV,
        {TABLE: csv(b"a\n1\n", 200, "text/csv", Content_Length="3")},
        (FAILED, 0, (None, "length clearly")),
    ),
    "csv: brotli": ("csv", CSV, {TABLE: csv(b"x", Content_Encoding="br")}, (FAILED, 0, (None, "not asked for"))),
    # JSON on the web
    "json: 404": ("json", JSON, {DATA: Said(b"", 404)}, (FAILED, 0, (None, "check the address"))),
    "json: a web page": ("json", JSON, {DATA: Said(b"<html>", 200, HTML)}, (FAILED, 0, (None, "a web page"))),
    "json: NaN": ("json", JSON, {DATA: Said(b"[NaN,\n1]")}, (DONE, 1, (1, "NaN"))),
    "json: deep": ("json", JSON, {DATA: Said(b"[" + b"[" * 5000 + b"]" * 5000 + b",\n1]")}, (DONE, 1, (1, "not JSON"))),
    "json: 400 KB": ("json", JSON, {DATA: Said(b'["' + b"x" * 409_600 + b'",\n1]')}, (DONE, 1, (1, "409,602 bytes"))),
    # sheets
    "gdocs: not shared, 401": ("gdocs", GDOCS, {TAB: csv(b"", 401)}, (FAILED, 0, (None, "Anyone with the link"))),
    "gdocs: not shared, sign in here": (
        "gdocs",
        GDOCS,
        {TAB: Said(b"<html>Sign in", 200, HTML)},
        (FAILED, 0, (None, "Anyone with the link")),
    ),
    "gdocs: not shared, sign in elsewhere": (
        "gdocs",
        GDOCS,
        {TAB: to(SIGN_IN, 307), SIGN_IN: Said(b"<html>Sign in", 200, HTML)},
        (FAILED, 0, (None, "Anyone with the link")),
    ),
    "gdocs: a tab that is gone": ("gdocs", GDOCS, {TAB: csv(b"", 404)}, (FAILED, 0, (None, "check the address"))),
    "gdocs: wrong rows": (
        "gdocs",
        GDOCS,
        {TAB: csv(b"a,priority_0\r\n1,7\r\n2,1\r\n")},
        (DONE, 1, (2, "priority_0 is 7")),
    ),
    # manifests of pictures
    "iiif: 404": ("iiif", {"manifest_uri": f"{IIIF}/m"}, {f"{IIIF}/m": Said(b"", 404)}, (FAILED, 0, (None, "address"))),
    "iiif: no manifest": (
        "iiif",
        {"manifest_uri": f"{IIIF}/m"},
        {f"{IIIF}/m": {"hello": 1}},
        (FAILED, 0, (None, "not a IIIF manifest")),
    ),
    "iiif: a page without service": (
        "iiif",
        {"manifest_uri": f"{IIIF}/m"},
        {f"{IIIF}/m": manifest2("m", ["a", "", "b"])},
        (DONE, 2, (3, "Canvas 2")),
    ),
    "iiif: a member that is gone": (
        "iiif",
        {"manifest_uri": f"{IIIF}/c"},
        {
            f"{IIIF}/c": {
                "@id": f"{IIIF}/c",
                "@type": "sc:Collection",
                "manifests": [{"@id": f"{IIIF}/gone"}, {"@id": f"{IIIF}/m"}, {"@id": "nowhere"}],
            },
            f"{IIIF}/gone": Said(b"", 404),
            f"{IIIF}/m": manifest2("m", ["a"]),
        },
        (DONE, 1, (1, "Not imported from the collection"), (3, "it has no address")),
    ),
    # services
    "youtube: a private playlist": (
        "youtube",
        PLAYLIST,
        {playlist_page(): youtube_refusal(404, "playlistNotFound")},
        (FAILED, 0, (None, "private")),
    ),
    "youtube: too many questions": (
        "youtube",
        PLAYLIST,
        {playlist_page(): youtube_refusal(403, "quotaExceeded")},
        (FAILED, 0, (None, "tomorrow")),
    ),
    "youtube: an entry that is no video": (
        "youtube",
        PLAYLIST,
        playlist(["video-00001", "<script>"]),
        (DONE, 1, (2, "no video")),
    ),
    "youtube: the same video twice": ("youtube", PLAYLIST, playlist(["video-00001"] * 3), (DONE, 1)),
    "flickr: no album": (
        "flickr",
        {"album_id": "7"},
        {album_page(): {"stat": "fail", "code": 1, "message": "Photoset not found"}},
        (FAILED, 0, (None, "no such album")),
    ),
    "epicollect: a private project": (
        "epicollect",
        EPICOLLECT,
        {entries_page(): Said({"errors": [{"title": "Private."}]}, 404)},
        (FAILED, 0, (None, "for a private project give the client")),
    ),
    "epicollect: numbers that cannot be kept": (
        "epicollect",
        EPICOLLECT,
        entries([{"a": 1}, {"a": 10**30}, {"a": 2}]),
        (DONE, 2, (2, "cannot be kept")),
    ),
    "epicollect: an entry of 400 KB": (
        "epicollect",
        EPICOLLECT,
        entries([{"a": "x" * 409_600}, {"a": 2}]),
        (DONE, 1, (1, "409,608 bytes")),
    ),
    "s3: a bucket that is not there": (
        "s3",
        {"bucket": "gone", "prefix": ""},
        {},
        (FAILED, 0, (None, "no bucket here")),
    ),
}


def no_bucket(bucket: str, prefix: str, after: str) -> Listing:
    raise Unreadable("There is no bucket here.")


@pytest.mark.parametrize(("type", "fields", "answers", "expected"), SOURCES.values(), ids=SOURCES)
def test_a_bad_source_says_what_to_change_and_gives_its_good_rows(type, fields, answers, expected, play):
    memory = Memory()
    keys = {"youtube": "THE-KEY", "flickr": "THE-KEY"}
    importing = Importing(2, 1, 65_536, memory, memory, Tools(play(answers).web, keys, no_bucket))
    record = importing.ask(importing.wanted(type, **fields))
    errors = importing.imports.errors(record.id)
    assert (record.state, record.tasks_made) == expected[:2], errors
    assert [error.line for error in errors] == [line for line, _ in expected[2:]], errors
    assert all(words in error.reason for error, (_, words) in zip(errors, expected[2:], strict=True)), errors
    assert record.tasks_made == len(memory.tasks)
    assert not any("THE-KEY" in error.reason for error in errors)


def test_an_object_that_is_deleted_before_it_is_read_or_in_the_middle_says_so_and_keeps_its_rows():
    for rows_before, made in ((0, 0), (1, 2)):
        memory = Memory()
        importing = Importing(2, records=memory, batches=memory)
        record = importing.imports.start_from_event(importing.upload("t.csv", b"a\n1\n2\n3\n4\n"))
        assert record is not None
        for _ in range(2 * rows_before):
            importing.imports.run(importing.queue.pop(), lambda: 0.0)
        importing.drawer.content.clear()
        importing.drain()
        ended = importing.record(record.id)
        assert (ended.state, ended.tasks_made, len(memory.tasks)) == (FAILED, made, made)
        assert "deleted" in importing.imports.errors(record.id)[0].reason


def test_a_key_that_was_taken_back_says_so(play):
    memory = Memory()
    importing = Importing(records=memory, batches=memory, tools=Tools(play({}).web, {"flickr": "THE-KEY"}, no_bucket))
    wanted = importing.wanted("flickr", album_id="7")
    without = Importing(records=memory, batches=memory, tools=Tools(play({}).web, {}, no_bucket))
    record = without.ask(wanted)
    assert record.state == FAILED
    assert "ask whoever runs the site" in without.imports.errors(record.id)[0].reason
