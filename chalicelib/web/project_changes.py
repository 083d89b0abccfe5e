"""Storing what a form changes of a project."""

from typing import Any

import msgspec

from chalicelib.core.errors import Unavailable
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project
from chalicelib.core.repositories import Changed
from chalicelib.web.visits import Visit


def store_changes(visit: Visit, project: Project, **columns: Any) -> Project:
    """The project with these columns, stored, and with an entry in its audit log. Raises IntegrityFault when a new name
    is taken, Unavailable when somebody else changed it at the same moment. The tasks follow another scheduler."""
    changed = msgspec.structs.replace(project, **columns, updated=timestamp(visit.site.clock()))
    visit.site.walks.follow(project, changed)
    try:
        visit.site.projects.change(project, changed, visit.call.author)
    except Changed as elsewhere:
        raise Unavailable("The project changed at the same moment; send it again.") from elsewhere
    return changed
