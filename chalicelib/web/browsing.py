"""`/project/category/<category>/`: projects by category (contract web.md §2.1)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.api.calls import number_in_path
from chalicelib.core.categories import Category
from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.permissions import refuse
from chalicelib.core.ranking import score
from chalicelib.web import headless
from chalicelib.web.cards import Card
from chalicelib.web.guards import Elsewhere, signed_in
from chalicelib.web.listings import Listing, contributed, listed, public_rows
from chalicelib.web.pages import Page, redirect
from chalicelib.web.visits import Visit

PER_PAGE = 20
FEATURED, DRAFT, CONTRIBUTED = "featured", "draft", "historical_contributions"
PSEUDO = {
    FEATURED: ("Featured", "Featured projects"),
    DRAFT: ("Drafts", "Projects that are not published yet"),
    CONTRIBUTED: ("Your contributions", "Projects that you have worked on"),
}
ORDERS: dict[str, Callable[[Card], Any]] = {
    "id": lambda card: card.id,
    "created": lambda card: card.id,
    "name": lambda card: card.name.lower(),
    "short_name": lambda card: card.short_name.lower(),
    "updated": lambda card: card.updated,
    "last_activity": lambda card: card.last_activity or "",
    "n_tasks": lambda card: card.tasks,
    "n_task_runs": lambda card: card.runs,
    "n_volunteers": lambda card: card.volunteers,
    "n_completed_tasks": lambda card: card.completed or 0,
    "overall_progress": lambda card: headless.overall_progress(card) or 0,
}


def category(visit: Visit, category: str, number: str = "1") -> Page:
    """Twenty to a page. Raises NotFound for an unknown category and beyond the last page, Elsewhere from `featured`
    when nothing is, BadRequest for an `orderby` that there is not."""
    listing, page = listed(visit.site), number_in_path(number)
    about = _about(visit, listing, category)
    cards = _ordered(visit, _cards(visit, listing, category, about))
    shown = cards[(page - 1) * PER_PAGE : page * PER_PAGE] if page > 0 else []
    if not shown and page != 1:
        raise NotFound(f"there is no page {page}")
    pagination = {
        "page": page,
        "per_page": PER_PAGE,
        "total": len(cards),
        "next": len(cards) > page * PER_PAGE,
        "prev": page > 1,
    }
    tabs = _tabs(visit, listing)
    variables = {"cards": shown, "pagination": pagination, "tabs": tabs, "active": about, "order": _query(visit)}
    keys = {
        "template": "/projects/index.html",
        "title": about.name,
        "projects": public_rows(visit, shown) if visit.wants_json else [],
        "pagination": pagination,
        "active_cat": _public(about),
        "categories": [_public(one) for one in tabs],
        "count": len(cards),
    }
    return Page("category.html", about.name, variables, keys)


def _about(visit: Visit, listing: Listing, name: str) -> Category:
    if name in PSEUDO:
        title, description = PSEUDO[name]
        return Category(0, "", title, name, description)
    found = next((one for one in listing.categories if one.short_name == name), None)
    if found is None:
        raise NotFound(f"there is no category {name!r}")
    return found


def _cards(visit: Visit, listing: Listing, name: str, about: Category) -> Sequence[Card]:
    if name == FEATURED:
        if not listing.featured and listing.categories:
            raise Elsewhere(redirect(f"/project/category/{listing.categories[0].short_name}/"))
        return listing.featured
    if name == DRAFT:
        signed_in(visit)
        if not visit.caller.admin:
            refuse(visit.caller)
        return listing.drafts
    if name == CONTRIBUTED:
        return contributed(visit, signed_in(visit))
    return [card for card in listing.published if card.category_id == about.id]


def _ordered(visit: Visit, cards: Sequence[Card]) -> list[Card]:
    wanted = visit.query.get("orderby")
    if not wanted:
        now = visit.site.clock()
        return sorted(cards, key=lambda card: (-score(card, now - _last_change(card)), -card.id))
    if wanted not in ORDERS:
        raise BadRequest(f"orderby must be one of {', '.join(ORDERS)}.")
    return sorted(cards, key=ORDERS[wanted], reverse=bool(visit.query.get("desc")))


def _last_change(card: Card) -> float:
    """Epoch seconds."""
    return datetime.fromisoformat(max(card.updated, card.last_activity or "")).replace(tzinfo=UTC).timestamp()


def _tabs(visit: Visit, listing: Listing) -> list[Category]:
    """`featured` first when anything is."""
    pseudo = [FEATURED] if listing.featured else []
    return [*(_about(visit, listing, one) for one in pseudo), *listing.categories]


def _public(category: Category) -> dict[str, Any]:
    """A pseudo category has no id."""
    names = ("description", "short_name", "created", "id", "name", "info")
    return {name: getattr(category, name) for name in names} | ({} if category.id else {"id": None, "created": None})


def _query(visit: Visit) -> str:
    """The order that the page's links keep."""
    wanted = visit.query.get("orderby")
    return f"?orderby={wanted}" + ("&desc=1" if visit.query.get("desc") else "") if wanted else ""
