"""The OpenAPI 3.1 document: from the table of routes and the tables of fields, nothing of it written twice.

OpenAPI Specification 3.1.0; schemas are JSON Schema draft 2020-12.
"""

import json
import shlex
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from chalicelib.api.description import samples
from chalicelib.api.description.answers import HEADERS, content, responses, usual_errors
from chalicelib.api.description.fields import TEXT, reference
from chalicelib.api.description.parameters import BY_NAME, filters, path_parameter, query_parameter
from chalicelib.api.description.shapes import shapes
from chalicelib.api.operations import Operation, Place, Route, Who
from chalicelib.core.queries import DEFAULT_LIMIT, MOST
from chalicelib.core.repeats import LONGEST_KEY
from chalicelib.core.sessions import COOKIE

Part = dict[str, Any]

VERSION = "1.0"
INTRODUCTION = f"""The API of a crowdsourcing site: projects have tasks, volunteers answer them, results appear. It is
PYBOSSA's, so clients written for PYBOSSA work.

**Who calls.** Send your API key in the header `Authorization` (the key alone, no word before it) or as the parameter
`api_key`, which ends in logs. A key that nobody has is not an error: the caller is then anonymous. Pages use a session
cookie. Presenters have tokens of their own (`Authorization: Presenter …`), a project's own users bring
`Authorization: Bearer …`.

**Lists** have {DEFAULT_LIMIT} items unless `limit` says otherwise, {MOST} at most. Go on with `last_id`, which
costs the same at any depth. Signed-in callers see what is in their own projects; `all=1` shows everything that they may
read. A query key that is no attribute is refused; GET of one object takes any.

**Writing.** POST and PUT answer 200 with the object, DELETE 204. PUT changes the fields that it names; a JSON field is
replaced whole. Every POST takes an `Idempotency-Key`: the same caller, path and key get the first answer again.

**Errors** all look like `Error`. **HEAD** works wherever GET does, **OPTIONS** everywhere. Answers are gzipped for
those who accept it, and readable for scripts of any site.

**Rate limit.** The headers `X-RateLimit-…` say how many requests of this kind are left, and until when."""
SECURITY: Part = {
    "key": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Your API key, nothing else."},
    "keyInQuery": {"type": "apiKey", "in": "query", "name": "api_key", "description": "Your API key; ends in logs."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The cookie of a signed-in browser."},
    "projectKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The project's `secret_key`.",
    },
}
SIGNED_IN: list[Part] = [{"key": []}, {"keyInQuery": []}, {"session": []}]


def document(routes: Iterable[Route], brand: str) -> Part:
    """The whole description of the routes."""
    table = tuple(routes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{brand} API",
            "version": VERSION,
            "summary": "Crowdsourcing without servers",
            "description": INTRODUCTION,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": about} for name, about in _chapters(table).items()],
        "paths": {path: _path(path, methods) for path, methods in table},
        "components": {
            "schemas": shapes(),
            "responses": usual_errors(),
            "securitySchemes": SECURITY,
            "headers": HEADERS,
        },
    }


def _chapters(routes: Iterable[Route]) -> dict[str, str]:
    """Every endpoint with what it is about: its resource, else the first thing that it does."""
    rows = [(place.endpoint, told) for _, methods in routes for place, _, told in methods.values()]
    firsts = {name: f"{told.summary}." for name, told in reversed(rows)}
    return {name: BY_NAME[name].about if name in BY_NAME else firsts[name] for name, _ in rows}


def _path(path: str, methods: Any) -> Part:
    return {method.lower(): _operation(path, method, place, told) for method, (place, _, told) in methods.items()}


def _operation(path: str, method: str, place: Place, told: Operation) -> Part:
    return {
        "operationId": told.name,
        "tags": [place.endpoint],
        "summary": told.summary,
        "description": f"Who: {told.who.value}. {told.about}".strip(),
        "parameters": [*_in_path(path, told), *_in_query(told), *_in_headers(method, told)],
        **_body(told),
        "responses": _with_examples(responses(place, told, method, path), told),
        "security": _security(told),
        "x-codeSamples": [{"lang": "Shell", "label": "curl", "source": curl(path, method, told)}],
    }


def _security(told: Operation) -> list[Part]:
    if told.who is Who.PROJECT:
        return [{"projectKey": []}]
    return [{}, *SIGNED_IN] if told.who in (Who.ANYONE, Who.NOBODY) else SIGNED_IN


def captured(path: str) -> list[str]:
    """The names of a path's captured parts."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _in_path(path: str, told: Operation) -> list[Part]:
    return [path_parameter(name, told.identifier) for name in captured(path)]


def _in_query(told: Operation) -> Iterator[Part]:
    taken: set[str] = set()
    for name in told.query:
        one = query_parameter(name, told.filters)
        taken.add(one["name"])
        yield one
    if told.filters is not None:
        yield from filters(BY_NAME[told.filters], taken)


def _in_headers(method: str, told: Operation) -> Iterator[Part]:
    if method == "POST":
        about = "Any text of your own: the request sent again with it does nothing twice."
        yield _header("Idempotency-Key", about, {**TEXT, "maxLength": LONGEST_KEY})
    if told.tagged:
        yield _header("If-None-Match", "The ETag that you have.", TEXT)


def _header(name: str, about: str, schema: Part) -> Part:
    return {"name": name, "in": "header", "description": about, "schema": schema, "required": False}


def _body(told: Operation) -> Part:
    if told.body is None:
        return {}
    example = samples.of_shapes().get(told.body)
    taken = content(told.body)
    taken["application/json"]["example"] = example
    form = f"{told.body}Form"
    if form in shapes():
        taken["multipart/form-data"] = {"schema": reference(form)}
    return {"requestBody": {"content": taken, "required": True}}


def _with_examples(found: Part, told: Operation) -> Part:
    success, shape = found.get(str(told.status)), told.answer or ""
    example = samples.of_shapes().get(shape.strip("[]"))
    if success is not None and example is not None:
        success["content"]["application/json"]["example"] = [example] if shape.startswith("[") else example
    return found


def curl(path: str, method: str, told: Operation) -> str:
    """A request as one would type it; `$URL` is the site, `$KEY` the caller's API key."""
    address = path.replace("{identifier}", _example_id(told))
    for name in captured(address):
        address = address.replace(f"{{{name}}}", quote(str(samples.VALUES.get(name, name))))
    query = "&".join(f"{name}={EXAMPLE_QUERY[name]}" for name in told.query if name in EXAMPLE_QUERY)
    words = [f'curl "$URL{address}{"?" + query if query else ""}"']
    if method != "GET":
        words.append(f"-X {method}")
    if told.who is not Who.ANYONE or method != "GET":
        words.append(f'-H "Authorization: ${"SECRET" if told.who is Who.PROJECT else "KEY"}"')
    if told.body is not None:
        words.append(f"-d {shlex.quote(json.dumps(samples.of_shapes()[told.body]))}")
    return " ".join(words)


EXAMPLE_QUERY = {"project_id": "2", "limit": "20", "external_uid": "ann", "failed": "true"}


def _example_id(told: Operation) -> str:
    shape = (told.answer or told.body or "").strip("[]")
    example = samples.of_shapes().get(shape)
    return str(example["id"]) if isinstance(example, dict) and "id" in example else "1"
