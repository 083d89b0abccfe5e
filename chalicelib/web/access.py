"""Who may open a project's pages (contract web.md §2, rule R)."""

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.permissions import may_read_project, may_update_project, refuse
from chalicelib.core.projects import Project
from chalicelib.web.visits import Visit


def readable_project(visit: Visit, short_name: str) -> Project:
    """The project, if this visitor may see its pages. Raises NotFound, Unauthorized (anonymous) or Forbidden."""
    project = visit.site.projects.by_short_name(short_name)
    if project is None:
        raise NotFound(f"there is no project {short_name!r}")
    if may_update_project(visit.caller, project):
        return project
    if "passwd_hash" in project.info:
        raise Forbidden("This project is protected by a password, which this server does not ask for yet")
    if not may_read_project(visit.caller, project):
        refuse(visit.caller)
    return project


def may_contribute(visit: Visit, project: Project) -> bool:
    return project.allow_anonymous_contributors or visit.caller.user is not None
