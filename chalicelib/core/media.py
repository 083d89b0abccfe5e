"""What `info` says of a media file, by the end of its name (contract importers.md §4.1, §4.2).

The case of letters counts, as in the contract; who wants `.JPG` to be a picture asks for `kinds_of(name.lower())`.
"""

from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["image", "video", "audio", "pdf"]

_EXTENSIONS: dict[Kind, str] = {
    "image": "png jpg jpeg gif",
    "video": "mp4 m4v ogg ogv webm avi",
    "audio": "mp4 m4a ogg oga webm wav mp3",
    "pdf": "pdf",
}
_S3_HOST = ".s3.amazonaws.com"


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


def object_info(bucket: str, key: str, kinds: Iterable[Kind]) -> dict[str, str]:
    """`info` of an object in S3 (contract §4.1); the key stands in the address as it is."""
    url = f"https://{bucket}{_S3_HOST}/{key}"
    return {"filename": key, "url": url, "link": url, **media_info(kinds, key, url, url)}


def object_of(url: str) -> tuple[str, str] | None:
    """Bucket and key of an address that `object_info` made, None of any other."""
    parts = urlsplit(url)
    bucket, key = parts.netloc.removesuffix(_S3_HOST), url.partition(f"{_S3_HOST}/")[2]
    return (bucket, key) if parts.scheme == "https" and bucket and bucket != parts.netloc and key else None
