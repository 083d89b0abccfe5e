"""The site's front page and a project's own page (contract web.md §2.2, §5)."""

from typing import Any

from chalicelib.core.permissions import may_update_project
from chalicelib.web import headless
from chalicelib.web.access import readable_project
from chalicelib.web.cards import Card, base_path, card_of
from chalicelib.web.listings import contributed, listed, public_rows
from chalicelib.web.pages import Page
from chalicelib.web.prose import as_html
from chalicelib.web.visits import Visit

MOST_FEATURED, MOST_CONTRIBUTED = 50, 3


def home(visit: Visit) -> Page:
    """`/`: the published projects, those with work left first."""
    listing = listed(visit.site)
    cards = sorted(listing.published, key=_rank)
    description = "Projects that ask volunteers for small answers"
    shown = {"cards": cards, "categories": listing.categories, "description": description}
    return Page("home.html", "Projects", shown, _headless(visit, cards) if visit.wants_json else None)


def _headless(visit: Visit, cards: list[Card]) -> dict[str, Any]:
    keys = {"template": "/home/index.html", "featured": public_rows(visit, cards[:MOST_FEATURED])}
    if visit.account is None:
        return keys
    mine = contributed(visit, visit.account)[:MOST_CONTRIBUTED]
    return {**keys, "historical_contributions": public_rows(visit, mine)}


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
