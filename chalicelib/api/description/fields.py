"""From the resources' field tables to JSON Schema (draft 2020-12): what is answered, and what is accepted.

Answers are described strictly: every key, and no other. Requests are described as they are taken, which is more than
what is answered: whole numbers also as text of digits, null for a field's default (contract rest-api.md §2, §4.2).
"""

from typing import Any

from chalicelib.api.projects import PUBLIC
from chalicelib.api.users import OTHERS, OWN
from chalicelib.core.bodies import LARGEST, LINKS, MOST_INT, SENT_BACK
from chalicelib.core.resources import PROJECT, PROJECTSTATS, RESULT, TASK, TASKRUN, USER, Field, Kind, Resource

Schema = dict[str, Any]

SHOWN_TO_ALL = {PROJECT.name: frozenset(PUBLIC), USER.name: frozenset(OTHERS)}  # who may see less sees these
EVER_SHOWN = {USER.name: frozenset(OWN)}
TIMES = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$"
DIGITS = r"^\s*-?[0-9]{1,15}\s*$"
DECIMAL = r"^\s*[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?\s*$"

TEXT: Schema = {"type": "string"}
IN_FORMS: dict[Kind, Schema] = {
    Kind.INT: {"type": "string", "pattern": DIGITS},
    Kind.FLOAT: {"type": "string", "pattern": DECIMAL},
    Kind.BOOL: {"enum": ["true", "false"]},
    Kind.OBJECT: {"type": "string", "contentMediaType": "application/json", "pattern": r"^\{.*\}$"},
}
ANSWERED: dict[Kind, Schema] = {
    Kind.INT: {"type": "integer"},
    Kind.FLOAT: {"type": "number"},
    Kind.BOOL: {"type": "boolean"},
    Kind.TEXT: TEXT,
    Kind.TIME: {"type": "string", "pattern": TIMES},
    Kind.JSON: {},
    Kind.OBJECT: {"type": "object"},
    Kind.INTS: {"type": "array", "items": {"type": "integer"}},
}
_INT_ACCEPTED: Schema = {
    "anyOf": [{"type": "integer", "minimum": -MOST_INT, "maximum": MOST_INT}, {"type": "string", "pattern": DIGITS}]
}
ACCEPTED: dict[Kind, Schema] = {
    **ANSWERED,
    Kind.INT: _INT_ACCEPTED,
    Kind.FLOAT: {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": -LARGEST, "exclusiveMaximum": LARGEST},
            {"type": "string", "pattern": DECIMAL},
        ]
    },
    Kind.INTS: {"type": "array", "items": _INT_ACCEPTED, "maxItems": 1000},
}


def answered(resource: Resource) -> Schema:
    """What POST and PUT answer: every field that the writer may read, without links (§5.1)."""
    properties = {field.name: _answered(field) for field in _ever_shown(resource)}
    return {
        "type": "object",
        "description": resource.about,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read(resource: Resource) -> Schema:
    """What GET answers: with links, and with what the query embeds."""
    schema = answered(resource)
    to_all = SHOWN_TO_ALL.get(resource.name, frozenset(schema["properties"]))
    always = [name for name in schema["properties"] if name in to_all]
    links = {"link": LINK} if resource.linked else {}
    parents = {"links": {"type": "array", "items": LINK}} if resource.parents else {}
    found = {"headline": TEXT, "rank": {"type": ["number", "null"]}} if "info" in resource.by_name else {}
    return {
        **schema,
        "properties": {**schema["properties"], **found, **links, **parents, **EMBEDDED.get(resource.name, {})},
        "required": [*always, *links, *parents],
    }


def created(resource: Resource) -> Schema:
    """What POST takes."""
    return _taken(resource, LINKS, [field.name for field in open_fields(resource) if needed(field)])


def needed(field: Field) -> bool:
    """Whether a new one must have it: what it belongs to is checked apart, before the other values (§6.2, §11.2)."""
    return field.required or field.name in ("project_id", "task_id")


def changed(resource: Resource) -> Schema:
    """What PUT takes: any of the fields; what a GET adds is ignored."""
    return _taken(resource, SENT_BACK - resource.by_name.keys(), [])


def form(resource: Resource) -> Schema:
    """What multipart/form-data takes: text fields and the file (§13)."""
    texts = {
        field.name: {**IN_FORMS.get(field.kind, TEXT), "description": field.about} for field in open_fields(resource)
    }
    file = {"type": "string", "format": "binary", "description": "The file; its name tells its type."}
    return {"type": "object", "properties": {**texts, "file": file}, "required": ["file"]}


def file(resource: Resource) -> Schema:
    """What a form of PUT takes: it replaces the file; of the text fields only `info` is read, and must be an object."""
    whole = form(resource)
    texts = {name: {**TEXT, "description": "Ignored."} for name in whole["properties"]}
    return {**whole, "properties": {**texts, **{name: whole["properties"][name] for name in ("info", "file")}}}


def open_fields(resource: Resource) -> list[Field]:
    """Those that callers may set."""
    closed = resource.reserved | resource.forbidden
    return [field for field in resource.fields if field.name not in closed]


def accepted(field: Field) -> Schema:
    """What a request may have as its value."""
    schema = {**ACCEPTED[field.kind], **_bounds(field)}
    if field.required:
        schema["minLength"] = 1
    elif field.kind is not Kind.OBJECT and (field.kind is not Kind.TEXT or field.nullable or field.default is not None):
        schema = _or_null(schema)
    return {**schema, "description": field.about}


def _taken(resource: Resource, ignored: frozenset[str], required: list[str]) -> Schema:
    properties = {field.name: accepted(field) for field in open_fields(resource)}
    beside = {name: {"description": "Ignored."} for name in sorted(ignored)}
    return {
        "type": "object",
        "properties": {**properties, **beside},
        "required": required,
        "additionalProperties": False,
    }


def _answered(field: Field) -> Schema:
    schema = {**ANSWERED[field.kind], **_bounds(field)}
    return {**(_or_null(schema) if field.nullable else schema), "description": field.about}


def _or_null(schema: Schema) -> Schema:
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


def _bounds(field: Field) -> Schema:
    """Of the number itself; as text it is held to the same bounds, which no pattern can say."""
    bounds: Schema = {}
    if field.longest is not None:
        bounds["maxLength"] = field.longest
    if field.choices:
        bounds["enum"] = list(field.choices)
    if field.least is not None:
        bounds["minimum"], bounds["maximum"] = field.least, field.most
    return bounds


def _ever_shown(resource: Resource) -> list[Field]:
    names = EVER_SHOWN.get(resource.name, resource.by_name)
    return [field for field in resource.fields if field.name in names]


def reference(name: str) -> Schema:
    """A pointer to a shape of the description."""
    return {"$ref": f"#/components/schemas/{name}"}


def _pointed_or_null(name: str) -> Schema:
    return {"anyOf": [reference(name), {"type": "null"}]}


LINK: Schema = {"type": "string", "description": "`<link rel='…' title='…' href='…'/>` with an absolute address."}
_RUNS: Schema = {"type": "array", "items": reference(TASKRUN.model), "description": "With `related`: all its runs."}
_RESULT: Schema = {**_pointed_or_null(RESULT.model), "description": "With `related`: the task's last result."}
_TASK: Schema = {**_pointed_or_null(TASK.model), "description": "With `related`: its task."}
EMBEDDED: dict[str, Schema] = {
    PROJECT.name: {"stats": {**reference(PROJECTSTATS.model), "description": "With `stats`: its statistics."}},
    TASK.name: {"task_runs": _RUNS, "result": _RESULT},
    TASKRUN.name: {"task": _TASK, "result": _RESULT},
    RESULT.name: {"task": _TASK, "task_runs": _RUNS},
}
