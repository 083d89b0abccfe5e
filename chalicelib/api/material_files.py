"""The files of helping materials (contract rest-api.md §13).

An object's key is `user_<id>/<material id>-<random>/<file name>`, so that no upload overwrites another and a material
can only ever remove a file that was made for itself, whatever its `media_url` was changed to.
"""

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from chalicelib.api.calls import Call
from chalicelib.api.forms import Upload
from chalicelib.core.errors import DataFault
from chalicelib.core.materials import Material

EXTENSIONS = frozenset({"js", "css", "png", "jpg", "jpeg", "gif", "zip"})
MOST_NAME = 200
FOLDER = "/uploads/"
KEY = re.compile(r"user_[0-9]{1,16}/(?P<material>[0-9]{1,16})-[0-9a-f]{16}/[^/]+")


def check_upload(call: Call, upload: Upload) -> None:
    """Raises DataFault for a name without an allowed extension, or one that cannot stand in an address."""
    extra = call.services.settings.allowed_upload_extensions.lower().split(",")
    allowed = EXTENSIONS | {one.strip() for one in extra if one.strip()}
    _, dot, extension = upload.name.rpartition(".")
    if not dot or extension.lower() not in allowed:
        raise DataFault(f"Files of this type are not taken; allowed are {', '.join(sorted(allowed))}.")
    if not upload.name.isprintable() or set(upload.name) & set("/\\") or len(upload.name.encode()) > MOST_NAME:
        raise DataFault(f"The file's name must be printable, without slashes, and at most {MOST_NAME} bytes.")


def store_file(call: Call, upload: Upload, container: str, material_id: int) -> str:
    """Store the file; its public address, which names the object's key."""
    key = f"{container}/{material_id}-{os.urandom(8).hex()}/{upload.name}"
    call.services.uploads.put(key, upload.content)
    return f"{call.site}{FOLDER}{quote(key)}"


def file_info(info: Mapping[str, Any], container: str, upload: Upload) -> dict[str, Any]:
    """`info` with what clients read of the file; its other keys are kept."""
    return {**info, "container": container, "file_name": upload.name}


def remove_file(call: Call, material: Material) -> None:
    """Remove the material's file, if it has one of its own."""
    key = own_key(material)
    if key is not None:
        call.services.uploads.remove(key)


def own_key(material: Material) -> str | None:
    """The key of the file that was stored for this material."""
    path = urlsplit(material.media_url or "").path
    key = unquote(path.removeprefix(FOLDER)) if path.startswith(FOLDER) else ""
    match = KEY.fullmatch(key)
    return key if match is not None and int(match["material"]) == material.id else None
