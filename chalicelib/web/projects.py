"""The site's front page and a project's own page (contract web.md §2.2, §5)."""

import time
from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

from chalicelib.core.permissions import may_update_project
from chalicelib.core.projects import Project
from chalicelib.core.remembered import Remembered
from chalicelib.core.services import Services
from chalicelib.web import headless
from chalicelib.web.access import readable_project
from chalicelib.web.cards import Card, base_path, card
from chalicelib.web.pages import Page
from chalicelib.web.prose import as_html
from chalicelib.web.visits import Visit

LISTED_SECONDS = 5.0
LISTED_AT_ONCE = 50
_listings: WeakKeyDictionary[Services, Remembered[str, list[Card]]] = WeakKeyDictionary()


def home(visit: Visit) -> Page:
    """`/`: the published projects, those with work left first."""
    shown = {"cards": cards(visit.site), "description": "Projects that ask volunteers for small answers"}
    return Page("home.html", "Projects", shown, _featured(visit) if visit.wants_json else None)


def cards(site: Services) -> list[Card]:
    """The published projects as cards, in the order of the front page; up to a few seconds old."""
    return _listing(site).get("cards", lambda: sorted(map(itemgetter(1), _published(site)), key=_rank)) or []


def _listing(site: Services) -> Remembered[str, list[Card]]:
    """Listing reads every project with its presenter: a container does it once in a while, not for each visit."""
    return _listings.setdefault(site, Remembered(LISTED_SECONDS, time.monotonic))


def _published(site: Services) -> Iterator[tuple[Project, Card]]:
    """Projects that everybody may open: not drafts, not those behind a password."""
    last_id = 0
    while listed := site.projects.after(None, last_id, LISTED_AT_ONCE):
        last_id = listed[-1].id
        for project in listed:
            if project.published and "passwd_hash" not in project.info:
                yield project, card(project, site.overview.progress(project.card))


def _featured(visit: Visit) -> dict[str, Any]:
    extra = visit.site.settings.project_info_public_fields
    shown = sorted(_published(visit.site), key=lambda pair: _rank(pair[1]))
    projects = [headless.public_project(project, its, extra) for project, its in shown]
    return {"template": "/home/index.html", "featured": projects}


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
    shown["keeps"] = may_update_project(visit.caller, found)
    keys = headless.project_keys("/projects/project.html", found.name, found, its, visit) if visit.wants_json else None
    return Page("project.html", found.name, {**shown, "description": found.description}, keys)
