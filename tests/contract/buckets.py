"""The upload bucket of the running stack, as its owner sees it."""

from typing import Any

import pytest

from infra.local import aws
from tests.instance import Stack


class Bucket:
    """Every object that the bucket holds."""

    def __init__(self, stack: Stack) -> None:
        self._s3: Any = aws.client("s3", stack.aws_endpoint)
        self._name = stack.import_bucket.replace("-imports-", "-uploads-")

    def listed(self) -> set[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {one["Key"] for page in pages for one in page.get("Contents", [])}

    def content(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        return content


@pytest.fixture(scope="session")
def bucket(stack: Stack) -> Bucket:
    return Bucket(stack)
