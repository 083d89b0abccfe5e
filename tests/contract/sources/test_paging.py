"""Wherever gathering is interrupted, the pages are the same in the end; sources that never end are stopped."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.import_gathering import MOST_PAGES, Page, PagedSource, Place, Tools, TryLater, gather
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.catalogue import source
from chalicelib.importers.sources.public_bucket import listed
from tests.contract.sources.conftest import KEYS
from tests.contract.sources.test_iiif import paged_collection
from tests.fakes.recorded import Recorded, Said
from tests.fakes.services import (
    FORM,
    IIIF,
    album,
    album_page,
    bucket,
    collection3,
    entries,
    manifest3,
    playlist,
    playlist_page,
)

MEMBERS = [f"{IIIF}/n{n}" for n in range(4)]
ANSWERS = {
    **playlist([f"video-{n:05}" for n in range(170)]),
    **album([f"Photo {n}" for n in range(1600)]),
    **entries([{"n": n} for n in range(2600)]),
    **bucket([f"a/{n:04}.png" for n in range(2600)], "a/"),
    **paged_collection(3),
    **{address: manifest3(address, [address[-1], "", "x"]) for address in MEMBERS},
    f"{IIIF}/inner": collection3("inner", MEMBERS[:2]),
    f"{IIIF}/all": collection3("all", [f"{IIIF}/inner", MEMBERS[2], f"{IIIF}/lost", MEMBERS[3]]),
    f"{IIIF}/lost": Said(b"", 404),
}
ASKED = {
    "youtube": ("youtube", {"playlist_url": "https://youtube.com/playlist?list=PL1"}, 170),
    "flickr": ("flickr", {"album_id": "7"}, 1600),
    "epicollect": ("epicollect", {"epicollect_project": "bird-survey", "epicollect_form": FORM}, 2600),
    "bucket": ("s3", {"bucket": "photos", "prefix": "a/"}, 2600),
    "files": ("s3", {"bucket": "photos"} | {f"files-{n}": f"{n}.png" for n in range(2600)}, 2600),
    "iiif": ("iiif", {"manifest_uri": f"{IIIF}/all"}, 8),
    "iiif in pages": ("iiif", {"manifest_uri": f"{IIIF}/top"}, 3),
}


def fresh(name: str, recorded: Recorded) -> PagedSource:
    """As another handler would make it, with nothing remembered."""
    found = source(name, Tools(recorded.web, KEYS, lambda *asked: listed(recorded.web, *asked)))
    assert isinstance(found, PagedSource)
    return found


def in_one_go(name: str, fields: Any, recorded: Recorded) -> list[Page]:
    paged = fresh(name, recorded)
    return [page for page, _ in gather(paged, paged.check(fields), Place())]


@pytest.mark.parametrize("case", ASKED)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pages_are_the_same_whatever_page_a_run_was_interrupted_at(case, play, data):
    name, fields, size = ASKED[case]
    recorded = play(ANSWERS)
    pages = in_one_go(name, fields, recorded)
    assert sum(len(page.infos) for page in pages) == size
    rests = data.draw(st.lists(st.integers(1, max(1, len(pages) // 2)), min_size=1, max_size=6))
    found: list[Page] = []
    place = Place()
    while not place.over:
        paged = fresh(name, recorded)
        parameters = paged.check(fields)
        for count, (page, behind) in enumerate(gather(paged, parameters, place), start=1):
            found.append(page)
            place = behind
            if count == rests[len(found) % len(rests)]:
                break
    assert found == pages


@pytest.mark.parametrize("case", ASKED)
def test_a_total_that_a_source_tells_is_the_number_of_its_records(case, play):
    name, fields, size = ASKED[case]
    assert {page.total for page in in_one_go(name, fields, play(ANSWERS))} <= {None, size}


def test_a_page_that_fails_in_the_middle_is_asked_for_again_and_nothing_is_lost(play):
    pages = album([f"Photo {n}" for n in range(1600)])
    pages[album_page(2)] = (Said(b"", 500), Said({"stat": "fail", "code": 105}), pages[album_page(2)])
    recorded = play(pages)
    titles, place, failures = [], Place(), 0
    while not place.over:
        paged = fresh("flickr", recorded)
        try:
            for page, behind in gather(paged, paged.check({"album_id": "7"}), place):
                titles += [info["title"] for info in page.infos]
                place = behind
        except TryLater:
            failures += 1
    assert titles == [f"Photo {n}" for n in range(1600)]
    assert failures == 2


def test_a_service_that_gives_the_same_token_again_and_again_is_stopped(play):
    first = playlist(["video-00001", "video-00002"], per_page=1)
    for address in (playlist_page(), playlist_page("CAUQ1")):
        first[address]["nextPageToken"] = "CAUQ1"
    recorded = play(first)
    with pytest.raises(Unreadable, match="circle"):
        in_one_go("youtube", ASKED["youtube"][1], recorded)
    assert len(recorded.heard) == 2


class Endless:
    """A source with a new page for ever."""

    def page(self, parameters: Any, token: str | None) -> Page:
        assert int(token or 0) < MOST_PAGES
        return Page([], str(int(token or 0) + 1))


def test_a_source_that_never_ends_is_stopped_also_when_handlers_take_turns():
    def turns() -> Iterator[Place]:
        place = Place(str(MOST_PAGES - 10), MOST_PAGES - 10)
        while True:
            _, place = next(gather(Endless(), None, place))  # type: ignore[arg-type]
            yield place

    with pytest.raises(Unreadable, match="never ends"):
        for _ in turns():
            pass
