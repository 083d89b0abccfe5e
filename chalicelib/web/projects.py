"""The site's front page and a project's own page (contract web.md §2.2, §5)."""

from chalicelib.core.projects import Project
from chalicelib.core.services import Services
from chalicelib.web import headless
from chalicelib.web.access import readable_project
from chalicelib.web.cards import Card, base_path, card
from chalicelib.web.pages import Page
from chalicelib.web.prose import as_html
from chalicelib.web.visits import Visit

MOST_LISTED = 1000


def home(visit: Visit) -> Page:
    """`/`: the published projects, those with work left first."""
    shown = [(project, card_of(visit, project)) for project in published(visit.site)]
    shown.sort(key=lambda pair: _rank(pair[1]))
    extra = visit.site.settings.project_info_public_fields
    projects = [headless.public_project(project, its, extra) for project, its in shown]
    return Page(
        "home.html",
        "Projects",
        {"cards": [its for _, its in shown], "description": "Projects that ask volunteers for small answers"},
        {"template": "/home/index.html", "featured": projects},
    )


def published(site: Services) -> list[Project]:
    """The newest projects that everybody may open: not drafts, not those behind a password."""
    listed = site.projects.after(None, 0, MOST_LISTED)
    return [project for project in listed if project.published and "passwd_hash" not in project.info]


def card_of(visit: Visit, project: Project) -> Card:
    return card(project, visit.site.overview.progress(project.card))


def _rank(card: Card) -> tuple[bool, int]:
    """Projects that are ready and unfinished first, then the newest."""
    return (not card.has_presenter or card.finished, -card.id)


def project(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/`: what it is about, how far it is, and the way in."""
    found = readable_project(visit, short_name)
    its = card_of(visit, found)
    about = as_html(found.long_description) if found.long_description else ""
    shown = {"card": its, "base": base_path(found), "draft": not found.published, "long_description": about}
    extra = visit.site.settings.project_info_public_fields
    keys = headless.project_keys("/projects/project.html", found.name, found, its, extra)
    return Page("project.html", found.name, {**shown, "description": found.description}, keys)
