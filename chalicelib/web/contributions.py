"""The pages where volunteers answer: an outer page of ours around a sandboxed frame with the project's presenter.

The presenter is somebody else's HTML and JavaScript. Its document is sent with a sandbox of its own, so that it has no
session, no cookies and no storage however it is opened; what it may ask of the API goes through `bridge.js` with a
token for its project (design §6, contract web.md §6).
"""

from urllib.parse import quote

from chalicelib.core.errors import NotFound
from chalicelib.core.projects import Project
from chalicelib.core.seats import Refusal
from chalicelib.web import headless
from chalicelib.web.access import may_contribute, readable_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.guards import to_sign_in
from chalicelib.web.pages import Page
from chalicelib.web.project_passwords import is_protected
from chalicelib.web.visits import Visit
from chalicelib.web.volunteers import Volunteer, volunteer

# Scripts, forms, dialogs, downloads, links: yes. Never allow-same-origin: that would hand over the session.
SANDBOX = (
    "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads "
    "allow-top-navigation-by-user-activation"
)
FRAME_GUARD = f"sandbox {SANDBOX}; frame-ancestors 'self'"
MOST_DIGITS = 16  # identifiers are below 2^53
PRESENTER, TUTORIAL = "presenter", "tutorial"
NO_PRESENTER = "Sorry, but this project is still a draft and does not have a task presenter."


def newtask(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/newtask`: the tutorial at the first visit, then the presenter."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, visit.query["frame"])
    if not may_contribute(visit, project):
        raise to_sign_in(base_path(project) + "newtask", "volunteers-sign-in")
    seen = tutorial_cookie(project)
    if project.info.get("tutorial") and not visit.has_cookie(seen):
        return work(visit, project, TUTORIAL, volunteer(visit, project), (f"{seen}=seen; Path=/; SameSite=Lax",))
    return work(visit, project, PRESENTER, volunteer(visit, project))


def tutorial_cookie(project: Project) -> str:
    """Name of the cookie that remembers the tutorial was seen."""
    return quote(project.short_name, safe="") + "tutorial"


def task(visit: Visit, short_name: str, task_id: str) -> Page:
    """`/project/<short_name>/task/<id>`: takes a seat on that task, so that an answer may be posted (§2.5)."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, visit.query["frame"])
    if not may_contribute(visit, project):
        raise to_sign_in(base_path(project) + "newtask", "volunteers-sign-in")
    if not (task_id.isascii() and task_id.isdecimal() and len(task_id) <= MOST_DIGITS):
        raise NotFound(f"there is no task {task_id!r}")
    me = volunteer(visit, project)
    leased = visit.site.volunteering.lease(me.caller, project.card, int(task_id))
    if leased is None:
        return _not_here(visit, project, int(task_id))
    return _refusal(project, leased) if isinstance(leased, Refusal) else work(visit, project, PRESENTER, me)


def tutorial(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/tutorial`: the tutorial, however often it was seen."""
    project = readable_project(visit, short_name)
    if visit.query.get("frame"):
        return frame(visit, project, TUTORIAL)
    if not project.info.get("tutorial"):
        raise NotFound("this project has no tutorial")
    return work(visit, project, TUTORIAL, volunteer(visit, project))


def work(visit: Visit, project: Project, kind: str, me: Volunteer, cookies: tuple[str, ...] = ()) -> Page:
    """The outer page: the site's header, progress, notices, and the frame."""
    its = card_of(visit, project)
    shown = {
        "card": its,
        "base": base_path(project),
        "tutorial": kind == TUTORIAL,
        "notes": _notes(project, its.tasks),
        "token": me.token,
        "shared": me.shared,
        "sandbox": SANDBOX,
        "frame": _frame_address(visit.path, project, kind, me),
    }
    template = "/projects/tutorial.html" if kind == TUTORIAL else "/projects/presenter.html"
    extra = visit.site.settings.project_info_public_fields
    public = headless.public_project(project, its, extra)
    keys = {"template": template, "title": project.name, "project": public, "owner": None}
    return Page("work.html", project.name, shown, keys, cookies=(*cookies, *me.cookies))


def _frame_address(path: str, project: Project, kind: str, me: Volunteer) -> str:
    """A draft's or protected project's presenter is shown to whoever holds its token: an owner's own key must not
    get into the frame."""
    is_open = project.published and not is_protected(project)
    return f"{path}?frame={kind}" + ("" if is_open else f"&token={me.token}")


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


REFUSALS = {
    Refusal.ANSWERED: ("You have answered this task already", "Thank you! There may be more to do."),
    Refusal.COMPLETED: ("This task is completed", "Others have answered it already. There may be more to do."),
    Refusal.FULL: ("Others are working on this task", "Every seat on it is taken just now. There may be more to do."),
}


def _refusal(project: Project, reason: Refusal) -> Page:
    title, text = REFUSALS[reason]
    return _message(project, title, text, 200)


def _not_here(visit: Visit, project: Project, task_id: int) -> Page:
    """The project has no such task: another has (a page, §2.5), or none has (404)."""
    if visit.site.tasks.get(task_id) is None:
        raise NotFound(f"there is no task {task_id}")
    return _message(project, "That task belongs to another project", "Here you can go on with this one.", 200)


def _message(project: Project, title: str, text: str, status: int) -> Page:
    onward = [] if status == 403 else [("Next task", base_path(project) + "newtask")]
    links = [*onward, ("About the project", base_path(project))]
    keys = {"template": "/projects/task/wrong.html", "title": title, "flash": text, "status": "info"}
    return Page("message.html", title, {"code": None, "text": text, "links": links}, keys, status)
