"""`/project/<short_name>/tasks/import`: choosing a source of tasks, seeing what it would bring, importing it, and
watching that (contract importers.md §2)."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.api.forms import Upload
from chalicelib.api.imports import shown
from chalicelib.core.errors import NotFound
from chalicelib.core.import_gathering import BadParameters, TryLater
from chalicelib.core.import_offers import UPLOAD, Asker, OfferedSource, rows_of, source_named, wanted
from chalicelib.core.import_reading import Row, Unreadable
from chalicelib.core.projects import Project
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES, Flash, imported
from chalicelib.web.forms import form, sent_with_file
from chalicelib.web.guards import form_cookies
from chalicelib.web.import_states import TOLD, progress_of
from chalicelib.web.pages import Page, go, redirect
from chalicelib.web.source_forms import SOURCE_FIELDS, fields_sent
from chalicelib.web.visits import Visit
from chalicelib.web.withdrawing import number_in

OPTIONS = "/projects/task_import_options.html"
ERRORS_SHOWN = 20
PREVIEW = "preview"  # of the field `btn`


def tasks_import(visit: Visit, short_name: str) -> Page | Response:
    """The source is named by the form's `form_name`, else by `type` in the query. Raises NotFound for an unknown one,
    and for one that this site does not offer."""
    project = kept_project(visit, short_name)
    given, file = sent_with_file(visit) if visit.method == "POST" else ({}, None)
    named = given.get("form_name") or visit.query.get("type")
    if not named and visit.method != "POST":
        return _chooser(visit, project)
    source = _found(visit, named)
    if visit.method != "POST":
        return _form(visit, project, source, visit.query)
    fields = fields_sent(source.name, given, file)
    try:
        if given.get("btn") == PREVIEW:
            rows = rows_of(visit.site.offers.of_project(project.id), source.name, fields, file.content if file else b"")
            return _form(visit, project, source, given, rows=rows)
        return _import(visit, project, source, fields, file)
    except BadParameters as wrong:
        return _form(visit, project, source, given, errors=wrong.errors)
    except (Unreadable, TryLater) as error:
        return _form(visit, project, source, given, told=Flash("", str(error), "error"))


def watch(visit: Visit, short_name: str, identifier: str) -> Page:
    """`…/import/<id>`: one import, which the page looks at again by itself as long as it goes on."""
    project = kept_project(visit, short_name)
    record = visit.site.imports.get(number_in(identifier))
    if record is None or record.project_id != project.id:
        raise NotFound(f"the project has no import {identifier}")
    told = shown(visit.call, record)
    source = source_named(visit.site.offers.all(), record.type)
    variables = {
        "base": base_path(project),
        "record": record,
        "state": TOLD[record.state],
        "progress": progress_of(record),
        "source": source.title if source is not None else "File in the bucket",
        "errors": told["errors"][:ERRORS_SHOWN],
        "seconds_left": told["seconds_left"],
    }
    return Page("import.html", f"Import {record.id} into {project.name}", variables, told)


def _found(visit: Visit, named: Any) -> OfferedSource:
    source = source_named(visit.site.offers.all(), named)
    if source is None or source.why_not:
        raise NotFound(f"there is no importer {str(named)[:80]!r}")
    return source


def _import(
    visit: Visit, project: Project, source: OfferedSource, fields: Mapping[str, Any], file: Upload | None
) -> Response | Page:
    """Small ones are over when this answers. Raises BadParameters, Unreadable."""
    site = visit.site
    record = wanted(site.offers, project.id, source.name, fields, Asker(visit.caller.user_id))
    if file is not None and source.name == UPLOAD:
        record = site.imports.keep(record, file.name, file.content)
    record = site.imports.start_here(record)
    if record.state == "failed":
        (error, *_) = site.imports.errors(record.id)
        raise Unreadable(error.reason, error.line)
    if record.over and not record.error_count:
        return go(visit, base_path(project) + "tasks/", imported(record.tasks_made))
    if visit.wants_json:
        return go(visit, base_path(project) + "tasks/", imported(record.tasks_made) if record.over else "import-large")
    return redirect(f"{base_path(project)}tasks/import/{record.id}")


def _chooser(visit: Visit, project: Project) -> Page:
    sources = visit.site.offers.all()
    keys = {**_keys(visit, project, OPTIONS), "form": None}
    variables = {"base": base_path(project), "sources": sources, "short_name": project.short_name}
    return Page("import_options.html", f"Import tasks into {project.name}", variables, keys)


def _form(
    visit: Visit,
    project: Project,
    source: OfferedSource,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    rows: list[Row] | None = None,
    told: Flash | None = None,
) -> Page:
    filled = form(visit, SOURCE_FIELDS[source.name], values, errors)
    keys = {**_keys(visit, project, f"/projects/importers/{source.name}.html"), "form": filled.as_json()}
    variables = {
        "form": filled,
        "base": base_path(project),
        "source": source,
        "rows": rows,
        "sends_file": source.name == UPLOAD,
    }
    return Page(
        "import_form.html",
        f"Import tasks into {project.name}",
        variables,
        keys,
        cookies=form_cookies(visit),
        flash=told or (FLASHES["correct-errors"] if errors and not visit.wants_json else None),
    )


def _keys(visit: Visit, project: Project, template: str) -> dict[str, Any]:
    """Contract importers.md §2; there are no template sheets (docs/decisions.md)."""
    title = f"Project: {project.name} · Import Tasks"
    offered = [one.name for one in visit.site.offers.all() if not one.why_not]
    return {
        **headless.project_keys(template, title, project, card_of(visit, project), visit),
        "task_tmpls": [],
        "available_importers": [f"projects/tasks/{name}.html" for name in offered],
        "loading_text": "Importing tasks, this may take a while, wait...",
        "target": "project.import_task",
    }


