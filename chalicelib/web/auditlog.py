"""`/project/<short_name>/auditlog`: who changed what of a project, and when (contract events.md §13)."""

from collections.abc import Iterator
from typing import Any

from chalicelib.core.audit import Entry
from chalicelib.core.identifiers import made_at
from chalicelib.core.moments import timestamp
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.pages import Page
from chalicelib.web.paging import place_in
from chalicelib.web.visits import Visit

PER_PAGE = 20


def auditlog(visit: Visit, short_name: str) -> Page:
    """The newest entries; `?before=<id>` leads on to older ones. One row for each change."""
    project = kept_project(visit, short_name)
    found = visit.site.audit.before(project.id, place_in(visit, "before"), PER_PAGE + 1)
    entries, more = found[:PER_PAGE], len(found) > PER_PAGE
    rows = [row for entry in entries for row in _rows(entry)]
    older = f"{base_path(project)}auditlog?before={entries[-1].id}" if more else None
    title = f"Project: {project.name} · Audit log"
    its = card_of(visit, project)
    keys = {
        **headless.project_keys("/projects/auditlog.html", title, project, its, visit),
        "auditlogs": rows,
        "older": older,
    }
    variables = {"rows": rows, "older": older, "base": base_path(project)}
    return Page("auditlog.html", f"Who changed what of {project.name}", variables, keys)


def _rows(entry: Entry) -> Iterator[dict[str, Any]]:
    for change in entry.changes:
        yield {
            "id": entry.id,
            "project_id": entry.project_id,
            "project_short_name": entry.short_name,
            "user_id": entry.author.user_id,
            "user_name": entry.author.name,
            "created": timestamp(made_at(entry.id)),
            "action": change.action,
            "caller": entry.author.via,
            "attribute": change.attribute,
            "old_value": change.old,
            "new_value": change.new,
        }
