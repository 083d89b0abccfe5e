"""A picture, sound, video or PDF that is dropped into the import bucket is one task, however often S3 says so."""

import pytest

from chalicelib.core.import_reading import Progress, Reader, Unreadable
from chalicelib.core.imports import Source
from chalicelib.core.media import object_info
from chalicelib.importers.registry import reader_of
from tests.fakes.import_memory import Memory
from tests.fakes.importing import BUCKET, Importing, counts

KEY = "imports/birds/Owl & Ü.JPG"


def reader(key: str = KEY) -> Reader:
    found = reader_of(Source("bucket", key))
    assert found is not None
    return found


def test_its_task_has_the_contracts_keys_and_remembers_the_object() -> None:
    rows = list(reader().rows(iter([]), Progress(phase="rows")))
    assert [(row.number, row.line, row.reason) for row in rows] == [(1, 1, "")]
    assert rows[0].new is not None
    assert rows[0].new.info == object_info("bucket", KEY, ["image"])
    assert rows[0].new.object_key == KEY


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("a.Png", {"url_m", "url_b", "title"}),
        ("a.GIF", {"url_m", "url_b", "title"}),
        ("a.mp4", {"video_url", "audio_url"}),
        ("a.AVI", {"video_url"}),
        ("a.wav", {"audio_url"}),
        ("a.pdf", {"pdf_url"}),
    ],
)
def test_every_kind_of_media_is_read(name: str, keys: set[str]) -> None:
    (row,) = reader(f"imports/birds/{name}").rows(iter([]), Progress(phase="rows"))
    assert row.new is not None
    assert row.new.info.keys() - {"filename", "url", "link"} == keys


def test_what_was_read_is_not_read_again() -> None:
    progress = Progress(phase="rows")
    assert len(list(reader().rows(iter([]), progress))) == 1
    assert list(reader().rows(iter([]), progress)) == []


def test_of_a_large_video_only_the_beginning_is_read() -> None:
    chunks = iter([b"x", b"y"])
    assert list(reader("imports/birds/a.mp4").survey(chunks, Progress())) == []
    assert next(chunks) == b"y"


def test_an_empty_file_says_so() -> None:
    with pytest.raises(Unreadable, match="empty"):
        list(reader().survey(iter([]), Progress()))


@pytest.mark.parametrize(
    "key", ["sent/4/a.png", "imports/birds/a.txt", "imports/birds/a", "imports/birds/png", "imports/birds.png/a"]
)
def test_other_files_are_no_media(key: str) -> None:
    assert reader_of(Source("bucket", key)) is None


def test_however_often_it_is_delivered_it_is_one_task() -> None:
    memory = Memory()
    importing = Importing(5, records=memory, batches=memory)
    first, second = importing.upload("owl.png", b"a picture"), importing.upload("owl.png", b"another one")
    records = [importing.deliver(event) for event in (first, first, second, first)]
    assert counts(records[0]) == ("finished", 1, 1, 0, 0)
    assert records[0] == records[1] == records[3]
    assert counts(records[2]) == ("finished", 1, 0, 1, 0)  # the same name, another version
    assert len(memory.tasks) == 1
    assert importing.imports.get(records[0].id) == records[0]
    assert records[0].source.bucket == BUCKET


def test_an_object_that_was_deleted_meanwhile_makes_no_task() -> None:
    memory = Memory()
    importing = Importing(5, records=memory, batches=memory)
    event = importing.upload("owl.png", b"a picture")
    importing.drawer.content.clear()
    record = importing.deliver(event)
    assert counts(record) == ("failed", 0, 0, 0, 1)
    assert memory.tasks == {}
