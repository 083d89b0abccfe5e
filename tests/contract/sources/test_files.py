"""Files on the web (contract importers.md §3.1, §3.2) and from somebody's computer (§3.3)."""

import gzip

import pytest

from chalicelib.core.import_gathering import BadParameters, FileSource, Tools, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.catalogue import source
from chalicelib.importers.remote_files import streamed
from chalicelib.importers.sources.csv_url import CsvUrl
from chalicelib.importers.sources.gdocs import GoogleSheet, gathering_url
from chalicelib.importers.sources.json_url import JsonUrl
from chalicelib.importers.sources.upload import Upload
from tests.fakes.recorded import Said

KEY = "1pqVWkN5J2L_8xQ-abcdefghijklmnopqrstuvwxyz"
SHEETS = "https://docs.google.com/spreadsheets"
TABLE = "https://example.org/birds.csv"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (f"{SHEETS}/d/{KEY}/edit", f"{SHEETS}/d/{KEY}/export?format=csv"),
        (f"{SHEETS}/d/{KEY}/edit?usp=sharing", f"{SHEETS}/d/{KEY}/export?format=csv"),
        (f"{SHEETS}/d/{KEY}/edit#gid=4711", f"{SHEETS}/d/{KEY}/export?format=csv&gid=4711"),
        (f"{SHEETS}/d/{KEY}/edit?gid=4711#gid=4711", f"{SHEETS}/d/{KEY}/export?format=csv&gid=4711"),
        (f"{SHEETS}/d/{KEY}/edit?gid=1#gid=2", f"{SHEETS}/d/{KEY}/export?format=csv&gid=2"),
        (f"{SHEETS}/d/{KEY}/edit#gid=x&y=1", f"{SHEETS}/d/{KEY}/export?format=csv"),
        (f"{SHEETS}/u/1/d/{KEY}/edit#gid=0", f"{SHEETS}/d/{KEY}/export?format=csv&gid=0"),
        (f"{SHEETS}/d/{KEY}", f"{SHEETS}/d/{KEY}/export?format=csv"),
        (f"{SHEETS}/d/{KEY}/view", f"{SHEETS}/d/{KEY}/export?format=csv"),
        (f"{SHEETS}/d/{KEY}/export?format=csv&gid=5", f"{SHEETS}/d/{KEY}/export?format=csv&gid=5"),
        (f"{SHEETS}/d/e/2PACX-{KEY}/pubhtml", f"{SHEETS}/d/e/2PACX-{KEY}/pub?single=true&output=csv"),
        (
            f"{SHEETS}/d/e/2PACX-{KEY}/pubhtml?gid=3&single=true",
            f"{SHEETS}/d/e/2PACX-{KEY}/pub?single=true&output=csv&gid=3",
        ),
        (
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl&usp=sharing",
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl&usp=sharing&output=csv",
        ),
        (
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl#gid=2",
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl&output=csv&gid=2",
        ),
        (
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl&gid=3",
            "https://docs.google.com/spreadsheet/ccc?key=0AsNl&gid=3&output=csv",
        ),
        ("https://spreadsheets.google.com/ccc?key=0A", "https://spreadsheets.google.com/ccc?key=0A&output=csv"),
        (f"https://docs.google.com/document/d/{KEY}/edit", None),
        (f"https://drive.google.com/file/d/{KEY}/view", None),
        (f"https://docs.google.com.example.org/spreadsheets/d/{KEY}/edit", None),
    ],
)
def test_a_link_to_a_sheet_leads_to_the_csv_of_its_tab(link, url):
    assert gathering_url(link) == url


def sent(name: str, fields: dict[str, str], said: Said, play, offline: Tools) -> bytes:
    """What is gathered from a file source."""
    found = source(name, offline)
    assert isinstance(found, FileSource)
    file = found.file(found.check(fields))
    return b"".join(streamed(play({file.url: said}).web, file, 5.0))


def csv(body: bytes = b"a,b\n1,2\n", status: int = 200, kind: str = "text/csv; charset=utf-8") -> Said:
    return Said(body, status, {"Content-Type": kind})


@pytest.mark.parametrize(
    ("name", "fields", "kind", "body"),
    [
        ("csv", {"csv_url": TABLE}, "text/csv", b"a,b\n"),
        ("csv", {"csv_url": TABLE}, "text/plain; charset=utf-8", b"a,b\n"),
        ("json", {"json_url": TABLE}, "application/json", b"[1]"),
        ("json", {"json_url": TABLE}, "application/x-ndjson", b"1\n2\n"),
        ("json", {"json_url": TABLE}, "text/plain", b"[1]"),
        ("gdocs", {"googledocs_url": f"{SHEETS}/d/{KEY}/edit#gid=7"}, "text/csv", b"a,b\n"),
    ],
)
def test_a_file_of_the_right_kind_is_taken(name, fields, kind, body, play, offline):
    assert sent(name, fields, csv(body, kind=kind), play, offline) == body


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (csv(status=401), Unreadable, "not open to everybody"),
        (csv(status=403), Unreadable, "not open to everybody"),
        (csv(b"not found", 404, "text/html"), Unreadable, "not there"),
        (csv(status=410), Unreadable, "deleted"),
        (csv(status=418), Unreadable, "418"),
        (csv(status=429), TryLater, "429"),
        (csv(status=500), TryLater, "500"),
        (csv(status=503), TryLater, "503"),
        (csv(b"<!DOCTYPE html><html>", kind="text/plain"), Unreadable, "web page"),
        (csv(b"\n  <HTML>", kind="text/csv"), Unreadable, "web page"),
        (csv(b"Sign in", kind="text/html"), Unreadable, "web page"),
        (csv(kind="application/octet-stream"), Unreadable, "served as text/csv"),
        (csv(b"PK\x03\x04"), Unreadable, "Excel"),
        (csv("a,é\n".encode("utf-16")), Unreadable, "UTF-16"),
        (csv(b"a,b\x00"), Unreadable, "binary"),
        (csv(b""), Unreadable, "empty"),
    ],
)
def test_what_is_not_the_file_is_refused_before_anything_is_stored(said, error, words, play, offline):
    with pytest.raises(error, match=words):
        sent("csv", {"csv_url": TABLE}, said, play, offline)


@pytest.mark.parametrize(
    "said",
    [csv(status=401), csv(status=403), csv(b"<html>Sign in to Google", kind="text/html; charset=utf-8")],
)
def test_a_sheet_that_is_not_shared_tells_how_to_share_it(said, play, offline):
    with pytest.raises(Unreadable, match="Anyone with the link"):
        sent("gdocs", {"googledocs_url": f"{SHEETS}/d/{KEY}/edit"}, said, play, offline)


@pytest.mark.parametrize("kind", ["application/gzip", "application/x-gzip", "text/csv"])
def test_a_file_in_gzip_is_unpacked(kind, play, offline):
    table = b"a,b\n" + b"1,2\n" * 100_000
    assert sent("csv", {"csv_url": TABLE}, csv(gzip.compress(table), kind=kind), play, offline) == table


def test_a_file_in_gzip_that_is_cut_off_fails_in_the_middle(play, offline):
    with pytest.raises(Unreadable, match="cut off"):
        sent("csv", {"csv_url": TABLE}, csv(gzip.compress(b"a,b\n" * 1000)[:-9]), play, offline)


def test_an_answer_that_names_no_type_is_judged_by_its_content(play, offline):
    assert sent("csv", {"csv_url": TABLE}, Said(b"a,b\n", headers={}), play, offline) == b"a,b\n"


@pytest.mark.parametrize("field", ["", "birds.csv", "ftp://example.org/a.csv", "https://localhost/a", "https:///a", 7])
@pytest.mark.parametrize(
    ("make", "name"), [(CsvUrl, "csv_url"), (JsonUrl, "json_url"), (GoogleSheet, "googledocs_url")]
)
def test_what_is_no_address_is_refused(make, name, field):
    with pytest.raises(BadParameters) as caught:
        make().check({name: field})
    assert set(caught.value.errors) == {name}


def test_a_field_of_the_wrong_type_or_too_long_is_refused():
    for field in (["https://example.org/a"], {"a": 1}, True, "https://example.org/" + "a" * 3000):
        with pytest.raises(BadParameters):
            CsvUrl().check({"csv_url": field})


def test_lines_of_json_are_known_by_the_name_of_the_file():
    for path, kind in (("a.jsonl", "jsonl"), ("a.ndjson.gz", "jsonl"), ("a.json?x=.jsonl", "json"), ("a", "json")):
        assert JsonUrl().file(JsonUrl().check({"json_url": f"https://example.org/{path}"})).format == kind


def test_an_upload_is_known_by_the_end_of_its_name():
    for name in ("b.csv", "B.XLSX", "a.b.ndjson", "out.manifest", "a.csv.gz", "a.JSON.GZ"):
        assert Upload().check({"file": name}).file == name
    for wrong in ("", "birds", ".csv", "birds.xls", "birds.csv.exe", "a.spool", "a.spool.gz", "a.xlsx.gz", "a.gz"):
        with pytest.raises(BadParameters):
            Upload().check({"file": wrong})
