"""Who changed what of a project, and when (contract events.md §13).

An entry is added in the transaction of the project's change. Nothing changes or removes one, also not the project's
deletion.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
import orjson

from chalicelib.core import autoimporter
from chalicelib.core.callers import Caller
from chalicelib.core.projects import Project

MOST_CHARACTERS = 500  # of one value
MOST_TOGETHER = 80_000  # characters of one entry's values, so that it stays one item
SECRET = frozenset({"secret_key", "passwd_hash"})
UNTOLD = frozenset({"id", "created", "updated", "info"}) | Project.PRIVATE
HIDDEN, NOTHING = "(secret)", ""


class Author(msgspec.Struct, frozen=True):
    """Who made a change, and by which door: `via` is "api" or "web"."""

    user_id: int | None
    name: str | None
    via: str


class Change(msgspec.Struct, frozen=True):
    """One attribute's change; `action` is create, update or delete. Values are texts, long ones cut."""

    action: str
    attribute: str
    old: str
    new: str


class Entry(msgspec.Struct, frozen=True):
    """What one request changed. The id tells when (core/identifiers.py, `made_at`)."""

    id: int
    project_id: int
    short_name: str
    author: Author
    changes: Sequence[Change]


class Audit(Protocol):
    def append(self, project: Project, author: Author, changes: Sequence[Change]) -> None:
        """Nothing is stored when nothing changed."""

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Entry]:
        """From the newest down; below `last_id` if given."""


def author_of(caller: Caller, via: str) -> Author:
    return Author(caller.user_id, caller.user.name if caller.user else None, via)


CREATED = (Change("create", "project", "Nothing", "New project"),)
DELETED = (Change("delete", "project", "Saved", "Deleted"),)


def changes_of(old: Project, new: Project) -> list[Change]:
    """One for each column that differs, `updated` left out, and for each key of `info`. Secrets are not told."""
    columns = (_differences(_columns(old), _columns(new)), _differences(old.info, new.info))
    return bounded(change for found in columns for change in found)


def _columns(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in project.__struct_fields__ if name not in UNTOLD}


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            if name == autoimporter.KEY:
                yield _autoimporter_change(old.get(name), new.get(name))
                continue
            values = (HIDDEN, HIDDEN) if name in SECRET else (text_of(old.get(name)), text_of(new.get(name)))
            yield Change("update", name[:MOST_CHARACTERS], *values)


def _autoimporter_change(old: Any, new: Any) -> Change:
    """Contract importers.md §5: it is created or deleted, not updated."""
    action = "create" if old is None else "delete" if new is None else "update"
    before, after = ("Nothing" if one is None else text_of(autoimporter.shown(one)) for one in (old, new))
    return Change(action, autoimporter.KEY, before, after)


def text_of(value: Any) -> str:
    """A value as the log shows it: null is empty, lists and objects are JSON, long texts are cut."""
    if value is None:
        return NOTHING
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"


def bounded(changes: Iterator[Change]) -> list[Change]:
    """As many of the changes as one entry can hold, and how many it could not."""
    kept: list[Change] = []
    room, left = MOST_TOGETHER, 0
    for change in changes:
        room -= len(change.attribute) + len(change.old) + len(change.new) + 50
        if room > 0:
            kept.append(change)
        else:
            left += 1
    return [*kept, Change("update", "…", NOTHING, f"{left} more")] if left else kept
