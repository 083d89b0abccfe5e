"""`/project/<short_name>/tasks/taskpresentereditor`: the HTML and JavaScript that volunteers work with (contract web.md
§2.3, §6)."""

from pathlib import Path
from typing import Any

from chalice.app import Response

from chalicelib.core.documents import check_size
from chalicelib.core.errors import BadRequest, DataFault
from chalicelib.core.projects import Project
from chalicelib.web import headless
from chalicelib.web.access import kept_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, secret, sent
from chalicelib.web.guards import form_cookies
from chalicelib.web.pages import Page, go
from chalicelib.web.project_changes import store_changes
from chalicelib.web.visits import Visit

EDITOR = (Field("editor", "Task presenter", "code", hint="HTML with JavaScript.", required=False),)
STARTERS = {
    "basic": "Any question, with a free text as its answer",
    "image": "A picture and a yes-or-no question",
    "sound": "A recording and a yes-or-no question",
    "video": "A video and a yes-or-no question",
    "pdf": "A page of a document, to be typed",
}
FOLDER = Path(__file__).resolve().parent / "presenters"
SHORT_NAME = "{{ project.short_name }}"


def editor(visit: Visit, short_name: str) -> Page | Response:
    """A project without presenter is offered some to begin with; `?template=<name>` fills one in."""
    project = kept_project(visit, short_name)
    if visit.method == "POST":
        return _store(visit, project)
    presenter, template = project.info.get("task_presenter"), visit.query.get("template", "")
    if presenter:
        return _page(visit, project, presenter)
    return _page(visit, project, _starter(project, template)) if template in STARTERS else _choice(visit, project)


def _starter(project: Project, name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8").replace(SHORT_NAME, project.short_name)


def _store(visit: Visit, project: Project) -> Page | Response:
    given = sent(visit)
    if str(given.get("id", project.id)) != str(project.id):
        raise BadRequest("The form is another project's.")
    html = secret(given, "editor").replace("\r\n", "\n")  # browsers send the lines of a text area so
    info = {**project.info, "task_presenter": html}
    try:
        check_size({"long_description": project.long_description, "info": info})
    except DataFault as error:
        return _page(visit, project, html, {"editor": [str(error)]})
    store_changes(visit, project, info=info)
    return go(visit, f"{base_path(project)}tasks/", "presenter-saved")


def _choice(visit: Visit, project: Project) -> Page:
    told = FLASHES["choose-presenter"]
    keys = {
        **_keys(visit, project, "projects/task_presenter_options.html"),
        "presenters": [f"projects/presenters/{name}.html" for name in STARTERS],
    }
    variables = {"base": base_path(project), "starters": STARTERS}
    return Page("presenter_options.html", f"Task presenter of {project.name}", variables, keys, flash=told)


def _page(visit: Visit, project: Project, html: str, errors: dict[str, list[str]] | None = None) -> Page:
    shown = form(visit, EDITOR, {"editor": html}, errors)
    keys = {
        **_keys(visit, project, "projects/task_presenter_editor.html"),
        "form": {"id": project.id, **shown.as_json()},
        "errors": bool(errors),
    }
    variables = {"form": shown, "base": base_path(project), "project": project}
    told, heading = FLASHES["correct-errors"] if errors else None, f"Task presenter of {project.name}"
    return Page("presenter_editor.html", heading, variables, keys, cookies=form_cookies(visit), flash=told)


def _keys(visit: Visit, project: Project, template: str) -> dict[str, Any]:
    title = f"Project: {project.name} · Task presenter editor"
    return headless.project_keys(template, title, project, card_of(visit, project), visit)
