"""The parameters that routes name: in paths, and in queries (contract rest-api.md §4.1, §4.2, §10.1)."""

from typing import Any

from chalicelib.api.description.fields import DECIMAL, TEXT, Schema
from chalicelib.api.manifest import MOST_RESULTS, USUAL_RESULTS
from chalicelib.core.filters import MOST_INT, NO, YES
from chalicelib.core.queries import DEFAULT_LIMIT, MOST
from chalicelib.core.resources import RESOURCES, Field, Kind, Resource

LABEL = r"^(?!.*-(metadata|ref)$)[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$"  # exporters/augmented_manifest.py
BY_NAME = {resource.name: resource for resource in RESOURCES}


def _spellings(words: frozenset[str]) -> str:
    """A pattern of the words in any letter case; patterns have no flag for it."""
    return "|".join(
        "".join(f"[{one.upper()}{one}]" if one.isalpha() else one for one in word) for word in sorted(words)
    )


RUN = "([0-9]{1,15}|[0-8][0-9]{15})"  # digits of a number that is small enough
TRUTH: Schema = {"type": "string", "pattern": f"^({_spellings(YES | NO)})$"}
TRUTH_OR_NOTHING: Schema = {"type": "string", "pattern": f"^({_spellings(YES | NO)})?$"}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 10**16 - 1}
SMALL: Schema = {"type": "integer", "minimum": 0, "maximum": 10**9 - 1}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_INT}
NOT_NEGATIVE: Schema = {  # what is no number counts as absent (§4.1)
    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^(?!\s*-0*[1-9][0-9]*\s*$)"}]
}
ANY_NUMBER: Schema = {"type": "integer", "minimum": -MOST_INT, "maximum": MOST_INT}
ANY_NUMBER_OR_NOTHING: Schema = {"anyOf": [ANY_NUMBER, {"type": "string", "maxLength": 0}]}

QUERY: dict[str, tuple[str, Schema]] = {
    "limit": (f"At most so many; {DEFAULT_LIMIT} unless given, never more than {MOST}.", NOT_NEGATIVE),
    "offset": ("Skip so many. Paging with `last_id` costs the same at any depth; this does not.", NOT_NEGATIVE),
    "last_id": ("Only ids above this one, ascending: `desc` and `offset` then do not count.", ANY_NUMBER_OR_NOTHING),
    "desc": ("From the last to the first.", TRUTH_OR_NOTHING),
    "all": ("`1` lists other owners' too; signed-in callers otherwise see what is in their own projects.", TEXT),
    "related": ("Any text: with what belongs to it (task, runs, result).", TEXT),
    "stats": ("Any text: with the project's statistics.", TEXT),
    "full": ("Any text: with the series of figures in `info`.", TEXT),
    "participated": ("Any text: only tasks that the caller has not answered.", TEXT),
    "fulltextsearch": ("`1` searches the words of `info=key::words`.", TEXT),
    "limit:newtask": (f"At most so many, 1 unless given, never more than {MOST}.", SMALL),
    "offset:newtask": ("Skip so many.", SMALL),
    "limit:number": (f"At most so many; {DEFAULT_LIMIT} unless given, never more than {MOST}.", WHOLE),
    "last_id:number": ("Only ids above this one.", WHOLE),
    "last_id:text": ("Only ids above this one, in the order of text.", TEXT),
    "limit:manifest": (f"At most so many; {USUAL_RESULTS} unless given, never more than {MOST_RESULTS}.", WHOLE),
    "label": ("The name that the answers are written under.", {"type": "string", "pattern": LABEL}),
    "classes": ("The classes of a classification, comma separated: answers are written as their numbers.", TEXT),
    "bucket": ("The bucket's name.", {"type": "string", "minLength": 1}),
    "prefix": ("Only keys that begin so.", TEXT),
    "after": ("Only keys behind this one, in the order of their bytes.", TEXT),
    "project_id": ("The project.", WHOLE),
    "project_id:optional": ("The project; administrators may leave it out.", WHOLE),
    "external_uid": ("One of the project's own users.", TEXT),
    "before": ("Only ids below this one.", WHOLE),
    "force": ("Also tasks that have task runs.", TRUTH_OR_NOTHING),
    "announce": ("Tell the webhook also of results that it may have heard of.", TRUTH_OR_NOTHING),
    "failed": ("The messages that were given up; give this or `all`.", TRUTH_OR_NOTHING),
    "all:messages": ("Every message; give this or `failed`.", TRUTH_OR_NOTHING),
    "info": ("Another board; none is configured.", {"type": "string", "maxLength": 0}),
}
NEEDED = {"project_id", "label", "bucket"}

PATH: dict[str, tuple[str, Schema]] = {
    "identifier": ("Its id.", ID),
    "project": ("The project's id or short name.", TEXT),
    "message": ("The message's id, such as 7.0.", TEXT),
    "withdrawal": ("The withdrawal's id.", ID),
    "short_name": ("The project's short name.", TEXT),
    "bucket": ("The bucket's name.", TEXT),
    "window": ("Better and lower ones to show around the caller.", WHOLE),
}
ANYTHING = ("As in the address.", TEXT)


def query_parameter(name: str, resource: str | None) -> dict[str, Any]:
    """The parameter of that name, for the resource that is listed. What stands behind a colon tells parameters of the
    same name apart; of `orderby`, it is the resource."""
    wire, _, kind = name.partition(":")
    about, schema = _ordering(resource or kind) if wire == "orderby" else QUERY[name]
    return {"name": wire, "in": "query", "description": about, "schema": schema, "required": name in NEEDED}


def _ordering(resource: str) -> tuple[str, Schema]:
    names = [*BY_NAME[resource].by_name, ""]
    return "The attribute to order by; `id` unless given.", {"type": "string", "enum": names}


def filters(resource: Resource, taken: set[str]) -> list[dict[str, Any]]:
    """Every field can be asked for; names in `taken` mean something else."""
    return [_filter(field) for field in resource.fields if field.name not in taken]


def _filter(field: Field) -> dict[str, Any]:
    about, schema = SPECIAL.get(field.name, (f"Only those whose {field.name} is this.", FILTERS[field.kind]))
    return {"name": field.name, "in": "query", "description": about, "schema": schema, "required": False}


FILTERS: dict[Kind, Schema] = {
    Kind.INT: ANY_NUMBER,
    Kind.FLOAT: {"anyOf": [{"type": "number"}, {"type": "string", "pattern": DECIMAL}]},
    Kind.BOOL: TRUTH,
    Kind.TEXT: TEXT,
    Kind.TIME: TEXT,
    Kind.JSON: TEXT,
    Kind.OBJECT: TEXT,
    Kind.INTS: {"type": "string", "pattern": r"^\{ *([0-9]{1,15} *(, *[0-9]{1,15} *)*)?\}$"},
}
SPECIAL: dict[str, tuple[str, Schema]] = {
    "project_id": (
        "Only those of the project, or of several: `1,2`.",
        {"anyOf": [ID, {"type": "string", "pattern": f"^[^0-9]*{RUN}([^0-9]+{RUN})*[^0-9]*$"}]},
    ),
    "created": ("Only those whose time begins so: `2026-11` is a month.", TEXT),
    "info": ("`key::value`, several joined by `|`, or a JSON object that it must contain.", TEXT),
    "fav_user_ids": ("Taken and not looked at.", TEXT),
}


def path_parameter(name: str, identifier: str) -> dict[str, Any]:
    """A captured part of the path; `identifier` names what an `{identifier}` is."""
    about, schema = PATH.get(identifier if name == "identifier" else name, ANYTHING)
    return {"name": name, "in": "path", "description": about, "schema": schema, "required": True}
