"""Files under `/static/`: read once per container, tagged by content, compressed when the browser can take it."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from chalice.app import Response

from chalicelib.web.binary import BinaryResponse

ROOT = Path(__file__).resolve().parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"
TYPES = {".js": "text/javascript; charset=utf-8", ".woff": "font/woff", ".woff2": "font/woff2"}
COMPRESSIBLE = ("text/", "image/svg")


class StaticFile(NamedTuple):
    """One file: its bytes, media type and the tag that changes with its content."""

    content: bytes
    media_type: str
    tag: str


@cache
def _catalogue() -> dict[str, Path]:
    """Every file that is served, by name; hidden ones are not. Looking names up here, no path can lead elsewhere."""
    paths = (path for path in ROOT.rglob("*") if path.is_file())
    named = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {name: path for name, path in named.items() if not any(part.startswith(".") for part in name.split("/"))}


def read(name: str) -> StaticFile | None:
    """The file called `name` below the static folder, or None."""
    return _read(name) if name in _catalogue() else None


@cache
def _read(name: str) -> StaticFile:
    path = _catalogue()[name]
    content = path.read_bytes()
    return StaticFile(content, _media_type(path), hashlib.sha256(content).hexdigest()[:16])


def _media_type(path: Path) -> str:
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed == "text/css" else guessed


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_read(name).content, mtime=0)


def address(name: str) -> str:
    """Where pages link to a file: the content's tag in the query lets browsers keep it for ever."""
    found = read(name)
    return f"/static/{name}?v={found.tag}" if found else f"/static/{name}"


def answer(name: str, version: str | None, headers: Mapping[str, str]) -> Response | None:
    """The response for a file; None when there is no such file. Fonts need CORS: a presenter's origin is opaque."""
    found = read(name)
    if found is None:
        return None
    own: dict[str, str | list[str]] = {
        "ETag": f'"{found.tag}"',
        "Cache-Control": FOR_EVER if version == found.tag else FOR_AN_HOUR,
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if found.tag in headers.get("if-none-match", ""):
        return Response("", headers=own, status_code=304)
    own["Content-Type"] = found.media_type
    if found.media_type.startswith(COMPRESSIBLE) and "gzip" in headers.get("accept-encoding", ""):
        return BinaryResponse(_compressed(name), headers={**own, "Content-Encoding": "gzip"})
    return BinaryResponse(found.content, headers=own)
