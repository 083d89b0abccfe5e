"""`/project/<short_name>/publish` (contract web.md §2.2): the one way to open a draft to everybody."""

from chalice.app import Response

from chalicelib.core.errors import Unavailable
from chalicelib.core.projects import Project
from chalicelib.core.publishing import check_ready
from chalicelib.core.publishing import publish as published
from chalicelib.core.repositories import Changed
from chalicelib.web import flashes
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.forms import form, sent
from chalicelib.web.guards import form_cookies
from chalicelib.web.headless import full_project, pro_features, public_project
from chalicelib.web.pages import Page, redirect
from chalicelib.web.visits import Visit


def publish(visit: Visit, short_name: str) -> Page | Response:
    """A POST takes back what testers did and publishes; it leads to the project's page (302, also for headless
    clients). Raises Elsewhere, NotFound, Forbidden (not an owner; no presenter or no task yet), Unavailable (more to
    take back than one request can: publish again to go on)."""
    if visit.method != "POST":
        return _page(visit, kept_project(visit, short_name))
    sent(visit)
    project = kept_project(visit, short_name)
    flash = "published-before" if project.published else "published"
    if not project.published:
        try:
            published(visit.site.projects, visit.site.tasks, project, visit.site.clearing.clear, visit.call.author)
        except Changed as changed:
            raise Unavailable("The project changed at the same moment; publish it again.") from changed
    return redirect(base_path(project), cookies=(flashes.cookie_of(flash),))


def _page(visit: Visit, project: Project) -> Page:
    check_ready(visit.site.tasks, project)
    its, shown = card_of(visit, project), form(visit, (), {})
    creator = visit.caller.user_id == project.owner_id
    row = full_project(project, its) if creator else public_project(project, its, "")
    keys = {
        "template": "/projects/publish.html",
        "project": row,
        "pro_features": pro_features(visit),
        "csrf": shown.csrf,
    }
    variables = {"form": shown, "project": project, "base": base_path(project), "card": its}
    return Page("publish.html", f"Publish {project.name}", variables, keys, cookies=form_cookies(visit))
