"""Lists of projects: read all together once in a while, for reading a project means reading its presenter too."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from chalicelib.core.categories import Category
from chalicelib.core.permissions import may_read_project
from chalicelib.core.projects import Project
from chalicelib.core.remembered import Remembered
from chalicelib.core.services import Services
from chalicelib.core.users import User
from chalicelib.web import headless
from chalicelib.web.cards import Card, card
from chalicelib.web.visits import Visit

SECONDS, OWNER_SECONDS = 5.0, 60.0
AT_ONCE = 50
MOST_CONTRIBUTED = 200


@dataclass(frozen=True)
class Listing:
    """The projects of the site as cards: those that everybody may open (no draft, no password, an owner who is not
    restricted), and the drafts."""

    categories: Sequence[Category]
    published: Sequence[Card]
    drafts: Sequence[Card]

    @property
    def featured(self) -> list[Card]:
        return [card for card in self.published if card.featured]


_listings: WeakKeyDictionary[Services, Remembered[str, Listing]] = WeakKeyDictionary()
_restricted: WeakKeyDictionary[Services, Remembered[int, bool]] = WeakKeyDictionary()


def listed(site: Services) -> Listing:
    """Up to a few seconds old: a container reads it once in a while, not for each visit."""
    remembered = _listings.setdefault(site, Remembered(SECONDS, time.monotonic))
    found = remembered.get("projects", lambda: _read(site))
    assert found is not None
    return found


def _read(site: Services) -> Listing:
    published: list[Card] = []
    drafts: list[Card] = []
    last_id = 0
    while projects := site.projects.after(None, last_id, AT_ONCE):
        last_id = projects[-1].id
        for project in projects:
            if not project.published:
                drafts.append(_card(site, project))
            elif "passwd_hash" not in project.info and not _is_restricted(site, project.owner_id):
                published.append(_card(site, project))
    return Listing(site.categories.all(), published, drafts)


def _card(site: Services, project: Project) -> Card:
    return card(project, site.overview.progress(project.card))


def _is_restricted(site: Services, user_id: int) -> bool:
    remembered = _restricted.setdefault(site, Remembered(OWNER_SECONDS, time.monotonic))
    owner = remembered.get(user_id, lambda: (found := site.users.get(user_id)) is not None and found.restrict)
    return bool(owner)


def contributed(visit: Visit, user: User) -> list[Card]:
    """The projects that an account has worked on and this visitor may read, the newest project first."""
    site = visit.site
    ids = site.participations.projects_of(site.recognition.account_key(user.id))
    found = [one for one in site.projects.many(ids[-MOST_CONTRIBUTED:]) if may_read_project(visit.caller, one)]
    return [_card(site, one) for one in reversed(found)]


def public_rows(visit: Visit, cards: Sequence[Card]) -> list[dict[str, Any]]:
    """What everybody may read of the projects, in the cards' order."""
    extra = visit.site.settings.project_info_public_fields
    projects = {one.id: one for one in visit.site.projects.many([card.id for card in cards])}
    return [headless.public_project(projects[card.id], card, extra) for card in cards if card.id in projects]
