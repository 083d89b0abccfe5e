"""What a page is, and how it becomes an answer: HTML in the site's frame, or JSON for headless clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from chalice.app import Response

from chalicelib.web import flashes, static_files
from chalicelib.web.visits import Visit

if TYPE_CHECKING:
    from jinja2 import Environment

# Only our own scripts and styles run on our pages; pictures may come from anywhere, frames only from us.
GUARD = (
    "default-src 'self'; img-src * data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
JSON = "application/json"
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
    flash: flashes.Flash | None = None


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
    """The page as this visitor wants it; the message that waited for it is shown once."""
    waiting = flashes.flash_of(visit.cookie(flashes.COOKIE)) if not page.inside_frame else None
    if page.flash is None and waiting is not None:
        page = replace(page, flash=waiting, cookies=(*page.cookies, flashes.SHOWN))
    if visit.wants_json and page.headless is not None:
        return as_json(page)
    if visit.destination == "iframe" and not page.inside_frame:
        page = leave_frame()
    return Response(_html(visit, page), headers={"Content-Type": HTML, **_common(page)}, status_code=page.status)


def _html(visit: Visit, page: Page) -> str:
    """The site's frame shows who is signed in; not on a page that tells of a defect, which it might be part of."""
    shown = {
        "brand": visit.site.settings.brand,
        "title": page.title,
        "description": "",
        "account": None if page.inside_frame or page.status == 500 else visit.account,
        "flash": page.flash,
        "path": visit.path,
    }
    return render(page.template, **{**shown, **page.variables})


def as_json(page: Page) -> Response:
    told = {} if page.flash is None else {"flash": page.flash.text, "status": page.flash.category}
    body = orjson.dumps({**(page.headless or {}), **told}).decode()
    return Response(body, headers={"Content-Type": JSON, **_common(page)}, status_code=page.status)


def go(visit: Visit, address: str, flash: str, cookies: tuple[str, ...] = (), **more: Any) -> Response:
    """On to another page with a message there; for headless clients, the address and the message (§1.5)."""
    if not visit.wants_json:
        return redirect(address, cookies=(*cookies, flashes.cookie_of(flash)))
    told = flashes.flash_of(flash)
    assert told is not None
    body = orjson.dumps({"next": address, "flash": told.text, "status": told.category, **more}).decode()
    headers: dict[str, Any] = {"Content-Type": JSON, "Cache-Control": "no-store", **_set_cookies(cookies)}
    return Response(body, headers=headers)


def _common(page: Page) -> dict[str, Any]:
    return {
        "Content-Security-Policy": page.guard,
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        **_set_cookies(page.cookies),
    }


def _set_cookies(cookies: tuple[str, ...]) -> dict[str, Any]:
    return {"Set-Cookie": list(cookies)} if cookies else {}


def leave_frame() -> Page:
    """A page of the site was opened inside a presenter's frame: the frame asks the page around to go there."""
    return Page("leave_frame.html", "", guard=GUARD.replace("frame-ancestors 'none'", "frame-ancestors 'self'"))


def redirect(address: str, status: int = 302, cookies: tuple[str, ...] = ()) -> Response:
    headers: dict[str, Any] = {"Location": address, "Cache-Control": "no-cache", **_set_cookies(cookies)}
    return Response("", headers=headers, status_code=status)
