"""Giving a project away, and deleting it (contract web.md §2.2)."""

from chalice.app import Response

from chalicelib.api.projects import ProjectEndpoint
from chalicelib.core.errors import Unavailable
from chalicelib.core.permissions import may_give_away, may_read_project, refuse
from chalicelib.core.projects import Project
from chalicelib.core.throttle import PER_ACCOUNT
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.accounts import account_path
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text
from chalicelib.web.guards import form_cookies, signed_in
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

ADDRESS = (Field("email_addr", "E-mail address of the new owner", "email", longest=254),)
HAS_RESULTS = "This project has results: it cannot be deleted before they are."


def transfer(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/transferownership`: the new owner becomes its only one. For the main owner and
    administrators, as in the API; addresses can be guessed 20 times in 15 minutes."""
    project = kept_project(visit, short_name)
    if not may_give_away(visit.caller, project):
        refuse(visit.caller)
    if visit.method != "POST":
        return _transfer_page(visit, project, "")
    address = text(sent(visit), "email_addr")
    visit.site.throttle.take(f"transfer:{visit.caller.identity}", PER_ACCOUNT)
    heir = visit.site.users.by_email(address) if address else None
    if heir is None:
        return _transfer_page(visit, project, address, "address-unknown")
    given = store_changes(visit, project, owner_id=heir.id, owners_ids=[heir.id])
    stays = may_read_project(visit.caller, given)
    return go(visit, base_path(given) if stays else account_path(signed_in(visit)), "project-transferred")


def _transfer_page(visit: Visit, project: Project, address: str, flash: str | None = None) -> Page:
    shown, title = form(visit, ADDRESS, {"email_addr": address}), f"Project: {project.name} · Transfer ownership"
    keys = {
        **headless.project_keys("/projects/transferownership.html", title, project, card_of(visit, project), visit),
        "form": shown.as_json(),
        "target": "project.transfer_ownership",
    }
    variables = {"form": shown, "project": project, "base": base_path(project)}
    told = FLASHES[flash] if flash else None
    return Page("transfer.html", f"Transfer {project.name}", variables, keys, cookies=form_cookies(visit), flash=told)


def delete(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/delete`: with everything in it. When one request cannot remove all, the answer leads
    back here, and deleting again goes on."""
    project = kept_project(visit, short_name)
    if visit.site.results.after(project.id, 0, 1):
        return _has_results(project)
    if visit.method != "POST":
        return _delete_page(visit, project)
    sent(visit)
    endpoint = ProjectEndpoint()
    endpoint.check_delete(visit.call, project)
    try:
        endpoint.delete(visit.call, project)
    except Unavailable:
        return go(visit, f"{base_path(project)}delete", "project-left")
    return go(visit, account_path(signed_in(visit)), "project-deleted")


def _has_results(project: Project) -> Page:
    keys = {"template": "403.html", "code": 403, "description": HAS_RESULTS}
    shown = {"code": None, "text": HAS_RESULTS, "links": [("Back to the settings", base_path(project) + "settings")]}
    return Page("message.html", f"{project.name} cannot be deleted", shown, keys, 403)


def _delete_page(visit: Visit, project: Project) -> Page:
    its, shown = card_of(visit, project), form(visit, (), {})
    title = f"Project: {project.name} · Delete"
    keys = {**headless.project_keys("/projects/delete.html", title, project, its, visit), "csrf": shown.csrf}
    variables = {"form": shown, "project": project, "base": base_path(project), "card": its}
    return Page("delete_project.html", f"Delete {project.name}?", variables, keys, cookies=form_cookies(visit))
