"""How a source that is no object of our own bucket is gathered into one, which is then imported like any other.

A *file source* names one file, which is streamed into the object. A *paged source* is asked page by page; what it found
is written as lines (`importers.spool`). A source knows its parameters and how to get the next page, and neither tasks
nor stores nor queues. What it raises:

- BadParameters: the form has to be filled in differently.
- Unreadable: the source cannot be imported as it is; the message says what to change.
- TryLater: perhaps it can, later; the page that was asked for may be asked for again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from chalicelib.core.import_reading import Unreadable
from chalicelib.core.outgoing import Answer, Streamed

MOST_PAGES = 50_000  # of one source: a service that never ends is stopped


class BadParameters(Exception):
    """Fields of the source's form with what to change about each."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(advice)}" for name, advice in errors.items()))
        self.errors = errors


class TryLater(Exception):
    """The source did not answer, or asks for patience of so many seconds (0: it did not say)."""

    def __init__(self, reason: str, seconds: int = 0) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Refused(Unreadable):
    """The server answered with this status."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


class NotOffered(Exception):
    """This site does not have the source; the message says why."""


class Parameters(msgspec.Struct, frozen=True):
    """What a source was asked for, by the contract's field names. `SECRETS` are never shown to anybody again."""

    SECRETS: ClassVar[frozenset[str]] = frozenset()

    def shown(self) -> dict[str, Any]:
        """The fields that may be shown."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if name not in self.SECRETS}


class Page(msgspec.Struct, frozen=True):
    """What one page holds: the `info` of each record, reasons for records that cannot be tasks, where to go on (None:
    this was the last) and how many records there are in all, if the source says so."""

    infos: list[dict[str, Any]]
    next: str | None = None
    total: int | None = None
    wrong: list[str] = []


class RemoteFile(msgspec.Struct, frozen=True):
    """A file to stream: `format` is an extension that `importers.registry` knows; the answer's Content-Type must
    contain one of `content_types`; `private` says what to do when we may not read it."""

    url: str
    format: str
    content_types: tuple[str, ...]
    private: str


class Listing(msgspec.Struct, frozen=True):
    """A stretch of a bucket's keys, ascending; `more` when there are keys behind it."""

    keys: list[str]
    more: bool


class Web(Protocol):
    """The egress guard; `most_bytes` and `seconds` are for a whole body. All raise OutgoingFailure."""

    def fetch(self, url: str, most_bytes: int, seconds: float, headers: Mapping[str, str], /) -> Answer: ...
    def stream(self, url: str, most_bytes: int, seconds: float, /) -> AbstractContextManager[Streamed]: ...
    def post(self, url: str, headers: Mapping[str, str], body: bytes, /) -> Answer: ...


class RoleBuckets(Protocol):
    """Buckets that the project of the import may read by a role of their owner's. All raise Unreadable, TryLater."""

    def grant(self, bucket: str, role_arn: str, /) -> None:
        """Keep that the project reads the bucket by this role, so that readers of its tasks get links."""

    def list_objects(self, role_arn: str, bucket: str, prefix: str, after: str, /) -> Listing: ...


class Tools(msgspec.Struct, frozen=True):
    """What sources work with. `keys` has the site's key for each service that it has one for; `list_objects` lists a
    bucket that is open to everybody: (bucket, prefix, key behind which to begin). It raises Unreadable, TryLater.
    Without `role_buckets`, private ones cannot be read."""

    web: Web
    keys: Mapping[str, str]
    list_objects: Callable[[str, str, str], Listing]
    role_buckets: RoleBuckets | None = None


class Source(Protocol):
    """What all sources have in common. `shape` is the source's own Parameters."""

    @property
    def shape(self) -> type[Parameters]: ...

    def check(self, fields: Mapping[str, Any], /) -> Parameters:
        """Parameters of a form's fields. Raises BadParameters."""


@runtime_checkable
class PagedSource(Source, Protocol):
    def page(self, parameters: Any, token: str | None, /) -> Page:
        """The page at `token` (None: the first), however often it is asked for. Raises Unreadable, TryLater."""


@runtime_checkable
class FileSource(Source, Protocol):
    def file(self, parameters: Any, /) -> RemoteFile:
        """The file to stream, whose answer `importers.remote_files` judges."""


@runtime_checkable
class OpeningSource(Source, Protocol):
    """A source that something has to be kept of, beside the import, when one is made (not when it is previewed)."""

    def open(self, parameters: Any, /) -> None:
        """Once, before the import is made. Raises BadParameters, TryLater."""


class Place(msgspec.Struct, frozen=True):
    """How far gathering came."""

    token: str | None = None
    pages: int = 0
    over: bool = False


def gather(source: PagedSource, parameters: Any, place: Place) -> Iterator[tuple[Page, Place]]:
    """The pages from `place` on, each with the place behind it. Raises Unreadable, TryLater."""
    seen = {hash(place.token)}
    while not place.over:
        page = source.page(parameters, place.token)
        place = Place(page.next, place.pages + 1, over=page.next is None)
        if not place.over and (hash(place.token) in seen or place.pages >= MOST_PAGES):
            raise Unreadable("The source leads in a circle or never ends: it was stopped, and nothing was imported.")
        seen.add(hash(place.token))
        yield page, place
