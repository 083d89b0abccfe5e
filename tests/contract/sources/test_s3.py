"""Contract importers.md §4.1 and §4.8."""

import pytest

from chalicelib.core.import_gathering import BadParameters, Place, Tools, TryLater, gather
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.sources.public_bucket import listed
from chalicelib.importers.sources.s3 import S3
from tests.fakes.recorded import Said
from tests.fakes.services import bucket, bucket_page

HOST = "https://photos.s3.amazonaws.com"


def chosen(*keys: str) -> dict[str, str]:
    return {"bucket": "photos"} | {f"files-{n}": key for n, key in enumerate(keys)}


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("a b/é.png", {"url_m", "url_b", "title"}),
        ("x.jpg", {"url_m", "url_b", "title"}),
        ("x.jpeg", {"url_m", "url_b", "title"}),
        ("x.gif", {"url_m", "url_b", "title"}),
        ("x.JPG", set()),
        ("x.pdf", {"pdf_url"}),
        ("x.avi", {"video_url"}),
        ("x.m4v", {"video_url"}),
        ("x.ogv", {"video_url"}),
        ("x.mp4", {"video_url", "audio_url"}),
        ("x.ogg", {"video_url", "audio_url"}),
        ("x.webm", {"video_url", "audio_url"}),
        ("x.mp3", {"audio_url"}),
        ("x.m4a", {"audio_url"}),
        ("x.oga", {"audio_url"}),
        ("x.wav", {"audio_url"}),
        ("x.txt", set()),
        ("png", set()),
    ],
)
def test_a_chosen_object_has_the_contract_s_keys_by_its_extension_and_nobody_is_asked(key, more, gathered):
    ((info,), wrong) = gathered("s3", chosen(key), {})
    assert wrong == []
    assert set(info) == {"filename", "url", "link"} | more
    assert info["filename"] == info.get("title", key) == key
    assert {value for name, value in info.items() if name not in ("filename", "title")} == {f"{HOST}/{key}"}


def test_files_come_in_the_order_of_their_numbers_in_pages(gathered):
    keys = [f"{n}.png" for n in range(2500, 0, -1)]
    infos, _ = gathered("s3", chosen(*keys), {})
    assert [info["filename"] for info in infos] == keys


def from_bucket(play, keys: list[str], prefix: str) -> list[dict[str, str]]:
    recorded = play(bucket(keys, prefix))
    s3 = S3(Tools(recorded.web, {}, lambda *asked: listed(recorded.web, *asked)))
    parameters = s3.check({"bucket": "photos", "prefix": prefix})
    return [info for page, _ in gather(s3, parameters, Place()) for info in page.infos]


def test_below_a_prefix_each_media_object_becomes_a_task_past_a_thousand_keys(play):
    media = [f"2026/{n:04} é&+.jpg" for n in range(2400)]
    infos = from_bucket(play, [*media, "2026/", "2026/notes.txt", "2026/x/", "2025/a.jpg"], "2026/")
    assert [info["filename"] for info in infos] == media
    assert infos[0]["url_b"] == f"{HOST}/2026/0000 é&+.jpg"


def test_below_a_prefix_capital_extensions_are_media_too(play):
    (info,) = from_bucket(play, ["DCIM/IMG_1.JPG"], "DCIM/")
    assert info["url_b"] == info["url"] == f"{HOST}/DCIM/IMG_1.JPG"


def test_an_empty_prefix_means_the_whole_bucket_and_an_empty_bucket_no_error(play):
    assert len(from_bucket(play, ["a.png", "b/c.png"], "")) == 2
    assert from_bucket(play, [], "") == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(b"<Error><Code>AccessDenied</Code></Error>", 403), Unreadable),
        (Said(b"<Error><Code>NoSuchBucket</Code></Error>", 404), Unreadable),
        (Said(b"<Error><Code>SlowDown</Code></Error>", 503), TryLater),
        (Said(b"<html><body>hello</body></html>"), Unreadable),
        (Said(b"<ListBucketResult"), Unreadable),
        (Said(b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 100) for letter in range(ord("b"), ord("h"))
        ) + b"]><x>&g;</x>"), Unreadable),
        (Said(b"\xff\xfe\x00"), Unreadable),
    ],
    ids=["private", "missing", "busy", "web page", "cut", "entities", "binary"],
)
def test_a_bucket_that_cannot_be_listed_says_why(answer, error, play):
    with pytest.raises(error, match="The bucket photos"):
        listed(play({bucket_page(): answer}).web, "photos", "", "")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"bucket", "files"}),
        ({"bucket": "photos"}, {"files"}),
        ({"bucket": "photos", "files-": "a.png", "files-x": "a.png", f"files-{'9' * 5000}": "a.png"}, {"files"}),
        ({"bucket": "s3://photos", "files-0": "a.png"}, {"bucket"}),
        ({"bucket": "photos.example.com/x", "files-0": "a.png"}, {"bucket"}),
        ({"bucket": "photos", "files-0": 7}, {"files"}),
        ({"bucket": "photos", "files-0": ""}, {"files"}),
    ],
)
def test_a_form_that_is_filled_in_wrongly_says_which_field(fields, wrong, offline: Tools):
    with pytest.raises(BadParameters) as caught:
        S3(offline).check(fields)
    assert set(caught.value.errors) == wrong
