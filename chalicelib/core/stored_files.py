"""Names of uploaded files in their bucket (contract rest-api.md §13).

A key is `<container>/<resource>-<id>-<random>/<file name>`, so that no upload overwrites another and an object can
only ever remove a file that was made for itself, whatever its `media_url` was changed to. What is sent straight to the
bucket waits under `unclaimed/` until an object takes it over; the bucket forgets what nobody takes.
"""

import os
import re
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

FOLDER = "/uploads/"
ANONYMOUS = "anonymous"
KEY = re.compile(r"(user_[0-9]{1,16}|anonymous)/(?P<owner>[a-z]{1,20}-[0-9]{1,16})-[0-9a-f]{16}/[^/]+")
WAITING = re.compile(r"unclaimed/[0-9a-f]{32}/[^/]+")


class Filed(Protocol):
    """What may have a file."""

    @property
    def id(self) -> int: ...
    @property
    def media_url(self) -> str | None: ...


class Removing(Protocol):
    def remove(self, key: str) -> None: ...


def container_of(user_id: int | None) -> str:
    """The folder of somebody's files."""
    return ANONYMOUS if user_id is None else f"user_{user_id}"


def new_key(container: str, kind: str, owner_id: int, name: str) -> str:
    """A fresh key for the file of the `kind` of object that has this id."""
    return f"{container}/{kind}-{owner_id}-{os.urandom(8).hex()}/{name}"


def new_waiting_key(name: str) -> str:
    """A fresh key that nobody guesses, for a file whose object does not exist yet."""
    return f"unclaimed/{os.urandom(16).hex()}/{name}"


def address_of(site: str, key: str) -> str:
    """The public address of a file; `site` has no slash at its end."""
    return f"{site}{FOLDER}{quote(key)}"


def waiting_key(media_url: object) -> str | None:
    """The key of the waiting file that has this address; None when it is no such address."""
    key = key_at(media_url)
    return key if WAITING.fullmatch(key) else None


def own_key(kind: str, thing: Filed) -> str | None:
    """The key of the file that was stored for this object."""
    key = key_at(thing.media_url)
    match = KEY.fullmatch(key)
    return key if match is not None and match["owner"] == f"{kind}-{thing.id}" else None


def remove_file(uploads: Removing, kind: str, thing: Filed, successor: Filed | None = None) -> None:
    """Remove the file of an object, if it has one of its own that its successor has not."""
    key = own_key(kind, thing)
    if key is not None and (successor is None or own_key(kind, successor) != key):
        uploads.remove(key)


def key_at(media_url: object) -> str:
    """The key that a `media_url` names; an empty one when it is not an address of ours."""
    try:
        path = urlsplit(media_url).path if isinstance(media_url, str) else ""
    except ValueError:  # a bracket that is no address
        path = ""
    return unquote(path.removeprefix(FOLDER)) if path.startswith(FOLDER) else ""
