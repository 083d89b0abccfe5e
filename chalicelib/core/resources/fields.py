"""What a resource of the API is made of (contract rest-api.md §9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any


class Kind(Enum):
    """The type of a field's value in JSON."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TEXT = "text"
    TIME = "timestamp"  # UTC text, microseconds, no zone
    JSON = "json"  # any JSON value
    OBJECT = "object"
    INTS = "list of int"


@dataclass(frozen=True)
class Field:
    """One field. `longest` counts characters, `least` and `most` bound numbers, `choices` lists all values there are.
    A field that may not be null takes its default in place of null. `about` is what the API's description says."""

    name: str
    kind: Kind
    about: str
    default: Any = None
    nullable: bool = False
    longest: int | None = None
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False  # on POST; missing, null or empty: 415 DBIntegrityError
    reserved: bool = False  # on POST and PUT: 400 BadRequest


@dataclass(frozen=True)
class Resource:
    """One resource: its name in paths and errors (`target`), the model's name in messages, its fields.

    `forbidden` keys are refused with 403 in place of 400; `reserved_names_key` adds the key to the message. Lists of
    `scoped` ones show a signed-in caller only their own projects' rows unless `all=1` (§4.6). `parents` are the links
    of §5.1. `about` is what the API's description says.
    """

    name: str
    model: str
    about: str
    fields: tuple[Field, ...]
    forbidden: frozenset[str] = frozenset()
    also_reserved: frozenset[str] = frozenset()
    reserved_names_key: bool = False
    scoped: bool = True
    linked: bool = True
    parents: Mapping[str, str] | None = None  # resource name -> the field with its id
    multipart: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def reserved(self) -> frozenset[str]:
        return self.also_reserved | {field.name for field in self.fields if field.reserved}
