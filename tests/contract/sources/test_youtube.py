"""Contract importers.md §4.6."""

import pytest

from chalicelib.core.import_gathering import BadParameters, Tools
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.sources.youtube import YouTube
from tests.fakes.services import playlist, playlist_page, youtube_refusal

FIELDS = {"playlist_url": "https://www.youtube.com/playlist?list=PL1"}


def test_a_playlist_longer_than_a_page_gives_each_video_with_the_contract_s_keys(gathered):
    videos = [f"video-{n:05}" for n in range(120)]
    infos, wrong = gathered("youtube", FIELDS, playlist(videos))
    assert [info["video_url"] for info in infos] == [f"https://www.youtube.com/watch?v={video}" for video in videos]
    assert wrong == []
    assert infos[0] == {
        "video_url": "https://www.youtube.com/watch?v=video-00000",
        "oembed": '<iframe width="512" height="512" src="https://www.youtube.com/embed/video-00000" frameborder="0" '
        "allowfullscreen></iframe>",
    }


def test_an_empty_playlist_is_nothing_and_no_error(gathered):
    assert gathered("youtube", FIELDS, playlist([])) == ([], [])


def test_a_name_that_would_be_html_is_no_video(gathered):
    infos, wrong = gathered("youtube", FIELDS, playlist(["good-video1", '"><script>']))
    assert len(infos) == 1
    assert "no video" in wrong[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Paste the link"),
        ("youtube.com/playlist?list=PL1", "not a web address"),
        ("https://vimeo.com/playlist?list=PL1", "not a link to YouTube"),
        ("https://www.youtube.com.evil.example/playlist?list=PL1", "not a link to YouTube"),
        ("https://www.youtube.com/watch?v=abc", "names no playlist"),
    ],
)
def test_each_wrong_link_is_told_what_is_wrong_with_it(url, words, offline: Tools):
    with pytest.raises(BadParameters) as caught:
        YouTube(offline).check({"playlist_url": url})
    assert words in caught.value.errors["playlist_url"][0]


@pytest.mark.parametrize("host", ["youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"])
def test_links_of_all_youtube_s_hosts_are_taken(host, offline: Tools):
    url = f"https://{host}/watch?v=abc&list=PL1"
    assert YouTube(offline).check({"playlist_url": url}).playlist_url == url


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (404, "playlistNotFound", "no such playlist"),
        (403, "playlistItemsNotAccessible", "private"),
        (403, "quotaExceeded", "tomorrow"),
        (400, "keyInvalid", "API key not valid"),
    ],
)
def test_youtube_s_refusals_are_told_in_words(status, reason, words, gathered):
    refusal = youtube_refusal(status, reason, "API key not valid.")
    with pytest.raises(Unreadable, match=words):
        gathered("youtube", FIELDS, {playlist_page(): refusal})
