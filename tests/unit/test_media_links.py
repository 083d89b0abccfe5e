"""Fresh links in place of plain addresses, for those objects alone that the task's project may show."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.media import object_info, object_of, object_url, signed_object
from chalicelib.core.media_links import DEEPEST, MOST_LINKS, MediaLinks
from chalicelib.core.projects import BucketAccess, Card, Rules
from chalicelib.core.tasks import LAST_ANSWER, Task

OWN = "site-imports"
ACCESS = BucketAccess("arn:aws:iam::444455556666:role/nimbossa-media-traps", "eu-west-1")
CARD = Card(7, "birds", 1, [1], True, True, "s", None, Rules(), {"traps": ACCESS})
PLAIN = "https://traps.s3.amazonaws.com/2026/é a.jpg"
LINK = "https://traps.s3.eu-west-1.amazonaws.com/2026/%C3%A9%20a.jpg?X-Amz-Date=1&X-Amz-Signature=ab"


class Site:
    """Project 7 may read `traps`; project 8 nothing. Counts what reading costs."""

    def __init__(self, endpoint: str = "") -> None:
        self.cards = self.signed = self.signers = 0
        self.away = False
        self.links = MediaLinks(self._card, lambda: self, OWN, lambda key: f"own:{key}", endpoint)

    def _card(self, project_id: int) -> Card | None:
        self.cards += 1
        return {7: CARD, 8: Card(8, "moths", 1, [1], True, True, "s", None, Rules())}.get(project_id)

    def signer(self, project_id: int, bucket: str, access: BucketAccess) -> Any:
        assert (project_id, bucket, access) == (7, "traps", ACCESS)
        self.signers += 1
        return None if self.away else self._sign

    def _sign(self, key: str) -> str:
        self.signed += 1
        return f"link:{key}"

    def linked(self, info: Any, project: int = 7, object_key: str | None = None) -> Any:
        return self.links.linked(Task(1, project, "", info, object_key=object_key))


@pytest.fixture
def site() -> Site:
    return Site()


def test_every_address_of_a_granted_bucket_becomes_a_link_and_the_stored_info_stays(site: Site) -> None:
    info = {**object_info("traps", "2026/é a.jpg", ["image"]), "more": {"list": [PLAIN, 7, None]}, "n": 1}
    before = repr(info)
    found = site.linked(info)
    link = "link:2026/é a.jpg"
    assert {name: found[name] for name in ("url", "link", "url_m", "url_b")} == dict.fromkeys(
        ("url", "link", "url_m", "url_b"), link
    )
    assert found["filename"] == found["title"] == "2026/é a.jpg"
    assert found["more"] == {"list": [link, 7, None]}
    assert repr(info) == before
    assert (site.cards, site.signed) == (1, 1)


@pytest.mark.parametrize("info", [PLAIN, [PLAIN], {"a": PLAIN}])
def test_an_info_of_any_kind_is_linked(site: Site, info: Any) -> None:
    assert "link:" in repr(site.linked(info))


@pytest.mark.parametrize("info", [None, 7, "text", {"url": "https://example.org/a.jpg"}, {"a": {"b": [1, "http://["]}}])
def test_a_task_without_objects_in_s3_costs_nothing(site: Site, info: Any) -> None:
    assert site.linked(info) == info
    assert site.cards == site.signers == 0


def test_of_another_project_or_another_bucket_there_is_no_link(site: Site) -> None:
    for project, url in ((8, PLAIN), (9, PLAIN), (7, "https://others.s3.amazonaws.com/a.jpg")):
        assert site.linked({"url": url}, project) == {"url": url}
    assert site.signers == 0


def test_of_the_import_bucket_only_the_object_that_the_task_was_made_of_is_linked(site: Site) -> None:
    mine, other = object_url(OWN, "imports/birds/a.jpg"), object_url(OWN, "imports/birds/b.jpg")
    info = {"url": mine, "other": other}
    assert site.linked(info, 7, "imports/birds/a.jpg") == {"url": "own:imports/birds/a.jpg", "other": other}
    # whatever the projects are called by now
    assert site.linked(info, 8, "imports/birds/a.jpg")["url"] == "own:imports/birds/a.jpg"
    assert site.linked(info, 7) == info
    assert site.linked(info, 7, "imports/birds") == info
    assert site.cards == 0


def test_volunteers_do_not_choose_what_is_opened(site: Site) -> None:
    info = {"url": PLAIN, LAST_ANSWER: {"url": "https://traps.s3.amazonaws.com/secret.txt"}}
    assert site.linked(info) == {**info, "url": "link:2026/é a.jpg"}


def test_without_the_role_the_task_is_served_as_it_is_stored(site: Site) -> None:
    site.away = True
    assert site.linked({"url": PLAIN, "link": PLAIN}) == {"url": PLAIN, "link": PLAIN}
    assert site.signers == 1


def test_links_are_bounded_in_number_and_depth(site: Site) -> None:
    many = [f"https://traps.s3.amazonaws.com/{n}" for n in range(MOST_LINKS + 5)]
    found = site.linked({"all": many})["all"]
    assert found[:MOST_LINKS] == [f"link:{n}" for n in range(MOST_LINKS)]
    assert found[MOST_LINKS:] == many[MOST_LINKS:]
    deep: Any = PLAIN
    for _ in range(DEEPEST + 2):
        deep = [deep]
    assert site.linked({"deep": deep}) == {"deep": deep}


def test_what_a_client_read_and_sends_back_is_stored_plain(site: Site) -> None:
    info = {"url": LINK, "more": [LINK], "text": "X-Amz-Signature=1"}
    assert site.links.unlinked(7, None, info) == {"url": PLAIN, "more": [PLAIN], "text": "X-Amz-Signature=1"}
    assert site.links.unlinked(8, None, info) == info
    own = f"https://{OWN}.s3.eu-west-1.amazonaws.com/imports/birds/a.jpg?X-Amz-Signature=1"
    assert site.links.unlinked(7, "imports/birds/a.jpg", own) == object_url(OWN, "imports/birds/a.jpg")
    assert site.links.unlinked(7, "imports/birds/b.jpg", own) == own
    assert site.links.unlinked(7, None, own) == own


@pytest.mark.parametrize(
    ("link", "found"),
    [
        (LINK, ("traps", "2026/é a.jpg")),
        ("https://traps.s3.amazonaws.com/a?X-Amz-Signature=1", ("traps", "a")),
        ("https://s3.eu-west-1.amazonaws.com/my.traps/a/b?X-Amz-Signature=1", ("my.traps", "a/b")),
        ("https://my.traps.s3.cn-north-1.amazonaws.com.cn/a?X-Amz-Signature=1", ("my.traps", "a")),
        ("http://127.0.0.1:4566/traps/a%20b?X-Amz-Signature=1", ("traps", "a b")),
        ("http://127.0.0.1:4567/traps/a?X-Amz-Signature=1", None),
        ("https://traps.s3.eu-west-1.amazonaws.com.example.org/a?X-Amz-Signature=1", None),
        ("https://example.org/traps/a?X-Amz-Signature=1", None),
        ("https://traps.s3.amazonaws.com/a", None),
        ("https://traps.s3.amazonaws.com/?X-Amz-Signature=1", None),
        ("https://s3.eu-west-1.amazonaws.com/traps?X-Amz-Signature=1", None),
        ("http://[X-Amz-Signature=", None),
    ],
)
def test_links_are_told_from_other_addresses(link: str, found: tuple[str, str] | None) -> None:
    assert signed_object(link, "http://127.0.0.1:4566") == found


@given(st.text(max_size=30), st.sampled_from(["", "https://", "https://b.s3.amazonaws.com/", "https://a@b.s3.amazonaws.com/"]))
def test_whatever_text_an_info_holds_reading_it_does_not_fail(text: str, before: str) -> None:
    site = Site()
    assert site.linked({"a": before + text}) == {"a": before + text}
    found = object_of(before + text)
    assert found is None or object_url(*found) == before + text
    site.links.unlinked(7, None, f"{before}{text}X-Amz-Signature=")
