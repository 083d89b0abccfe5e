"""The local cloud's S3 reads a range of a version, as an import does; the emulator alone gives the whole object."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud import Cloud

CONTENT = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    state: Path = tmp_path_factory.mktemp("cloud")
    with Cloud(state, "http://127.0.0.1:9") as cloud:
        client = cloud.client("s3")
        client.create_bucket(Bucket="files")
        client.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture(scope="module")
def version(s3: Any) -> str:
    put: str = s3.put_object(Bucket="files", Key="a", Body=CONTENT)["VersionId"]
    s3.put_object(Bucket="files", Key="a", Body=b"a newer version")
    return put


@pytest.mark.parametrize(("range_", "start", "end"), [("0-0", 0, 0), ("21-99", 21, 99), ("2000-", 2000, 2047)])
def test_a_range_of_a_version_is_that_range(s3: Any, version: str, range_: str, start: int, end: int) -> None:
    answer = s3.get_object(Bucket="files", Key="a", VersionId=version, Range=f"bytes={range_}")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {start}-{end}/2048"
    assert answer["Body"].read() == CONTENT[start : end + 1]


def test_a_version_without_a_range_is_whole(s3: Any, version: str) -> None:
    assert s3.get_object(Bucket="files", Key="a", VersionId=version)["Body"].read() == CONTENT


def test_a_range_behind_the_end_is_refused(s3: Any, version: str) -> None:
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket="files", Key="a", VersionId=version, Range="bytes=2048-")
