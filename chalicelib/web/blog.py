"""A project's blog (contract web.md §2.6)."""

from collections.abc import Sequence
from typing import Any

from chalice.app import Response

from chalicelib.api.blogposts import BlogPostEndpoint
from chalicelib.api.calls import number_in_path
from chalicelib.core.blogposts import BlogPost
from chalicelib.core.errors import ContractError, NotFound, Unavailable
from chalicelib.core.permissions import may_change_post, may_keep_materials, may_read_post, refuse
from chalicelib.core.projects import Project
from chalicelib.core.repositories import Changed
from chalicelib.web import flashes, headless
from chalicelib.web.access import found_project, kept_project, readable_project
from chalicelib.web.cards import base_path, card_of
from chalicelib.web.flashes import FLASHES
from chalicelib.web.forms import Field, form, sent, text, ticked
from chalicelib.web.guards import form_cookies, signed_in
from chalicelib.web.pages import Page, redirect
from chalicelib.web.paging import place_in
from chalicelib.web.prose import as_html
from chalicelib.web.visits import Visit

PER_PAGE = 10
TITLE = Field("title", "Title", longest=255)
BODY = Field("body", "Text", "area", hint="Markdown.")
PUBLISHED = Field("published", "Everybody may read it", "checkbox", required=False)
NEW, CHANGED = (TITLE, BODY), (TITLE, BODY, PUBLISHED)


def blog(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/blog`: the newest posts, drafts to those who may read them; `?before=<id>` goes on."""
    project = readable_project(visit, short_name)
    found = visit.site.blogposts.before(project.id, place_in(visit, "before"), PER_PAGE)
    posts = [post for post in found if may_read_post(visit.caller, project, post)]
    base, its = base_path(project), card_of(visit, project)
    older = f"{base}blog?before={found[-1].id}" if len(found) == PER_PAGE else None
    keys = {
        **headless.project_keys("projects/blog.html", f"Project: {project.name} · Blog", project, its, visit),
        "blogposts": [BlogPostEndpoint().row(post) for post in posts],
        "older": older,
    }
    writes = may_keep_materials(visit.caller, project)
    shown = {"posts": posts, "older": older, "base": base, "writes": writes, "texts": _texts(posts)}
    return Page("blog.html", f"Blog of {project.name}", shown, keys)


def _texts(posts: Sequence[BlogPost]) -> dict[int, Any]:
    return {post.id: as_html(post.body) for post in posts}


def post(visit: Visit, short_name: str, id: str) -> Page:
    """`/project/<short_name>/<post id>`: what is not published is not there, but for those who keep it."""
    project = readable_project(visit, short_name)
    found = _post(visit, project, id)
    if not may_read_post(visit.caller, project, found):
        raise NotFound(f"there is no blog post {id}")
    changes = may_change_post(visit.caller, found)
    shown = {"post": found, "text": as_html(found.body), "base": base_path(project), "changes": changes}
    shown["form"] = form(visit, (), {}) if changes else None
    return Page("blog_post.html", found.title, shown, cookies=form_cookies(visit) if changes else ())


def _post(visit: Visit, project: Project, id: str) -> BlogPost:
    found = visit.site.blogposts.get(number_in_path(id))
    if found is None or found.project_id != project.id:
        raise NotFound(f"there is no blog post {id}")
    return found


def new(visit: Visit, short_name: str) -> Page | Response:
    """`/project/<short_name>/new-blogpost`: always a draft at first. Its main owner and administrators write posts."""
    project = kept_project(visit, short_name)
    if visit.method != "POST":
        return _new_page(visit, project, {})
    given = sent(visit)
    if not may_keep_materials(visit.caller, project):
        refuse(visit.caller)
    wanted = {name: text(given, name) for name in ("title", "body")}
    errors = _missing(wanted)
    try:
        made = None if errors else BlogPostEndpoint().create(visit.call, {**wanted, "project_id": project.id})
    except ContractError as error:
        errors = {"title": [str(error)]}
    if errors or made is None:
        return _new_page(visit, project, wanted, errors)
    return redirect(f"{base_path(project)}{made.id}", cookies=(flashes.cookie_of("post-created"),))


def _missing(wanted: dict[str, str]) -> dict[str, list[str]]:
    return {name: ["This field is required."] for name, value in wanted.items() if not value}


def _new_page(
    visit: Visit, project: Project, values: dict[str, Any], errors: dict[str, list[str]] | None = None
) -> Page:
    shown, its = form(visit, NEW, values, errors), card_of(visit, project)
    title = f"Project: {project.name} · New blog post"
    keys = {
        **headless.project_keys("projects/new_blogpost.html", title, project, its, visit),
        "form": shown.as_json(),
    }
    variables = {"form": shown, "action": "new-blogpost", "base": base_path(project), "button": "Save as a draft"}
    told = FLASHES["correct-errors"] if errors else None
    return Page("blog_form.html", "New blog post", variables, keys, cookies=form_cookies(visit), flash=told)


def update(visit: Visit, short_name: str, id: str) -> Page | Response:
    """`/project/<short_name>/<post id>/update`: its author and administrators."""
    project, found = _changeable(visit, short_name, id)
    values = {name: getattr(found, name) for name in ("title", "body", "published")}
    if visit.method != "POST":
        return _update_page(visit, project, found, values)
    given = sent(visit)
    wanted: dict[str, Any] = {name: text(given, name) if name in given else values[name] for name in ("title", "body")}
    errors = _missing(wanted)
    wanted["published"] = ticked(visit, given, "published", found.published)
    try:
        if not errors:
            BlogPostEndpoint().update(visit.call, found, wanted)
    except Changed as elsewhere:
        raise Unavailable("The post changed at the same moment; send it again.") from elsewhere
    except ContractError as error:
        errors = {"title": [str(error)]}
    if errors:
        return _update_page(visit, project, found, wanted, errors)
    return redirect(f"{base_path(project)}{found.id}", cookies=(flashes.cookie_of("post-saved"),))


def _changeable(visit: Visit, short_name: str, id: str) -> tuple[Project, BlogPost]:
    project = found_project(visit, short_name)
    signed_in(visit)
    found = _post(visit, project, id)
    if not may_change_post(visit.caller, found):
        refuse(visit.caller)
    return project, found


def _update_page(
    visit: Visit,
    project: Project,
    found: BlogPost,
    values: dict[str, Any],
    errors: dict[str, list[str]] | None = None,
) -> Page:
    shown = form(visit, CHANGED, values, errors)
    variables = {"form": shown, "action": f"{found.id}/update", "base": base_path(project), "button": "Save"}
    keys = {"template": "projects/update_blogpost.html", "form": {"id": found.id, **shown.as_json()}}
    told = FLASHES["correct-errors"] if errors else None
    return Page("blog_form.html", f"Edit {found.title}", variables, keys, cookies=form_cookies(visit), flash=told)


def delete(visit: Visit, short_name: str, id: str) -> Response:
    """`/project/<short_name>/<post id>/delete`: with its file."""
    project, found = _changeable(visit, short_name, id)
    sent(visit)
    BlogPostEndpoint().delete(visit.call, found)
    return redirect(f"{base_path(project)}blog", cookies=(flashes.cookie_of("post-deleted"),))
