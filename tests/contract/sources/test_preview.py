"""The first records of each kind of source, as an import would store them."""

import gzip

import pytest

from chalicelib.core.import_gathering import Tools
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers import preview as previewing
from chalicelib.importers.catalogue import source
from chalicelib.importers.preview import first_rows, preview
from tests.contract.sources.conftest import KEYS, no_bucket
from tests.fakes.reading import infos, reasons
from tests.fakes.recorded import Recorded, Said
from tests.fakes.services import IIIF, album, album_page, collection3, manifest3

TABLE = "https://example.org/birds.csv"


def previewed(name: str, fields: dict[str, str], recorded: Recorded):
    tools = Tools(recorded.web, KEYS, no_bucket)
    found = source(name, tools)
    return preview(found, found.check(fields), tools.web)


def test_of_a_paged_source_only_the_first_page_is_asked_for(play):
    recorded = play(album([f"Photo {n}" for n in range(1100)]))
    rows = previewed("flickr", {"album_id": "7"}, recorded)
    assert [info["title"] for info in infos(rows)] == [f"Photo {n}" for n in range(5)]
    assert [asked for asked, _, _ in recorded.heard] == [f"GET {album_page()}"]


def test_of_a_collection_as_many_members_are_read_as_it_takes(play):
    members = [f"{IIIF}/{n}" for n in range(9)]
    answers = {address: manifest3(address, ["a", "", "b"]) for address in members}
    recorded = play({f"{IIIF}/all": collection3("all", members)} | answers)
    rows = previewed("iiif", {"manifest_uri": f"{IIIF}/all"}, recorded)
    assert (len(infos(rows)), len(reasons(rows))) == (4, 1)
    assert len(recorded.heard) == 4


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_of_a_file_only_the_beginning_is_read(pack, play, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_BYTES", 1000)
    table = b"u,n_answers\n" + b"".join(b"\xc3\xa9%d,%d\n" % (n, n % 3) for n in range(200_000)) + b'"\xff'
    said = Said(pack(table), headers={"Content-Type": "text/csv"})
    rows = previewed("csv", {"csv_url": TABLE}, play({TABLE: said}))
    assert [info["u"] for info in infos(rows)] == ["é1", "é2", "é4"]
    assert [line for line, _ in reasons(rows)] == [2, 5]


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [("csv", b"a\n1\n", 1), ("csv", b"a\n", 0), ("json", b"[1, 2", 3), ("jsonl", b"1\n2\n", 2), ("spool", b"", 0)],
)
def test_short_files_are_shown_whole(name, data, count):
    assert len(first_rows(name, [data])) == count


def test_an_array_in_one_line_is_shown_although_it_is_cut(monkeypatch):
    monkeypatch.setattr(previewing, "MOST_BYTES", 100)
    assert infos(first_rows("json", [b"[" + b"1, " * 100, b"1]"])) == [1] * 5


def test_a_file_that_cannot_be_read_says_why(play):
    with pytest.raises(Unreadable, match="has no name"):
        previewed("csv", {"csv_url": TABLE}, play({TABLE: Said(b"a,,b\n", headers={"Content-Type": "text/csv"})}))
