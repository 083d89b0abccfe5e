"""`/api/docs`: the API's description, for people."""

from functools import cache
from typing import Any

from chalicelib.api.routes import described
from chalicelib.web.pages import Page
from chalicelib.web.prose import as_html, as_line
from chalicelib.web.visits import Visit


def docs(visit: Visit) -> Page:
    """A chapter for each resource and each other endpoint."""
    return Page("api_docs.html", "API", _told(visit.site.settings.brand))


@cache
def _told(brand: str) -> dict[str, Any]:
    from chalicelib.api.description.chapters import chapters

    document = described(brand)
    return {"introduction": as_html(document["info"]["description"]), "chapters": chapters(document), "line": as_line}
