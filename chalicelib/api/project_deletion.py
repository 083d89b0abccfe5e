"""Removing a project with everything in it (contract rest-api.md §9.1)."""

from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.task_deletion import delete_task
from chalicelib.core.errors import Unavailable
from chalicelib.core.projects import Project
from chalicelib.core.repositories import Shelf
from chalicelib.core.resources import BLOGPOST, HELPINGMATERIAL, PAGE
from chalicelib.core.stored_files import remove_file

BUDGET_SECONDS = 20.0
PAGE_SIZE = 50


def delete_project(call: Call, project: Project) -> None:
    """Remove tasks with their runs, then what has files, with them, then the project. Raises Unavailable when there is
    more than one request can remove; what was removed stays removed, and the next DELETE goes on."""
    deadline = call.services.clock() + BUDGET_SECONDS
    while _delete_some_tasks(call, project.id) or _delete_some_filed(call, project.id):
        if call.services.clock() > deadline:
            left = call.services.tasks.count(project.id)
            raise Unavailable(f"The project is large: {left} tasks are left to remove. Delete it again to go on.")
    call.services.projects.delete(project, call.author)


def _delete_some_tasks(call: Call, project_id: int) -> int:
    """One page; a task that changes at the same moment is met again in the next one."""
    tasks = call.services.tasks.after(project_id, 0, PAGE_SIZE)
    sheets, _ = call.services.sheets.read([task.sheet for task in tasks], [], consistent=True)
    for task in tasks:
        if task.sheet in sheets:
            delete_task(call, task, sheets[task.sheet])
    return len(tasks)


def _delete_some_filed(call: Call, project_id: int) -> int:
    services = call.services
    shelves: tuple[tuple[str, Shelf[Any]], ...] = (
        (HELPINGMATERIAL.name, services.materials),
        (BLOGPOST.name, services.blogposts),
        (PAGE.name, services.pages),
    )
    return sum(_delete_some_of(call, project_id, kind, shelf) for kind, shelf in shelves)


def _delete_some_of(call: Call, project_id: int, kind: str, shelf: Shelf[Any]) -> int:
    found = shelf.after(project_id, 0, PAGE_SIZE)
    for one in found:
        remove_file(call.services.uploads, kind, one)
        shelf.delete(one)
    return len(found)
