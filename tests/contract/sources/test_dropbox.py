"""Contract importers.md §4.2."""

import json

import pytest

from chalicelib.core.import_gathering import BadParameters
from chalicelib.importers.sources.dropbox import Dropbox


def file(name: str, link: str, **more: object) -> str:
    return json.dumps({"id": "id:1", "bytes": 9, "name": name, "link": link, "linkType": "preview"} | more)


def test_a_picture_is_shown_raw_and_has_no_url(gathered):
    link = "https://www.dropbox.com/s/abc/bird.png?dl=0"
    ((info,), wrong) = gathered("dropbox", {"files-0": file("bird.png", link)}, {})
    raw = "https://www.dropbox.com/s/abc/bird.png?raw=1"
    assert wrong == []
    assert info == {
        "filename": "bird.png",
        "link": link,
        "link_raw": raw,
        "url_m": raw,
        "url_b": raw,
        "title": "bird.png",
    }


@pytest.mark.parametrize(
    ("link", "file_link"),
    [
        ("https://www.dropbox.com/s/abc/x?dl=0", "https://dl.dropboxusercontent.com/s/abc/x"),
        ("https://www.dropbox.com/scl/fi/abc/x?rlkey=k&dl=0", "https://dl.dropboxusercontent.com/scl/fi/abc/x?rlkey=k"),
        ("https://www.dropbox.com/scl/fi/a/x?dl=0&rlkey=k", "https://dl.dropboxusercontent.com/scl/fi/a/x?rlkey=k"),
        ("https://www.dropbox.com/s/abc/x", "https://dl.dropboxusercontent.com/s/abc/x"),
    ],
)
@pytest.mark.parametrize(
    ("name", "keys"),
    [("a.mp4", {"video_url", "audio_url"}), ("a.mp3", {"audio_url"}), ("a.pdf", {"pdf_url"}), ("a.txt", set())],
)
def test_other_media_lead_to_the_file_itself_for_both_forms_of_links(link, file_link, name, keys, gathered):
    ((info,), _) = gathered("dropbox", {"files-0": file(name, link)}, {})
    assert set(info) == {"filename", "link", "link_raw"} | keys
    assert {info[key] for key in keys} <= {file_link}
    assert info["link_raw"] == link.replace("dl=0", "raw=1")


def test_many_files_come_in_order(gathered):
    names = [f"{n}.txt" for n in range(1500)]
    fields = {f"files-{n}": file(name, f"https://www.dropbox.com/s/a/{name}?dl=0") for n, name in enumerate(names)}
    infos, _ = gathered("dropbox", fields, {})
    assert [info["filename"] for info in infos] == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (file("Birds", "https://www.dropbox.com/sh/abc/def?dl=0"), "folder"),
        (file("Birds", "https://www.dropbox.com/scl/fo/abc/def?rlkey=k&dl=0"), "folder"),
        (file("Birds", "https://www.dropbox.com/x", isDir=True), "folder"),
        (file("x.png", "javascript:alert(1)"), "no link"),
        ('{"name": "x.png"}', "choose the files again"),
        ("x.png", "choose the files again"),
        ("[" * 100_000, "choose the files again"),
    ],
)
def test_what_is_no_file_is_refused_with_the_reason(text, words):
    with pytest.raises(BadParameters) as caught:
        Dropbox().check({"files-0": text})
    assert any(words in advice for advice in caught.value.errors["files"])
