"""What `info` says of a media file, by the end of its name (contract importers.md §4.1, §4.2).

The case of letters counts, as in the contract; who wants `.JPG` to be a picture asks for `kinds_of(name.lower())`.
"""

import re
from collections.abc import Callable, Iterable
from typing import Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["image", "video", "audio", "pdf"]
Sign = Callable[[str], str]  # from an object's key to a link that anybody can follow for a while

_EXTENSIONS: dict[Kind, str] = {
    "image": "png jpg jpeg gif",
    "video": "mp4 m4v ogg ogv webm avi",
    "audio": "mp4 m4a ogg oga webm wav mp3",
    "pdf": "pdf",
}
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # AWS: "Bucket naming rules"
_S3_HOST = ".s3.amazonaws.com"
_OBJECT_URL = re.compile(r"https://([a-zA-Z0-9._-]+)\.s3\.amazonaws\.com/(.+)", re.DOTALL)
_ANY_S3_HOST = re.compile(r"(?:(.+)\.)?s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")
_SIGNATURE = "X-Amz-Signature="


def kinds_of(name: str) -> list[Kind]:
    """What the file may be, in the order of the contract's table; none when it is no media. An `.mp4` is two things."""
    _, dot, extension = name.rpartition(".")
    return [kind for kind, known in _EXTENSIONS.items() if dot and extension in known.split()]


def media_info(kinds: Iterable[Kind], name: str, picture: str, file: str) -> dict[str, str]:
    """The keys that presenters look for: pictures under the address `picture`, everything else under `file`."""
    info: dict[str, str] = {}
    for kind in kinds:
        info |= {"url_m": picture, "url_b": picture, "title": name} if kind == "image" else {f"{kind}_url": file}
    return info


def object_url(bucket: str, key: str) -> str:
    """The plain address of an object, as the contract wants it: the key stands in it as it is."""
    return f"https://{bucket}{_S3_HOST}/{key}"


def object_info(bucket: str, key: str, kinds: Iterable[Kind]) -> dict[str, str]:
    """`info` of an object in S3 (contract §4.1)."""
    url = object_url(bucket, key)
    return {"filename": key, "url": url, "link": url, **media_info(kinds, key, url, url)}


def object_of(url: str) -> tuple[str, str] | None:
    """Bucket and key of an address that `object_info` made, None of any other."""
    found = _OBJECT_URL.fullmatch(url)
    return (found[1], found[2]) if found is not None else None


def signed_object(link: str, endpoint: str) -> tuple[str, str] | None:
    """Bucket and key of a link with a signature in its query (AWS: "Authenticating requests: using query parameters"),
    None of any other address. `endpoint` is the address of a local cloud, or empty."""
    if _SIGNATURE not in link:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    host, path = _ANY_S3_HOST.fullmatch(parts.netloc), unquote(parts.path.removeprefix("/"))
    bucket = host[1] if host else None
    if host is None and f"{parts.scheme}://{parts.netloc}" != endpoint:
        return None
    bucket, key = (bucket, path) if bucket else (path.partition("/")[0], path.partition("/")[2])
    return (bucket, key) if bucket and key else None
