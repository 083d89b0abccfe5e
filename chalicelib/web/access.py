"""Who may open a project's pages (contract web.md §2, rules R and U)."""

from urllib.parse import quote

from chalicelib.core.errors import NotFound
from chalicelib.core.permissions import may_read_project, may_update_project, refuse
from chalicelib.core.projects import Project
from chalicelib.web.cards import base_path
from chalicelib.web.guards import Elsewhere, signed_in
from chalicelib.web.pages import redirect
from chalicelib.web.project_passwords import is_protected, knows_password
from chalicelib.web.visits import Visit


def found_project(visit: Visit, short_name: str) -> Project:
    """The project, whoever asks. Raises NotFound."""
    project = visit.site.projects.by_short_name(short_name)
    if project is None:
        raise NotFound(f"there is no project {short_name!r}")
    return project


def readable_project(visit: Visit, short_name: str) -> Project:
    """The project, if this visitor may see its pages. Raises NotFound, Unauthorized (anonymous) or Forbidden,
    Elsewhere: to the page that asks for its password, which replaces the check for drafts."""
    project = found_project(visit, short_name)
    if may_update_project(visit.caller, project) or visit.caller.only_project == project.id:
        return project
    if is_protected(project):
        if not knows_password(visit, project):
            raise Elsewhere(redirect(f"{base_path(project)}password?next={quote(visit.path, safe='')}"))
        return project
    if not may_read_project(visit.caller, project):
        refuse(visit.caller)
    return project


def kept_project(visit: Visit, short_name: str) -> Project:
    """The project, for its owners and administrators (rule U). Raises Elsewhere (anonymous), NotFound, Forbidden."""
    project = found_project(visit, short_name)
    signed_in(visit)
    if not may_update_project(visit.caller, project):
        refuse(visit.caller)
    return project


def may_contribute(visit: Visit, project: Project) -> bool:
    return project.allow_anonymous_contributors or visit.caller.user is not None
