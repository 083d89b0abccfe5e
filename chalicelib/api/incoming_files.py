"""A file on its way to an object (contract rest-api.md §13): in the form of its POST or PUT, or sent to the bucket
before and named by `media_url` (upload_forms.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.forms import Upload
from chalicelib.core.errors import DataFault
from chalicelib.core.stored_files import address_of, key_at, new_key, waiting_key

EXTENSIONS = frozenset({"js", "css", "png", "jpg", "jpeg", "gif", "zip"})
MOST_NAME = 200
BLOB = "blob"
NOT_THERE = "There is no file at media_url yet. Send it first, with the form that POST /api/upload gives."


@dataclass(frozen=True)
class Waiting:
    """A file in the bucket that no object has yet."""

    key: str

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]


Incoming = Upload | Waiting


def incoming_file(call: Call, given: Mapping[str, Any], unnamed: str | None = None) -> Incoming | None:
    """The file that comes with a POST or PUT, of an allowed type; `unnamed` replaces the name that browsers give to
    what has none. Raises AttributeFault for a form without one, DataFault."""
    if call.form is not None:
        upload = call.form.uploaded()
        if upload.name == BLOB and unnamed is not None:
            upload = replace(upload, name=unnamed)
        check_name(call, upload.name)
        return upload
    key = waiting_key(given.get("media_url"))
    return Waiting(key) if key is not None else None


def check_name(call: Call, name: str) -> None:
    """Raises DataFault for a name without an allowed extension, or one that cannot stand in an address."""
    extra = call.services.settings.allowed_upload_extensions.lower().split(",")
    allowed = EXTENSIONS | {one.strip() for one in extra if one.strip()}
    _, dot, extension = name.rpartition(".")
    if not dot or extension.lower() not in allowed:
        raise DataFault(f"Files of this type are not taken; allowed are {', '.join(sorted(allowed))}.")
    if not name.isprintable() or set(name) & set("/\\") or len(name.encode()) > MOST_NAME:
        raise DataFault(f"The file's name must be printable, without slashes, and at most {MOST_NAME} bytes.")


def file_info(info: Mapping[str, Any], container: str, file: Incoming) -> dict[str, Any]:
    """`info` with what clients read of the file; its other keys are kept."""
    return {**info, "container": container, "file_name": file.name}


def store_file(call: Call, file: Incoming, container: str, kind: str, owner_id: int) -> str:
    """Store the file of the `kind` of object that has this id; its public address, which names the object's key. A
    waiting file is copied and stays until `done_with` it. Raises DataFault when there is none."""
    key = new_key(container, kind, owner_id, file.name)
    if isinstance(file, Upload):
        call.services.uploads.put(key, file.content)
    elif not call.services.uploads.copy(file.key, key):
        raise DataFault(NOT_THERE)
    return address_of(call.site, key)


def discard(call: Call, media_url: str) -> None:
    """Remove what `store_file` stored: its object is not."""
    call.services.uploads.remove(key_at(media_url))


def done_with(call: Call, file: Incoming | None) -> None:
    """Its object is stored."""
    if isinstance(file, Waiting):
        call.services.uploads.remove(file.key)
