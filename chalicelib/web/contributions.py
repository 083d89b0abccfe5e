"""The pages where volunteers answer: an outer page of ours around a sandboxed frame with the project's presenter.

The presenter is somebody else's HTML and JavaScript. Its document is sent with a sandbox of its own, so that it has no
session, no cookies and no storage however it is opened; what it may ask of the API goes through `bridge.js` with a
token for its project (design §6, contract web.md §6).
"""

from urllib.parse import quote

from chalicelib.core.errors import NotFound
from chalicelib.core.projects import Project
from chalicelib.web import headless
from chalicelib.web.access import may_contribute, readable_project
from chalicelib.web.browsers import recognised_browser
from chalicelib.web.cards import base_path
from chalicelib.web.pages import Page
from chalicelib.web.projects import card_of
from chalicelib.web.visits import Visit

# Scripts, forms, dialogs, downloads, links to other sites: yes. Never allow-same-origin: that would hand it the session.
SANDBOX = (
    "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads "
    "allow-top-navigation-by-user-activation"
)
FRAME_GUARD = f"sandbox {SANDBOX}; frame-ancestors 'self'"
PRESENTER, TUTORIAL = "presenter", "tutorial"
NO_PRESENTER = "Sorry, but this project is still a draft and does not have a task presenter."


def newtask(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/newtask`: the tutorial at the first visit, then the presenter."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, visit.query["frame"])
    if not may_contribute(visit, project):
        return _sign_in_first(project)
    seen = tutorial_cookie(project)
    if project.info.get("tutorial") and not visit.has_cookie(seen):
        return work(visit, project, TUTORIAL, (f"{seen}=seen; Path=/; SameSite=Lax",))
    return work(visit, project, PRESENTER)


def tutorial_cookie(project: Project) -> str:
    """Name of the cookie that remembers the tutorial was seen."""
    return quote(project.short_name, safe="") + "tutorial"


def task(visit: Visit, short_name: str, task_id: str) -> Page:
    """`/project/<short_name>/task/<id>`: takes a seat on that task, so that an answer may be posted (§2.5)."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, visit.query["frame"])
    if not may_contribute(visit, project):
        return _sign_in_first(project)
    if not task_id.isdecimal() or len(task_id) > 16:
        raise NotFound(f"there is no task {task_id!r}")
    refused = visit.site.leases.lease_task(project, visit.caller, int(task_id))
    return _refusal(project, refused) if refused else work(visit, project, PRESENTER)


def tutorial(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/tutorial`: the tutorial, however often it was seen."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, TUTORIAL)
    if not project.info.get("tutorial"):
        raise NotFound("this project has no tutorial")
    return work(visit, project, TUTORIAL)


def work(visit: Visit, project: Project, kind: str, cookies: tuple[str, ...] = ()) -> Page:
    """The outer page: the site's header, progress, notices, and the frame."""
    its = card_of(visit, project)
    browser, cookie = recognised_browser(visit, project)
    shown = {
        "card": its,
        "base": base_path(project),
        "tutorial": kind == TUTORIAL,
        "notes": _notes(project, its.tasks),
        "token": visit.site.presenter_tokens.issue(project, visit.caller, browser),
        "sandbox": SANDBOX,
        "frame": f"{visit.path}?frame={kind}",
    }
    template = "/projects/tutorial.html" if kind == TUTORIAL else "/projects/presenter.html"
    extra = visit.site.settings.project_info_public_fields
    public = headless.public_project(project, its, extra)
    keys = {"template": template, "title": project.name, "project": public, "owner": None}
    return Page("work.html", project.name, shown, keys, cookies=(*cookies, *cookie))


def _notes(project: Project, tasks: int) -> list[str]:
    if not project.info.get("task_presenter"):
        return [NO_PRESENTER]
    return [] if tasks else ["This project has no tasks yet. Please come back soon!"]


def frame(visit: Visit, project: Project, kind: str) -> Page:
    """The frame's document: libraries first, then the stored HTML as it is (§6.1, §6.4)."""
    from markupsafe import Markup

    html = project.info.get("tutorial" if kind == TUTORIAL else "task_presenter")
    shown = {"html": Markup(html if isinstance(html, str) else ""), "locale": "en", "tutorial": kind == TUTORIAL}
    return Page("frame.html", project.name, shown, guard=FRAME_GUARD, inside_frame=True)


def _sign_in_first(project: Project) -> Page:
    text = "This project takes answers from signed-in volunteers only. Thank you for wanting to help!"
    return _message(project, "Please sign in to contribute", text, 403)


REFUSALS = {
    "answered": ("You have answered this task already", "Thank you! There may be more to do."),
    "completed": ("This task is completed", "Others have answered it already. There may be more to do."),
    "full": ("Others are working on this task", "Every seat on it is taken just now. There may be more to do."),
    "elsewhere": ("That task belongs to another project", "The address mixes two projects. Here you can go on:"),
}


def _refusal(project: Project, reason: str) -> Page:
    if reason == "unknown":
        raise NotFound("there is no such task")
    title, text = REFUSALS[reason]
    return _message(project, title, text, 200)


def _message(project: Project, title: str, text: str, status: int) -> Page:
    links = (("Next task", base_path(project) + "newtask"), ("About the project", base_path(project)))
    if status == 403:
        links = links[1:]
    headless = {"template": "/projects/task/wrong.html", "title": title, "flash": text, "status": "info"}
    return Page("message.html", title, {"code": None, "text": text, "links": links}, headless, status)
