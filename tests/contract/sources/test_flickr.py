"""Contract importers.md §4.3."""

import pytest

from chalicelib.core.import_gathering import BadParameters, Tools, TryLater
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.sources.flickr import Flickr
from tests.fakes.services import album, album_page


def test_an_album_longer_than_a_page_gives_each_photo_with_the_contract_s_keys(gathered):
    titles = [f"Photo {n}" for n in range(1100)]
    infos, wrong = gathered("flickr", {"album_id": "7"}, album(titles))
    assert [info["title"] for info in infos] == titles
    assert wrong == []
    assert infos[0] == {
        "title": "Photo 0",
        "url": "https://farm66.staticflickr.com/65535/100_5ec.jpg",
        "url_m": "https://farm66.staticflickr.com/65535/100_5ec_m.jpg",
        "url_b": "https://farm66.staticflickr.com/65535/100_5ec_b.jpg",
        "link": "https://www.flickr.com/photos/42@N00/100",
    }


def test_an_empty_album_is_nothing_and_no_error(gathered):
    assert gathered("flickr", {"album_id": 7}, album([])) == ([], [])


@pytest.mark.parametrize("album_id", ["7", " 7 ", 7, "https://www.flickr.com/photos/who/albums/7/"])
def test_an_album_is_named_by_its_number_or_its_page(album_id, offline: Tools):
    assert Flickr(offline).check({"album_id": album_id}).album_id == "7"


@pytest.mark.parametrize("album_id", ["", None, "seven", "7&method=x", ["7"]])
def test_what_is_no_album_is_refused(album_id, offline: Tools):
    with pytest.raises(BadParameters) as caught:
        Flickr(offline).check({"album_id": album_id})
    assert list(caught.value.errors) == ["album_id"]


def test_flickr_s_refusals_come_with_status_200_and_are_told_in_words(gathered):
    for code, words in ((1, "no such album"), (100, "Invalid API Key")):
        refusal = {"stat": "fail", "code": code, "message": "Invalid API Key (Key has invalid format)"}
        with pytest.raises(Unreadable, match=words):
            gathered("flickr", {"album_id": "7"}, {album_page(): refusal})
    with pytest.raises(TryLater):
        gathered("flickr", {"album_id": "7"}, {album_page(): {"stat": "fail", "code": 105, "message": "busy"}})
