"""The pages' routes."""

import logging
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.core.errors import ContractError, NotFound
from chalicelib.core.services import services_of
from chalicelib.web import contributions, pages, projects, publishing, static_files
from chalicelib.web.errors import error_page, fault_page
from chalicelib.web.pages import Page
from chalicelib.web.visits import Visit, visit

blueprint = Blueprint(__name__)
log = logging.getLogger(__name__)

View = Callable[..., Page | Response]


def _current() -> Visit:
    return visit(services_of(blueprint.current_app), blueprint.current_request)


def page(path: str, *methods: str) -> Callable[[View], View]:
    """Registers a view of (visit, captured parts of the path) and turns what it gives or raises into an answer."""

    def register(view: View) -> View:
        @wraps(view)
        def answered(**captured: str) -> Response:
            request = _current()
            try:
                found = view(request, **captured)
            except ContractError as error:
                found = error_page(error)
            except Exception:
                log.exception("a page failed: %s", request.path)
                found = fault_page()
            return found if isinstance(found, Response) else pages.answer(request, found)

        verbs = methods or ("GET",)
        blueprint.route(path, methods=list(verbs), content_types=[], name=f"page:{path}:{verbs[0]}")(answered)
        return view

    return register


@page("/")
def home(visit: Visit) -> Page:
    return projects.home(visit)


@page("/app")
@page("/app/")
def old_list(visit: Visit) -> Response:
    return pages.redirect("/")


@page("/project/{short_name}/")
def project(visit: Visit, short_name: str) -> Page:
    return projects.project(visit, short_name)


@page("/project/{short_name}")
def project_without_slash(visit: Visit, short_name: str) -> Response:
    query = f"?{urlencode(visit.query)}" if visit.query else ""
    return pages.redirect(f"{visit.path}/{query}", status=308)


@page("/project/{short_name}/newtask")
@page("/project/{short_name}/presenter")
def newtask(visit: Visit, short_name: str) -> Page:
    return contributions.newtask(visit, short_name)


@page("/project/{short_name}/task/{task_id}")
def task(visit: Visit, short_name: str, task_id: str) -> Page:
    return contributions.task(visit, short_name, task_id)


@page("/project/{short_name}/tutorial")
def tutorial(visit: Visit, short_name: str) -> Page:
    return contributions.tutorial(visit, short_name)


@page("/project/{short_name}/publish", "POST")
def publish(visit: Visit, short_name: str) -> Response:
    return publishing.publish(visit, short_name)


@page("/404")
def lost(visit: Visit) -> Page:
    raise NotFound(f"there is no page at {visit.path}")


@page("/static/{a}")
@page("/static/{a}/{b}")
@page("/static/{a}/{b}/{c}")
@page("/static/{a}/{b}/{c}/{d}")
def static(visit: Visit, **parts: str) -> Response:
    name = "/".join(parts[key] for key in sorted(parts))
    found = static_files.answer(name, visit.query.get("v"), visit.headers)
    if found is None:
        raise NotFound("there is no such file")
    return found
