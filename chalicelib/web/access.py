"""Who may open a project's pages (contract web.md §2, rule R)."""

from chalicelib.core.errors import Forbidden, NotFound, Unauthorized
from chalicelib.core.projects import Project
from chalicelib.web.visits import Visit


def readable_project(visit: Visit, short_name: str) -> Project:
    """The project, if this visitor may see its pages. Raises NotFound, Unauthorized (anonymous) or Forbidden."""
    project = visit.site.projects.by_short_name(short_name)
    if project is None:
        raise NotFound(f"there is no project {short_name!r}")
    if is_own(visit, project):
        return project
    if "passwd_hash" in project.info:
        raise Forbidden("This project is protected by a password, which this server does not ask for yet")
    if not visit.site.permissions.may_read_project(visit.caller, project):
        raise Unauthorized("The project is a draft") if visit.caller.user_id is None else Forbidden("The project is a draft")
    return project


def is_own(visit: Visit, project: Project) -> bool:
    """Whether the visitor is an owner, a co-owner or an administrator."""
    return visit.site.permissions.may_update_project(visit.caller, project)


def may_contribute(visit: Visit, project: Project) -> bool:
    return project.allow_anonymous_contributors or visit.caller.user_id is not None
