"""What a list query asks of a row, one small class per form (contract rest-api.md §4.2–4.4).

A row is an object's fields as a mapping. A field that the caller may not see is absent from it: nothing matches then.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from msgspec import Struct

from chalicelib.core.errors import DataFault, ValueFault
from chalicelib.core.full_text import Found, Wanted, found_in, headline, rank, read_wanted
from chalicelib.core.resources import Field, Kind

Row = Mapping[str, Any]

YES = frozenset({"true", "t", "yes", "y", "on", "1"})
NO = frozenset({"false", "f", "no", "n", "off", "0"})
MOST_INT = 2**53
DECIMAL = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
ABSENT = object()


class Filter(Protocol):
    @property
    def name(self) -> str:
        """The field it looks at."""

    def matches(self, row: Row) -> bool: ...


class Equals(Struct, frozen=True):
    name: str
    value: Any

    def matches(self, row: Row) -> bool:
        return bool(row.get(self.name, ABSENT) == self.value)


class OneOf(Struct, frozen=True):
    """`project_id=1,2`: any of the numbers."""

    name: str
    values: frozenset[int]

    def matches(self, row: Row) -> bool:
        return row.get(self.name) in self.values


class StartsWith(Struct, frozen=True):
    """`created=2026-01`: a prefix of the ISO text."""

    name: str
    prefix: str

    def matches(self, row: Row) -> bool:
        return str(row.get(self.name, "")).startswith(self.prefix) if row.get(self.name) is not None else False


class Pair(Struct, frozen=True):
    """`info=key::value`: a top-level key whose value, as text, is this."""

    name: str
    key: str
    text: str

    def matches(self, row: Row) -> bool:
        return _text_in(row, self.name, self.key) == self.text


class Search(Struct, frozen=True):
    """`info=key::words&fulltextsearch=1`: the value at a top-level key, as text, has these words (§4.4)."""

    name: str
    key: str
    wanted: Wanted
    language: str

    def matches(self, row: Row) -> bool:
        found = self._found(row)
        return found is not None and self.wanted.within(found.places)

    def rank(self, row: Row) -> float:
        """Of a row that matches."""
        found = self._found(row)
        return rank(self.wanted, found) if found is not None else 0.0

    def shown(self, row: Row) -> dict[str, Any]:
        """What a row that matches has besides."""
        found = self._found(row)
        return {"headline": headline(self.wanted, found), "rank": rank(self.wanted, found)} if found else {}

    def _found(self, row: Row) -> Found | None:
        text = _text_in(row, self.name, self.key)
        return found_in(text, self.language) if text is not None else None


class Contains(Struct, frozen=True):
    """`info={…}` or `info=word`: JSON containment."""

    name: str
    part: Any

    def matches(self, row: Row) -> bool:
        return self.name in row and contains(row[self.name], self.part)


def contains(whole: Any, part: Any) -> bool:
    """Whether `part` is contained in `whole`, as PostgreSQL's `@>` means it for JSON: the structures match, but that a
    list holds a plain value (PostgreSQL, "JSON Types, jsonb Containment and Existence")."""
    if isinstance(whole, list) and not isinstance(part, dict | list):
        return any(_same(one, part) for one in whole)
    return _holds(whole, part)


def _holds(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and _holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_holds(one, member) for one in whole) for member in part)
    return _same(whole, part)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _text_in(row: Row, name: str, key: str) -> str | None:
    info = row.get(name)
    return _as_text(info[key]) if isinstance(info, dict) and key in info else None


def _as_text(value: Any) -> str | None:
    """A JSON value as the database renders it with `->>`."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def filters_for(field: Field, text: str, search_language: str | None = None) -> list[Filter]:
    """The filters that `?<field>=<text>` asks for; with `search_language`, pairs on `info` are searches. Raises
    DataFault or ValueFault when the text cannot be cast."""
    if field.name == "fav_user_ids":
        return []
    if field.name == "info":
        return info_filters(text, search_language)
    if field.name == "created":
        return [StartsWith("created", text)]
    if field.name == "project_id":
        return [OneOf("project_id", _numbers(text))]
    return [Equals(field.name, _cast(field, text))]


def _numbers(text: str) -> frozenset[int]:
    found = frozenset(int(digits[:17]) for digits in re.findall(r"[0-9]+", text))
    if not found or max(found) > MOST_INT:
        raise DataFault("project_id must be one or more whole numbers.")
    return found


def _cast(field: Field, text: str) -> Any:
    if field.kind is Kind.INT:
        return whole_number(field.name, text)
    if field.kind is Kind.BOOL:
        return _truth(field.name, text)
    if field.kind is Kind.FLOAT:
        return _float(field.name, text)
    if field.kind is Kind.INTS:
        return _array(field.name, text)
    return text


def whole_number(name: str, text: str) -> int:
    """The integer that `text` says; raises DataFault."""
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,17}\s*", text, re.ASCII) or abs(int(text)) > MOST_INT:
        raise DataFault(f"{name} must be a whole number below 2**53.")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise DataFault(f"{name} must be true or false.")
    return text.lower() in YES


def _float(name: str, text: str) -> float:
    number = decimal(text)
    if number is None:
        raise DataFault(f"{name} must be a number.")
    return number


def decimal(text: str) -> float | None:
    """The number that `text` writes, finite; None when it is none."""
    number = float(text) if DECIMAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def _array(name: str, text: str) -> list[int]:
    if not re.fullmatch(r"\{[0-9, ]*\}", text, re.ASCII):
        raise DataFault(f"{name} must be a list like {{1,2}}.")
    return [whole_number(name, member) for member in text[1:-1].split(",") if member.strip()]


def info_filters(text: str, search_language: str | None) -> list[Filter]:
    """`key::value|key::value`, a JSON object or array, or a bare word (§4.3)."""
    if "::" in text and not text.startswith(("{", "[")):
        return [_pair(one, search_language) for one in text.split("|") if one]
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = text
    return [Contains("info", value)]


def _pair(text: str, search_language: str | None) -> Pair | Search:
    key, *values = text.split("::")
    if len(values) != 1:
        raise ValueFault("A filter on info must look like key::value, with one :: in each pair.")
    if search_language is None:
        return Pair("info", key, values[0])
    return Search("info", key, read_wanted(values[0], search_language), search_language)
