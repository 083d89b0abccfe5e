"""The OpenAPI document: everything that is served is told, as the standard wants it."""

from typing import Any

import jsonschema
import openapi_spec_validator
import pytest

from chalicelib.api.description import samples
from chalicelib.api.routes import ROUTES, described
from chalicelib.core.resources import RESOURCES, Field, Kind
from infra.reference_examples import EXAMPLES

DOCUMENT = described("Nimbossa")
ENTRIES = [(path, method, *row) for path, methods in ROUTES for method, row in methods.items()]
FIELDS = [pytest.param(one, id=f"{resource.name}.{one.name}") for resource in RESOURCES for one in resource.fields]


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return found


def pointers(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(pointers, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return own.union(*map(pointers, part.values()))


def test_it_is_an_openapi_3_1_document():
    assert DOCUMENT["openapi"] == "3.1.0"
    openapi_spec_validator.validate(DOCUMENT)


@pytest.mark.parametrize("pointer", sorted(pointers(DOCUMENT)))
def test_every_pointer_leads_somewhere(pointer):
    found = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step]


@pytest.mark.parametrize(
    ("path", "method", "place", "view", "told"), ENTRIES, ids=[f"{row[1]} {row[0]}" for row in ENTRIES]
)
def test_every_method_of_every_route_is_told(path, method, place, view, told):
    entry = operation(path, method)
    assert entry["operationId"] == told.name
    assert entry["summary"]
    assert entry["tags"] == [place.endpoint]
    assert entry["x-codeSamples"][0]["source"].startswith('curl "$URL/')
    assert {"500", "503"} <= set(entry["responses"])
    assert ("429" in entry["responses"]) == place.limited


def test_nothing_else_is_told():
    assert {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods} == {
        (path, method.lower()) for path, method, *_ in ENTRIES
    }


def test_operations_have_names_of_their_own():
    names = [told.name for *_, told in ENTRIES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_says_what_it_is(field: Field):
    assert field.about.endswith(".")


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_every_field_is_answered_or_never_shown(resource):
    told = schema(resource.model)["properties"]
    hidden = {field.name for field in resource.fields if "never shown" in field.about}
    assert set(told) == set(resource.by_name) - hidden
    assert set(told) <= set(schema(f"{resource.model}Read")["properties"])


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_every_field_that_is_not_reserved_is_accepted_and_can_be_asked_for(resource):
    accepted = schema(f"{resource.model}Change")["properties"]
    closed = resource.reserved | resource.forbidden
    assert {field.name for field in resource.fields if field.name not in closed} <= set(accepted)
    assert not closed & {name for name, one in accepted.items() if one["description"] != "Ignored."}
    asked = {one["name"] for one in operation(f"/api/{resource.name}", "GET")["parameters"]}
    assert set(resource.by_name) <= asked


@pytest.mark.parametrize("name", sorted(samples.of_shapes()))
def test_examples_are_what_they_are_examples_of(name):
    pointed = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(pointed).validate(samples.of_shapes()[name])


def test_lengths_and_bounds_are_those_of_the_tables():
    assert schema("ProjectCreate")["properties"]["name"]["maxLength"] == 255
    assert schema("ProjectCreate")["required"] == ["name", "short_name", "description"]
    n_answers = schema("OneTaskCreate")["properties"]["n_answers"]
    assert (n_answers["minimum"], n_answers["maximum"]) == (1, 1000)
    assert schema("Task")["properties"]["state"]["enum"] == ["ongoing", "completed"]
    assert {field.kind for resource in RESOURCES for field in resource.fields} == set(Kind)


def test_every_chapter_of_the_reference_has_an_example():
    assert set(EXAMPLES) == {tag["name"] for tag in DOCUMENT["tags"]}
