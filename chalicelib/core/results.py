"""When a task is complete, and the result version that this makes (contract rest-api.md §12.1, events.md §3).

Completion is read from the images of one stream record and never by reading the sheet again: by the time a record
arrives the sheet may have been reopened, and that generation would be lost (heart.md §3, failure 12).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.core.queueing import GOLD, kind_of

Image = Mapping[str, Mapping[str, Any]]  # attribute to typed value: {"n": {"N": "3"}}

GUARD = "guard"  # `src` of a sheet that only says: a task with this info exists under another key; it has no seats


@dataclass(frozen=True)
class Completion:
    """A task got its last answer: the `gen`-th time, by these runs (ids, ascending)."""

    project_id: int
    task_id: int
    gen: int
    run_ids: list[int]


class Result(msgspec.Struct, frozen=True):
    """One version of a task's result (contract rest-api.md §9.4); `gen` is not shown to clients."""

    id: int
    created: str
    project_id: int
    task_id: int
    task_run_ids: list[int]
    last_version: bool
    info: Any
    gen: int


class MalformedRecord(Exception):
    """A stream record whose images are not those of a seat sheet; the message names the sheet and the attribute."""


def completion(old: Image | None, new: Image | None) -> Completion | None:
    """What the change from `old` (None: the item is new) to `new` (None: it was removed) completes. Under
    depth_first_all each answer beyond redundancy counts one generation up and makes a version (contract §12.1).

    Raises MalformedRecord. Image formats: AWS, "DynamoDB Streams, StreamRecord", with NEW_AND_OLD_IMAGES.
    """
    if new is None or new.get("src", {}).get("S") == GUARD:
        return None
    if not _completed(new) or (old is not None and _completed(old) and number(old, "gen") == number(new, "gen")):
        return None
    return Completion(number(new, "project"), number(new, "task"), number(new, "gen"), _run_ids(new))


@dataclass(frozen=True)
class Orphans:
    """A task that is gone, and how often it had been completed: its result's generations from 0."""

    task_id: int
    generations: int


def orphans(old: Image | None, new: Image | None) -> Orphans | None:
    """What the removal of a sheet leaves behind. Its deletion may have come before its result was made, or a completion
    be delivered after it: a result would then keep the project from ever being deleted (contract rest-api.md §9.1).
    Raises MalformedRecord."""
    if new is not None or old is None or old.get("src", {}).get("S") == GUARD:
        return None
    generations = number(old, "gen") + _completed(old)
    return Orphans(number(old, "task"), generations) if generations else None


def reopened(old: Image | None, new: Image | None) -> tuple[int, int] | None:
    """The task, and the generation it is in now, when a run was withdrawn from a complete task that now wants an answer
    again: its result must not go on resting on that run. Raises MalformedRecord."""
    if new is None or old is None or not _completed(old) or _completed(new):
        return None
    if set(_run_ids(old)) <= set(_run_ids(new)):  # reopened because more answers are wanted
        return None
    return number(new, "task"), number(new, "gen")


def _completed(image: Image) -> bool:
    return number(image, "ans") >= number(image, "n") and not is_gold(image)


def is_gold(image: Image) -> bool:
    """Gold tasks are no work: they are never complete (core/gold.py)."""
    return kind_of(image.get("qk", {}).get("S", "")) == GOLD


def number(image: Image, name: str) -> int:
    """A whole number of a sheet's image. Raises MalformedRecord."""
    return whole(image, name, image.get(name))


def whole(image: Image, name: str, value: Any) -> int:
    """The typed `value`, called `name`, of a sheet's image. Raises MalformedRecord."""
    try:
        return int(value["N"])
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedRecord(f"Sheet {_key(image)}: {name} is not a whole number but {value!r}") from error


def _run_ids(image: Image) -> list[int]:
    seats = image.get("seats", {}).get("M")
    if not isinstance(seats, Mapping):
        raise MalformedRecord(f"Sheet {_key(image)}: seats is not a map but {image.get('seats')!r}")
    held = [whole(image, f"seats.{who}", value) for who, value in seats.items()]
    return sorted(-run for run in held if run < 0)


def _key(image: Image) -> str:
    return str(image.get("key", {}).get("S", "without a key"))
