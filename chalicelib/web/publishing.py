"""`POST /project/<short_name>/publish` (contract web.md §2.2): the one way to open a draft to everybody.

Whoever asks is known by an API key, never by a cookie, so no other site can make a browser ask for it (§1.11).
"""

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.core.permissions import may_update_project, refuse
from chalicelib.core.publishing import publish as published
from chalicelib.web.cards import base_path
from chalicelib.web.pages import redirect
from chalicelib.web.visits import Visit


def publish(visit: Visit, short_name: str) -> Response:
    """Publishes and leads to the project's page. Raises NotFound, Unauthorized, Forbidden (not an owner; no presenter
    or no task yet)."""
    project = visit.site.projects.by_short_name(short_name)
    if project is None:
        raise NotFound(f"there is no project {short_name!r}")
    if not may_update_project(visit.caller, project):
        refuse(visit.caller)
    if not project.published:
        published(visit.site.projects, visit.site.tasks, project)
    return redirect(base_path(project))
