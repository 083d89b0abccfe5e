"""What routes and triggers are handed: one object, built by `bootstrap`, whose rooms are made when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:  # a cold start imports only what its own route needs
    from chalicelib.core.accounts import Accounts
    from chalicelib.core.audit import Audit
    from chalicelib.core.clearing import Clearing
    from chalicelib.core.completions import Completions
    from chalicelib.core.costs import Costs
    from chalicelib.core.daily_imports import DailyImports
    from chalicelib.core.deliveries import Courier, Queues, Webhooks, WebhookSecrets
    from chalicelib.core.disqus import DisqusKeys
    from chalicelib.core.giving_back import GivingBack
    from chalicelib.core.import_gathering import Listing
    from chalicelib.core.import_offers import Offers
    from chalicelib.core.import_running import Imports
    from chalicelib.core.import_telling import Telling
    from chalicelib.core.leaderboards import Scores
    from chalicelib.core.materials import Material
    from chalicelib.core.media_links import MediaLinks
    from chalicelib.core.overview import Overview
    from chalicelib.core.private_buckets import PrivateBuckets
    from chalicelib.core.project_pages import ProjectPage
    from chalicelib.core.rate_limits import RateLimits
    from chalicelib.core.recognition import Recognition
    from chalicelib.core.repeats import Once
    from chalicelib.core.repositories import (
        Activity,
        Announcements,
        BlogPosts,
        Categories,
        Changes,
        Favorites,
        Projects,
        Results,
        Runs,
        Sheets,
        Shelf,
        TaskBulk,
        Tasks,
        Uploads,
        Users,
    )
    from chalicelib.core.site_figures import SiteFigure
    from chalicelib.core.site_totals import Totals
    from chalicelib.core.statistics import Statistics
    from chalicelib.core.throttle import Throttle
    from chalicelib.core.volunteering import Volunteering
    from chalicelib.core.walks import Walks
    from chalicelib.core.withdrawals import Withdrawals
    from chalicelib.settings import Settings


class Services(Protocol):
    """Every property is made once per container."""

    @property
    def settings(self) -> Settings: ...
    @property
    def projects(self) -> Projects: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def users(self) -> Users: ...
    @property
    def categories(self) -> Categories: ...
    @property
    def materials(self) -> Shelf[Material]: ...
    @property
    def announcements(self) -> Announcements: ...
    @property
    def disqus(self) -> DisqusKeys | None: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def blogposts(self) -> BlogPosts: ...
    @property
    def pages(self) -> Shelf[ProjectPage]: ...
    @property
    def favorites(self) -> Favorites: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def task_bulk(self) -> TaskBulk: ...
    @property
    def once(self) -> Once: ...
    @property
    def sheets(self) -> Sheets: ...
    @property
    def walks(self) -> Walks: ...
    @property
    def withdrawals(self) -> Withdrawals: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def participations(self) -> Activity: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def throttle(self) -> Throttle: ...
    @property
    def clearing(self) -> Clearing: ...
    @property
    def recognition(self) -> Recognition: ...
    @property
    def volunteering(self) -> Volunteering: ...
    @property
    def giving_back(self) -> GivingBack: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def import_files(self) -> Uploads: ...
    @property
    def rate_limits(self) -> RateLimits: ...
    @property
    def overview(self) -> Overview: ...
    @property
    def statistics(self) -> Statistics: ...
    @property
    def costs(self) -> Costs: ...
    @property
    def site_totals(self) -> SiteFigure[Totals]: ...
    @property
    def leaderboard(self) -> SiteFigure[Scores]: ...

    @property
    def results(self) -> Results: ...
    @property
    def completions(self) -> Completions: ...
    @property
    def courier(self) -> Courier: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def webhook_secrets(self) -> WebhookSecrets: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def imports(self) -> Imports: ...
    @property
    def import_telling(self) -> Telling: ...
    @property
    def daily_imports(self) -> DailyImports: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def media_links(self) -> MediaLinks: ...
    @property
    def private_buckets(self) -> PrivateBuckets: ...

    def list_public_bucket(self, bucket: str, prefix: str, after: str) -> Listing:
        """Up to 1,000 keys of a bucket that is open to everybody. Raises Unreadable, TryLater."""

    def clock(self) -> float:
        """Epoch seconds."""


def services_of(app: Any) -> Services:
    """The services of the app that a blueprint belongs to."""
    return cast(Services, app.services)
