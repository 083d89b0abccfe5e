"""Objects are read by ranges, of the version that the event named, and never of another one."""

import uuid
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from chalicelib.core.import_reading import Unreadable
from chalicelib.core.imports import Source
from chalicelib.edge import clients
from chalicelib.edge.objects import CHUNK_BYTES, ObjectStore

DATA = b"".join(b"%09d\n" % n for n in range(250_000))  # two chunks and a half


@pytest.fixture
def s3(connected: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    clients.client.cache_clear()
    yield clients.client("s3")
    clients.client.cache_clear()


@pytest.fixture
def source(s3: Any) -> Source:
    bucket = f"b{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket=bucket, Key="k", Body=DATA)
    return ObjectStore().measured(Source(bucket, "k"))


def _versioned(s3: Any, source: Source, data: bytes) -> Source:
    s3.put_bucket_versioning(Bucket=source.bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=source.bucket, Key="k", Body=data)["VersionId"]
    return ObjectStore().measured(Source(source.bucket, "k", version))


@pytest.mark.parametrize("position", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2_499_999, 2_500_000])
def test_the_chunks_from_any_position_are_the_rest_of_the_object(source: Source, position: int) -> None:
    chunks = list(ObjectStore().chunks(source, position))
    assert b"".join(chunks) == DATA[position:]
    assert all(len(chunk) <= CHUNK_BYTES for chunk in chunks)


@pytest.mark.parametrize("position", [0, 7, CHUNK_BYTES + 1])
def test_a_version_is_read_whatever_came_after_it(s3: Any, source: Source, position: int) -> None:
    old = _versioned(s3, source, DATA)
    new = _versioned(s3, source, b"new")
    assert b"".join(ObjectStore().chunks(old, position)) == DATA[position:]
    assert (old.size, new.size) == (len(DATA), 3)


def test_an_object_replaced_while_it_is_read_is_told_and_not_mixed(s3: Any, source: Source) -> None:
    chunks = ObjectStore().chunks(source, 0)
    assert list(islice(chunks, 1)) == [DATA[:CHUNK_BYTES]]
    s3.put_object(Bucket=source.bucket, Key="k", Body=DATA[::-1])
    with pytest.raises(Unreadable, match="replaced"):
        list(chunks)


def test_an_object_or_a_version_that_is_gone_is_told(s3: Any, source: Source) -> None:
    version = _versioned(s3, source, DATA)
    s3.delete_object(Bucket=source.bucket, Key="k", VersionId=version.version)
    with pytest.raises(Unreadable, match="upload it again"):
        list(ObjectStore().chunks(version, 0))
    with pytest.raises(Unreadable, match="upload it again"):
        ObjectStore().measured(Source(source.bucket, "other"))
