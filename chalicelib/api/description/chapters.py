"""The document as chapters for readers: the page `/api/docs` and `docs/reference` are rendered from them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.api.description.fields import needed
from chalicelib.api.description.parameters import BY_NAME
from chalicelib.core.resources import Field, Kind, Resource

Part = Mapping[str, Any]

KINDS = {
    Kind.INT: "whole number",
    Kind.FLOAT: "number",
    Kind.BOOL: "true or false",
    Kind.TEXT: "text",
    Kind.TIME: "time",
    Kind.JSON: "any JSON",
    Kind.OBJECT: "object",
    Kind.INTS: "list of whole numbers",
}


@dataclass(frozen=True)
class Row:
    """One field of a resource."""

    name: str
    kind: str
    writing: str
    about: str


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `kind` says what it may be."""

    name: str
    place: str
    kind: str
    about: str
    needed: bool


@dataclass(frozen=True)
class Entry:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    parameters: tuple[Parameter, ...]
    filters: tuple[str, ...]
    forms: bool
    answer: str
    statuses: tuple[tuple[str, str], ...]
    curl: str


@dataclass(frozen=True)
class Chapter:
    """One tag: a resource with its fields, or another endpoint."""

    name: str
    about: str
    fields: tuple[Row, ...]
    entries: tuple[Entry, ...]


def chapters(document: Part) -> list[Chapter]:
    """Every tag of the document, in its order."""
    entries = [
        (one["tags"][0], _entry(document, path, method, one))
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    return [
        Chapter(
            tag["name"],
            tag["description"],
            _rows(BY_NAME.get(tag["name"])),
            tuple(entry for name, entry in entries if name == tag["name"]),
        )
        for tag in document["tags"]
    ]


def _rows(resource: Resource | None) -> tuple[Row, ...]:
    if resource is None:
        return ()
    return tuple(Row(field.name, _kind(field), _writing(resource, field), field.about) for field in resource.fields)


def _kind(field: Field) -> str:
    """Its type with its bounds."""
    parts = [" or ".join(field.choices) or KINDS[field.kind]]
    if field.longest is not None:
        parts.append(f"at most {field.longest} characters")
    if field.least is not None:
        parts.append(f"{field.least} to {field.most}")
    return ", ".join(parts) + (", or null" if field.nullable else "")


def _writing(resource: Resource, field: Field) -> str:
    """Whether callers set it."""
    if field.name in resource.reserved | resource.forbidden:
        return "set by the server"
    if needed(field):
        return "required"
    return f"default {json.dumps(field.default)}" if field.default is not None else "optional"


def _entry(document: Part, path: str, method: str, one: Part) -> Entry:
    filters = {name for name in _fields_of(one) if _is_filter(one, name)}
    given = [_parameter(each) for each in one["parameters"] if each["name"] not in filters or each["in"] != "query"]
    taken = one.get("requestBody", {}).get("content", {})
    return Entry(
        name=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        about=one["description"],
        parameters=tuple(given),
        filters=tuple(name for name in _fields_of(one) if name in filters),
        forms="multipart/form-data" in taken,
        answer=_answer(one),
        statuses=tuple((status, _resolved(document, each)["description"]) for status, each in one["responses"].items()),
        curl=one["x-codeSamples"][0]["source"],
    )


def _fields_of(one: Part) -> list[str]:
    resource = BY_NAME.get(one["tags"][0])
    return list(resource.by_name) if resource is not None and one["operationId"].startswith("list_") else []


def _is_filter(one: Part, name: str) -> bool:
    return any(each["name"] == name and each["in"] == "query" for each in one["parameters"])


def _parameter(given: Part) -> Parameter:
    return Parameter(given["name"], given["in"], in_words(given["schema"]), given["description"], given["required"])


def in_words(schema: Part) -> str:
    """What a parameter may be, in a word or two."""
    if "anyOf" in schema:
        return in_words(schema["anyOf"][0])
    if "enum" in schema:
        return "one of the fields"
    if "[Tt]" in schema.get("pattern", ""):
        return "true or false"
    return {"integer": "whole number", "number": "number"}.get(schema["type"], "text")


def _example(content: Part) -> str:
    found = content.get("application/json", {}).get("example")
    return json.dumps(found, indent=2) if found is not None else ""


def _answer(one: Part) -> str:
    successes = [each for status, each in one["responses"].items() if status.startswith("2")]
    return _example(successes[0].get("content", {})) if successes else ""


def _resolved(document: Part, part: Part) -> Part:
    pointer = part.get("$ref")
    return document["components"]["responses"][pointer.rpartition("/")[2]] if pointer else part
