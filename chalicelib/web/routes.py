"""The pages' routes."""

import logging
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.core.errors import ContractError, NotFound
from chalicelib.core.services import services_of
from chalicelib.web import (
    account_updates,
    accounts,
    api_docs,
    auditlog,
    autoimporter,
    blog,
    browsing,
    contributions,
    coowners,
    importing,
    lease_rules,
    new_project,
    pages,
    presenter_editor,
    project_ending,
    project_figures,
    project_passwords,
    project_settings,
    projects,
    publishing,
    quality,
    signing_in,
    static_files,
    task_forms,
    task_pages,
    task_rules,
    withdrawing,
)
from chalicelib.web.errors import error_page, fault_page
from chalicelib.web.guards import Elsewhere
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
            except Elsewhere as elsewhere:
                found = elsewhere.response
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
@page("/project/{short_name}/tasks")
@page("/project/category/{category}")
@page("/project/category/{category}/page/{number}")
@page("/account/{name}")
@page("/leaderboard")
def without_slash(visit: Visit, **_: str) -> Response:
    return with_slash(visit)


def with_slash(visit: Visit) -> Response:
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


BOTH = ("GET", "POST")
PROJECT = "/project/{short_name}"
WITH_FORMS: dict[str, View] = {
    "/account/signin": signing_in.signin,
    "/account/signout": signing_in.signout,
    "/account/register": signing_in.register,
    "/account/forgot-password": signing_in.forgot_password,
    "/account/reset-password": signing_in.reset_password,
    "/account/{name}/update": account_updates.update,
    "/account/{name}/resetapikey": accounts.reset_api_key,
    "/project/new": new_project.new,
    f"{PROJECT}/delete": project_ending.delete,
    f"{PROJECT}/transferownership": project_ending.transfer,
    f"{PROJECT}/tasks/delete": task_forms.delete,
    f"{PROJECT}/tasks/priority": task_forms.priority,
    f"{PROJECT}/tasks/taskpresentereditor": presenter_editor.editor,
    f"{PROJECT}/new-blogpost": blog.new,
    f"{PROJECT}/{{id}}/update": blog.update,
    f"{PROJECT}/publish": publishing.publish,
    f"{PROJECT}/password": project_passwords.password,
    f"{PROJECT}/update": project_settings.update,
    f"{PROJECT}/tasks/scheduler": task_rules.scheduler,
    f"{PROJECT}/tasks/redundancy": task_rules.redundancy,
    f"{PROJECT}/tasks/quality": quality.quality,
    f"{PROJECT}/tasks/leases": lease_rules.leases,
    f"{PROJECT}/tasks/import": importing.tasks_import,
    f"{PROJECT}/tasks/autoimporter": autoimporter.settings,
    f"{PROJECT}/tasks/withdrawal": withdrawing.withdrawal,
    f"{PROJECT}/coowners": coowners.coowners,
    f"{PROJECT}/add_coowner/{{name}}": coowners.add,
    f"{PROJECT}/del_coowner/{{name}}": coowners.remove,
}
for path, view in WITH_FORMS.items():
    page(path, *BOTH)(view)
page("/api/docs")(api_docs.docs)
page("/account/profile")(accounts.profile)
page("/account/{name}/")(accounts.account)
page("/account/{name}/projects")(accounts.projects)
page("/account/{name}/applications")(accounts.projects)
page(f"{PROJECT}/settings")(project_settings.settings)
page("/project/category/{category}/")(browsing.category)
page("/project/category/{category}/page/{number}/")(browsing.category)
page(f"{PROJECT}/auditlog")(auditlog.auditlog)
page(f"{PROJECT}/tasks/")(task_pages.menu)
page(f"{PROJECT}/tasks/settings")(task_pages.settings)
page(f"{PROJECT}/tasks/browse")(task_pages.browse)
page(f"{PROJECT}/tasks/browse/{{number}}")(task_pages.browse)
page(f"{PROJECT}/{{id}}/results.json")(task_pages.results_json)
page(f"{PROJECT}/stats")(project_figures.stats)
page(f"{PROJECT}/results")(project_figures.results)
page(f"{PROJECT}/blog")(blog.blog)
page(f"{PROJECT}/{{id}}")(blog.post)
page(f"{PROJECT}/{{id}}/delete", "POST")(blog.delete)
page(f"{PROJECT}/tasks/import/{{identifier}}")(importing.watch)
page(f"{PROJECT}/tasks/autoimporter/run", "POST")(autoimporter.run)
page(f"{PROJECT}/tasks/autoimporter/delete", "POST")(autoimporter.delete)
page(f"{PROJECT}/resetsecretkey", "POST")(project_settings.reset_secret_key)


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
