"""Opening a draft to everybody (contract rest-api.md §9.1: needs a presenter and at least one task; web.md §2.2)."""

from collections.abc import Callable

import msgspec

from chalicelib.core.audit import Author
from chalicelib.core.errors import Forbidden
from chalicelib.core.projects import Project
from chalicelib.core.repositories import Projects, Tasks


def publish(
    projects: Projects, tasks: Tasks, project: Project, clear: Callable[[int], None], author: Author
) -> Project:
    """The project, published, after `clear` has taken its testers' answers back. Raises Forbidden when volunteers would
    find nothing to do, Unavailable when there is more to clear than one request can."""
    check_ready(tasks, project)
    clear(project.id)
    published = msgspec.structs.replace(project, published=True)
    projects.change(project, published, author)
    return published


def check_ready(tasks: Tasks, project: Project) -> None:
    """Raises Forbidden when volunteers would find nothing to do."""
    if not project.rules.has_presenter:
        raise Forbidden("A project needs a presenter (info.task_presenter) before it is published.")
    if tasks.count(project.id) == 0:
        raise Forbidden("A project needs at least one task before it is published.")
