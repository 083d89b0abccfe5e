"""Links between objects (contract rest-api.md §5.1): strings, single quotes inside, absolute addresses."""

from typing import Any

from chalicelib.core.resources import Resource


def add_links(site: str, resource: Resource, row: dict[str, Any]) -> dict[str, Any]:
    """`row` with `link`, and `links` where the resource has parents."""
    if not resource.linked:
        return row
    row["link"] = _link("self", resource.name, site, row["id"])
    if resource.parents:
        row["links"] = [_link(_relation(name), name, site, row[key]) for name, key in resource.parents.items()]
    return row


def _relation(name: str) -> str:
    return "category" if name == "category" else "parent"


def _link(relation: str, title: str, site: str, identifier: int) -> str:
    return f"<link rel='{relation}' title='{title}' href='{site}/api/{title}/{identifier}'/>"
