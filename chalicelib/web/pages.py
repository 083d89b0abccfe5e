"""What a page is, and how it becomes an answer: HTML in the site's frame, or JSON for headless clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from chalice.app import Response

from chalicelib.web import static_files
from chalicelib.web.visits import Visit

if TYPE_CHECKING:
    from jinja2 import Environment

# Only our own scripts and styles run on our pages; pictures may come from anywhere, frames only from us.
GUARD = (
    "default-src 'self'; img-src * data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Page:
    """A page before it is rendered. `headless` holds the keys of its JSON form, None if it has only HTML (§1.3)."""

    template: str
    title: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    headless: Mapping[str, Any] | None = None
    status: int = 200
    guard: str = GUARD
    cookies: tuple[str, ...] = ()
    inside_frame: bool = False


@cache
def environment() -> "Environment":
    """The templates. Jinja is imported when the first page is rendered: the API's cold start does without it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = static_files.address
    return made


def render(template: str, **variables: Any) -> str:
    return environment().get_template(template).render(**variables)


def answer(visit: Visit, page: Page) -> Response:
    """The page as this visitor wants it."""
    if visit.wants_json and page.headless is not None:
        return as_json(page)
    if visit.destination == "iframe" and not page.inside_frame:
        page = leave_frame()
    brand = visit.site.settings.brand
    html = render(page.template, **{"brand": brand, "title": page.title, "description": "", **page.variables})
    return Response(html, headers={"Content-Type": HTML, **_common(page)}, status_code=page.status)


def as_json(page: Page) -> Response:
    body = orjson.dumps(page.headless).decode()
    return Response(body, headers={"Content-Type": "application/json", **_common(page)}, status_code=page.status)


def _common(page: Page) -> dict[str, Any]:
    own: dict[str, Any] = {
        "Content-Security-Policy": page.guard,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return {**own, "Set-Cookie": list(page.cookies)} if page.cookies else own


def leave_frame() -> Page:
    """A page of the site was opened inside a presenter's frame: the frame asks the page around to go there."""
    return Page("leave_frame.html", "", guard=GUARD.replace("frame-ancestors 'none'", "frame-ancestors 'self'"))


def redirect(address: str, status: int = 302) -> Response:
    return Response("", headers={"Location": address, "Cache-Control": "no-cache"}, status_code=status)
