"""The files of helping materials, announcements, blog posts and pages (contract rest-api.md §13).

A key is `user_<id>/<resource>-<id>-<random>/<file name>`, so that no upload overwrites another and an object can only
ever remove a file that was made for itself, whatever its `media_url` was changed to.
"""

import os
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from chalicelib.api.calls import Call
from chalicelib.api.forms import Upload
from chalicelib.core.errors import DataFault

EXTENSIONS = frozenset({"js", "css", "png", "jpg", "jpeg", "gif", "zip"})
MOST_NAME = 200
FOLDER = "/uploads/"
KEY = re.compile(r"user_[0-9]{1,16}/(?P<owner>[a-z]{1,20}-[0-9]{1,16})-[0-9a-f]{16}/[^/]+")


class Filed(Protocol):
    """What may have a file."""

    @property
    def id(self) -> int: ...
    @property
    def media_url(self) -> str | None: ...


def check_upload(call: Call, upload: Upload) -> None:
    """Raises DataFault for a name without an allowed extension, or one that cannot stand in an address."""
    extra = call.services.settings.allowed_upload_extensions.lower().split(",")
    allowed = EXTENSIONS | {one.strip() for one in extra if one.strip()}
    _, dot, extension = upload.name.rpartition(".")
    if not dot or extension.lower() not in allowed:
        raise DataFault(f"Files of this type are not taken; allowed are {', '.join(sorted(allowed))}.")
    if not upload.name.isprintable() or set(upload.name) & set("/\\") or len(upload.name.encode()) > MOST_NAME:
        raise DataFault(f"The file's name must be printable, without slashes, and at most {MOST_NAME} bytes.")


def store_file(call: Call, upload: Upload, container: str, kind: str, owner_id: int) -> str:
    """Store the file of the `kind` of object that has this id; its public address, which names the object's key."""
    key = f"{container}/{kind}-{owner_id}-{os.urandom(8).hex()}/{upload.name}"
    call.services.uploads.put(key, upload.content)
    return f"{call.site}{FOLDER}{quote(key)}"


def file_info(info: Mapping[str, Any], container: str, upload: Upload) -> dict[str, Any]:
    """`info` with what clients read of the file; its other keys are kept."""
    return {**info, "container": container, "file_name": upload.name}


def remove_file(call: Call, kind: str, thing: Filed) -> None:
    """Remove the file of an object, if it has one of its own."""
    key = own_key(kind, thing)
    if key is not None:
        call.services.uploads.remove(key)


def own_key(kind: str, thing: Filed) -> str | None:
    """The key of the file that was stored for this object."""
    path = urlsplit(thing.media_url or "").path
    key = unquote(path.removeprefix(FOLDER)) if path.startswith(FOLDER) else ""
    match = KEY.fullmatch(key)
    return key if match is not None and match["owner"] == f"{kind}-{thing.id}" else None
