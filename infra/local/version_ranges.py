"""GetObject with both VersionId and Range: the emulator forgets the range and answers with the whole object."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import s3

Answer = tuple[int, dict[str, str], Any]


def install() -> None:
    """Let the emulator's GetObject answer ranges of versions; call once, before it serves."""
    s3._get_object = answering_ranges(s3._get_object)


def answering_ranges(stock: Callable[..., Answer]) -> Callable[..., Answer]:
    """The emulator's GetObject, whose whole versions are cut to the range that was asked for (206, or 416)."""

    def get_object(bucket: str, key: str, headers: Mapping[str, str], query: Any = None) -> Answer:
        status, answer, body = stock(bucket, key, headers, query)
        wanted = headers.get("range", "")
        if status != 200 or not wanted or not (query or {}).get("versionId"):
            return status, answer, body
        span = s3._parse_range(wanted, len(body))
        if span is None:
            return 416, {"Content-Range": f"bytes */{len(body)}"}, s3._xml_body(s3._range_error_xml(bucket, key))
        start, end = span
        whole_object_only = [name for name in answer if name.lower().startswith("x-amz-checksum-")]
        for name in whole_object_only:
            del answer[name]
        answer["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
        answer["Content-Length"] = str(end - start + 1)
        return 206, answer, body[start : end + 1]

    return get_object
