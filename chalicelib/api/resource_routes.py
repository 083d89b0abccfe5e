"""The two paths of a resource: what is served there, and what the API's description tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from chalicelib.api import verbs
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.operations import Methods, Operation, Place, Route, View, Who
from chalicelib.core.resources import Resource

LIST_KEYS = ("limit", "offset", "last_id", "orderby", "desc", "all", "fulltextsearch")
WRITE_ERRORS = (400, 403, 413, 415)


@dataclass(frozen=True)
class Told:
    """What the tables of fields do not say: who writes, the parameters that embed more into a GET, those of the list
    alone, the shape that POST answers with if it is another one, and more words on a verb (list, get, create, change,
    delete)."""

    create: Who = Who.NOBODY
    change: Who = Who.NOBODY
    delete: Who | None = None  # whoever changes
    extras: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    made: str | None = None


def resource(
    endpoint: Endpoint[Any], told: Told, create: View | None = None, delete: View | None = None
) -> tuple[Route, Route]:
    """The two paths; `create` and `delete` replace the usual views."""
    name = endpoint.resource.name
    operations = {one.name.partition("_")[0]: one for one in _operations(endpoint.resource, told)}
    many: Methods = {
        "GET": (Place(name, "GET", name), partial(verbs.list_items, endpoint), operations["list"]),
        "POST": (
            Place(name, "POST", name),
            create or partial(verbs.create_item, endpoint),
            _refused_by(create, operations["create"]),
        ),
    }
    removal = Place(name, "DEL" if delete else "DELETE", name), delete or partial(verbs.delete_item, endpoint)
    one: Methods = {
        "GET": (Place(name, "GET", name), partial(verbs.get_item, endpoint), operations["get"]),
        "PUT": (Place(name, "PUT", name), partial(verbs.update_item, endpoint), operations["change"]),
        "DELETE": (*removal, _refused_by(delete, operations["delete"])),
    }
    return (f"/api/{name}", many), (f"/api/{name}/{{identifier}}", one)


def _refused_by(view: View | None, told: Operation) -> Operation:
    """A view of its own for what nobody may do answers 405."""
    return replace(told, errors=(405,)) if view is not None and told.who is Who.NOBODY else told


def _operations(resource: Resource, told: Told) -> list[Operation]:
    name, shape = resource.name, resource.model
    read, query = f"{shape}Read", (*LIST_KEYS, *told.listing, *told.extras)
    usual = (
        Operation(f"list_{name}", "List them", f"[{read}]", query=query, filters=name, errors=(413, 415)),
        Operation(f"get_{name}", "Read one", read, query=told.extras, errors=(403, 404, 413), tagged=True),
        Operation(
            f"create_{name}", "Create one", told.made or shape, told.create, f"{shape}Create", errors=WRITE_ERRORS
        ),
        Operation(
            f"change_{name}", "Change one", shape, told.change, body=f"{shape}Change", errors=(*WRITE_ERRORS, 404)
        ),
        Operation(f"delete_{name}", "Delete one", None, told.delete or told.change, status=204, errors=(403, 404, 415)),
    )
    return [replace(one, about=told.about.get(one.name.partition("_")[0], "")) for one in usual]
