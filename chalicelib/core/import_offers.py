"""The sources that a site offers, as requests see them (`importers.offers` has them)."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from chalicelib.core.import_gathering import Parameters
from chalicelib.core.import_reading import Row
from chalicelib.core.imports import Origin, Record, guard_of

UPLOAD = "localCSV"  # the type of files that come with the request


class OfferedSource(msgspec.Struct, frozen=True):
    """A source, whether it may be imported from daily (contract §5), and why this site does not offer it, "" if it
    does."""

    name: str
    title: str
    daily: bool
    why_not: str


class Offers(Protocol):
    """A source is named by its type (contract importers.md §1)."""

    def all(self) -> list[OfferedSource]:
        """Also those that this site does not offer."""

    def of_project(self, project_id: int) -> "Offers":
        """For imports into this project, which may be granted private buckets."""

    def check(self, type: str, fields: Mapping[str, Any]) -> Parameters:
        """The parameters in a form's fields. Raises NotOffered, BadParameters."""

    def open(self, type: str, parameters: Parameters) -> None:
        """What the source has to do once, before an import is made. Raises NotOffered, BadParameters, TryLater."""

    def sealed(self, parameters: Parameters) -> str:
        """Those that are shown to nobody, encrypted."""

    def preview(self, type: str, parameters: Parameters) -> list[Row]:
        """The first rows as they would be stored. Raises Unreadable, TryLater."""

    def preview_file(self, name: str, chunks: Iterable[bytes]) -> list[Row]:
        """The same of a file that was sent. Raises Unreadable."""


def source_named(sources: Iterable[OfferedSource], name: object) -> OfferedSource | None:
    """The one of that name, also if this site does not offer it."""
    return next((one for one in sources if one.name == name), None)


class Asker(msgspec.Struct, frozen=True):
    """Who wants an import, and how it came about. Whoever asks with the same `once` asks for the same import."""

    user_id: int | None = None
    origin: Origin = "request"
    once: str = ""


def wanted(offers: Offers, project_id: int, type: str, fields: Mapping[str, Any], asker: Asker) -> Record:
    """The import that a form asks for, to be started. Raises NotOffered, BadParameters, TryLater."""
    offers = offers.of_project(project_id)
    parameters = offers.check(type, fields)
    offers.open(type, parameters)
    return Record(
        id=0,
        project_id=project_id,
        source=None,
        created="",
        type=type,
        parameters=msgspec.to_builtins(parameters.shown()),
        created_by=asker.user_id,
        origin=asker.origin,
        guard=guard_of(asker.origin, str(project_id), asker.once or secrets.token_hex(16)),
        sealed=offers.sealed(parameters),
    )


def rows_of(offers: Offers, type: str, fields: Mapping[str, Any], content: bytes) -> list[Row]:
    """The first rows of what a form asks for; `content` is that of a file that came with it. Raises NotOffered,
    BadParameters, Unreadable, TryLater."""
    parameters = offers.check(type, fields)
    return offers.preview_file(fields["file"], [content]) if type == UPLOAD else offers.preview(type, parameters)
