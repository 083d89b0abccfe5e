"""The composition root: reads the settings and builds stores, clock, identifiers and edges, each when first used."""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from chalicelib.settings import Settings, read_settings

if TYPE_CHECKING:
    from chalicelib.core.accounts import Accounts
    from chalicelib.core.blogposts import BlogPost
    from chalicelib.core.clearing import Clearing
    from chalicelib.core.completions import Completions
    from chalicelib.core.costs import Costs
    from chalicelib.core.daily_imports import DailyImports
    from chalicelib.core.disqus import DisqusKeys
    from chalicelib.core.giving_back import GivingBack
    from chalicelib.core.identifiers import Identifiers
    from chalicelib.core.import_gatherer import Gatherer
    from chalicelib.core.import_gathering import Listing, Tools
    from chalicelib.core.import_offers import Offers
    from chalicelib.core.import_running import Imports
    from chalicelib.core.import_telling import Telling
    from chalicelib.core.leaderboards import Scores
    from chalicelib.core.mails import Mails
    from chalicelib.core.materials import Material
    from chalicelib.core.media_links import MediaLinks
    from chalicelib.core.overview import Overview
    from chalicelib.core.private_buckets import PrivateBuckets
    from chalicelib.core.project_pages import ProjectPage
    from chalicelib.core.rate_limits import RateLimits
    from chalicelib.core.recognition import Recognition
    from chalicelib.core.repeats import Once
    from chalicelib.core.scheduling import Scheduling
    from chalicelib.core.site_figures import SiteFigure
    from chalicelib.core.site_totals import Totals
    from chalicelib.core.statistics import Statistics
    from chalicelib.core.submission import Submission
    from chalicelib.core.throttle import Throttle
    from chalicelib.core.volunteering import Volunteering
    from chalicelib.core.walks import Walks
    from chalicelib.core.withdrawals import Withdrawals
    from chalicelib.edge.egress import Egress
    from chalicelib.edge.objects import ObjectStore
    from chalicelib.edge.queues import Queues
    from chalicelib.edge.seal import Seal
    from chalicelib.edge.uploads import Uploads
    from chalicelib.store.announcements import AnnouncementStore
    from chalicelib.store.audit import AuditStore
    from chalicelib.store.categories import CategoryStore
    from chalicelib.store.cost_sums import CostSums
    from chalicelib.store.deliveries import DeliveryStore
    from chalicelib.store.favorites import FavoriteStore
    from chalicelib.store.participations import ParticipationStore
    from chalicelib.store.project_changes import ProjectChanges
    from chalicelib.store.projects import ProjectStore
    from chalicelib.store.queue import QueueStore
    from chalicelib.store.results import ResultStore
    from chalicelib.store.runs import RunStore
    from chalicelib.store.sheets import SheetStore
    from chalicelib.store.shelves import Shelf
    from chalicelib.store.task_bulk import TaskBulk
    from chalicelib.store.tasks import TaskStore
    from chalicelib.store.users import UserStore
    from chalicelib.webhooks.courier import Courier
    from chalicelib.webhooks.outbox import Outbox
    from chalicelib.webhooks.secrets import Secrets

LAMBDA_MEMORY = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"  # set by Lambda, in MB
USUAL_MEGABYTES = 1024  # of most functions (.chalice/config.json)


class Bootstrap:
    """Builds each service once per container. Nothing is read or opened before the first request needs it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self._environment)

    def clock(self) -> float:
        """Epoch seconds."""
        return time.time()

    @cached_property
    def _secret(self) -> bytes:
        from chalicelib.edge.secret import read_secret

        return read_secret(self.settings.secret_parameter)

    @cached_property
    def disqus(self) -> "DisqusKeys | None":
        """None unless the site has both keys."""
        from chalicelib.core.disqus import DisqusKeys
        from chalicelib.edge.secret import read_key

        public = self.settings.disqus_public_key
        secret = read_key(self.settings.disqus_secret_parameter) if public else None
        return DisqusKeys(public, secret) if secret else None

    @cached_property
    def _stack(self) -> str:
        """Names the tables, and traces calls where that is on; every store asks for it first."""
        from chalicelib.store.tables import connect

        if self.settings.tracing:
            from chalicelib.edge.tracing import trace_aws_calls

            trace_aws_calls()
        connect(self.settings.stack, lean=not self.settings.tracing)
        return self.settings.stack

    @cached_property
    def identifiers(self) -> "Identifiers":
        from chalicelib.core.identifiers import Identifiers
        from chalicelib.store.sequences import WORKER, next_number

        assert self._stack
        return Identifiers(self.clock, lambda: next_number(WORKER))

    @cached_property
    def audit(self) -> "AuditStore":
        from chalicelib.store.audit import AuditStore

        return AuditStore(self.identifiers.next)

    @cached_property
    def projects(self) -> "ProjectStore":
        from chalicelib.store.projects import ProjectStore

        assert self._stack
        return ProjectStore(self.settings.project_cache_seconds, time.monotonic, self.audit)

    @cached_property
    def users(self) -> "UserStore":
        from chalicelib.store.users import UserStore

        assert self._stack
        return UserStore(time.monotonic)

    @cached_property
    def categories(self) -> "CategoryStore":
        from chalicelib.store.categories import CategoryStore

        assert self._stack
        return CategoryStore()

    @cached_property
    def materials(self) -> "Shelf[Material]":
        from chalicelib.core.materials import Material
        from chalicelib.store.shelves import Shelf
        from chalicelib.store.tables import MaterialItem

        assert self._stack
        return Shelf("helpingmaterial", MaterialItem, Material)

    @cached_property
    def announcements(self) -> "AnnouncementStore":
        from chalicelib.store.announcements import AnnouncementStore

        assert self._stack
        return AnnouncementStore()

    @cached_property
    def changes(self) -> "ProjectChanges":
        from chalicelib.store.project_changes import ProjectChanges

        assert self._stack
        return ProjectChanges(self.clock)

    @cached_property
    def blogposts(self) -> "Shelf[BlogPost]":
        from chalicelib.core.blogposts import BlogPost
        from chalicelib.store.shelves import Shelf
        from chalicelib.store.tables import BlogPostItem

        assert self._stack
        return Shelf("blogpost", BlogPostItem, BlogPost)

    @cached_property
    def pages(self) -> "Shelf[ProjectPage]":
        from chalicelib.core.project_pages import ProjectPage
        from chalicelib.store.shelves import Shelf
        from chalicelib.store.tables import PageItem

        assert self._stack
        return Shelf("page", PageItem, ProjectPage)

    @cached_property
    def favorites(self) -> "FavoriteStore":
        from chalicelib.store.favorites import FavoriteStore

        assert self._stack
        return FavoriteStore(self.clock)

    @cached_property
    def tasks(self) -> "TaskStore":
        from chalicelib.store.tasks import TaskStore

        assert self._stack
        return TaskStore(self.clock)

    @cached_property
    def task_bulk(self) -> "TaskBulk":
        from chalicelib.store.task_bulk import TaskBulk

        return TaskBulk(self.tasks)

    @cached_property
    def once(self) -> "Once":
        from chalicelib.core.repeats import Once
        from chalicelib.store.repeats import RepeatStore

        assert self._stack
        return Once(RepeatStore(), self.clock)

    @cached_property
    def sheets(self) -> "SheetStore":
        from chalicelib.store.sheets import SheetStore

        assert self._stack
        return SheetStore()

    @cached_property
    def runs(self) -> "RunStore":
        from chalicelib.store.runs import RunStore

        assert self._stack
        return RunStore()

    @cached_property
    def participations(self) -> "ParticipationStore":
        from chalicelib.store.participations import ParticipationStore

        assert self._stack
        return ParticipationStore()

    @cached_property
    def queue(self) -> "QueueStore":
        from chalicelib.store.queue import QueueStore

        assert self._stack
        return QueueStore(self.settings.queue_cache_seconds)

    @cached_property
    def recognition(self) -> "Recognition":
        from chalicelib.core.recognition import Recognition
        from chalicelib.store.admissions import AdmissionStore

        return Recognition(self.users, AdmissionStore(), self._secret, self.clock)

    @cached_property
    def throttle(self) -> "Throttle":
        from chalicelib.core.throttle import Throttle
        from chalicelib.store.tries import TryStore

        assert self._stack
        return Throttle(TryStore(), self._secret, self.clock)

    @cached_property
    def accounts(self) -> "Accounts":
        from chalicelib.core.accounts import Accounts

        return Accounts(self.users, self.recognition.sessions, self.throttle, self.clock)

    @cached_property
    def clearing(self) -> "Clearing":
        from chalicelib.core.clearing import Clearing

        return Clearing(self.runs, self.results, self.sheets, self.deliveries, self.uploads, self.clock)

    @cached_property
    def _side_by_side(self) -> Callable[..., Iterable[Any]]:
        """A map over several tasks at once, for the function that changes all of a project's."""
        from concurrent.futures import ThreadPoolExecutor

        from chalicelib.core.consumption import sharing

        return sharing(ThreadPoolExecutor(4, thread_name_prefix="walks").map)

    @cached_property
    def walks(self) -> "Walks":
        from chalicelib.core.walks import Walks
        from chalicelib.store.walks import WalkStore

        def go_on(project_id: int, after_seconds: int) -> None:
            self.queues.send(self.settings.walk_queue_url, {"project_id": project_id}, after_seconds)

        parts = self.projects, self.tasks, self.sheets, self.queue
        return Walks(WalkStore(), *parts, go_on, self._side_by_side, self.clock)

    @cached_property
    def withdrawals(self) -> "Withdrawals":
        from chalicelib.core.withdrawals import Withdrawals
        from chalicelib.core.withdrawing import Tools
        from chalicelib.store.withdrawals import WithdrawalStore

        def go_on(project_id: int, withdrawal_id: int, after_seconds: int) -> None:
            message = {"project_id": project_id, "withdrawal_id": withdrawal_id}
            self.queues.send(self.settings.walk_queue_url, message, after_seconds)

        assert self._stack
        parts = self.imports, self.tasks, self.sheets, self.runs, self.uploads
        tools = Tools(*parts, self._side_by_side, self.clock)
        return Withdrawals(WithdrawalStore(self.audit), tools.work_of, go_on, self.identifiers.next, self.clock)

    @cached_property
    def scheduling(self) -> "Scheduling":
        from chalicelib.core.scheduling import Scheduling

        return Scheduling(self.participations, self.sheets, self.queue, self.clock)

    @cached_property
    def submission(self) -> "Submission":
        from chalicelib.core.submission import Submission

        return Submission(self.participations, self.sheets, self.tasks, self.runs, self.identifiers.next, self.clock)

    @cached_property
    def volunteering(self) -> "Volunteering":
        from chalicelib.core.volunteering import Volunteering

        return Volunteering(
            self.projects,
            self.tasks,
            self.participations,
            self.recognition,
            self.scheduling,
            self.submission,
            self.runs,
            self.settings,
            self.giving_back,
        )

    @cached_property
    def giving_back(self) -> "GivingBack":
        from chalicelib.core.giving_back import GivingBack

        return GivingBack(self.participations, self.sheets, self.tasks, self.clock)

    @cached_property
    def uploads(self) -> "Uploads":
        from chalicelib.edge.uploads import Uploads

        return Uploads(self.settings.upload_bucket)

    @cached_property
    def import_files(self) -> "Uploads":
        from chalicelib.edge.uploads import Uploads

        return Uploads(self.settings.import_bucket)

    @cached_property
    def rate_limits(self) -> "RateLimits":
        from chalicelib.core.rate_limits import RateLimits
        from chalicelib.store.rate_sums import RateSums

        assert self._stack
        settings = self.settings
        window = settings.rate_window_seconds
        return RateLimits(settings.rate_limit, settings.keys_rate_limit, window, RateSums(), self._secret, self.clock)

    @cached_property
    def overview(self) -> "Overview":
        from chalicelib.core.overview import Overview

        return Overview(self.tasks, self.statistics.of_project, time.monotonic)

    @cached_property
    def statistics(self) -> "Statistics":
        from chalicelib.core.statistics import Statistics
        from chalicelib.core.working_times import seconds_per_run
        from chalicelib.store.statistics import StatisticStore

        assert self._stack
        return Statistics(StatisticStore(), partial(seconds_per_run, self.runs), time.monotonic)

    @cached_property
    def costs(self) -> "Costs":
        from chalicelib.core.costs import Costs, NoCosts

        if not self.settings.cost_line:
            return NoCosts()
        gigabytes = int(self._environment.get(LAMBDA_MEMORY) or USUAL_MEGABYTES) / 1024
        return Costs(lambda: self._cost_sums, gigabytes, self.clock)

    @cached_property
    def _cost_sums(self) -> "CostSums":
        from chalicelib.store.cost_sums import CostSums

        assert self._stack
        return CostSums()

    @cached_property
    def site_totals(self) -> "SiteFigure[Totals]":
        from chalicelib.core.site_figures import SiteFigure
        from chalicelib.core.site_totals import TotalsWalk
        from chalicelib.store.statistics import FigureStore

        walk = TotalsWalk(self.projects, self.users, self.statistics.of_project)
        return SiteFigure(FigureStore(), walk, self.clock)

    @cached_property
    def leaderboard(self) -> "SiteFigure[Scores]":
        from chalicelib.core.leaderboards import ScoresWalk
        from chalicelib.core.site_figures import SiteFigure
        from chalicelib.store.statistics import FigureStore

        recognition, activity = self.recognition, self.participations
        walk = ScoresWalk(self.users, lambda user_id: activity.runs_of(recognition.account_key(user_id)))
        return SiteFigure(FigureStore(), walk, self.clock)

    @cached_property
    def results(self) -> "ResultStore":
        from chalicelib.store.results import ResultStore

        assert self._stack
        return ResultStore()

    @cached_property
    def deliveries(self) -> "DeliveryStore":
        from chalicelib.store.deliveries import DeliveryStore

        assert self._stack
        return DeliveryStore()

    @cached_property
    def queues(self) -> "Queues":
        from chalicelib.edge.queues import Queues

        return Queues()

    @cached_property
    def mails(self) -> "Mails":
        from chalicelib.core.mails import NoMails
        from chalicelib.edge.mail import Post

        settings = self.settings
        if not settings.mail_sender:
            return NoMails()
        return Post(settings.mail_sender, settings.brand, settings.spam.replace(" ", "").split(","))

    @cached_property
    def import_telling(self) -> "Telling":
        from chalicelib.core.import_reports import Reports
        from chalicelib.core.import_telling import Telling
        from chalicelib.core.mails import NoMails
        from chalicelib.store.imports import ImportStore

        settings = self.settings
        mails = NoMails() if settings.disable_email_notifications else self.mails
        reports = Reports(mails, self.projects, self.users, settings.brand, settings.base_url)
        assert self._stack
        return Telling(ImportStore(), reports, self.clock)

    @cached_property
    def egress(self) -> "Egress":
        from chalicelib.edge.egress import Egress
        from chalicelib.edge.targets import LOCAL, PUBLIC

        return Egress(LOCAL if self.settings.allow_private_egress else PUBLIC)

    @cached_property
    def webhooks(self) -> "Outbox":
        from chalicelib.webhooks.outbox import Outbox

        send = partial(self.queues.send, self.settings.webhook_queue_url)
        return Outbox(self.projects, self.deliveries, send, self.clock)

    @cached_property
    def webhook_secrets(self) -> "Secrets":
        from chalicelib.store.webhook_settings import WebhookSettingsStore
        from chalicelib.webhooks.secrets import Secrets

        assert self._stack
        return Secrets(WebhookSettingsStore(), time.monotonic)

    @cached_property
    def courier(self) -> "Courier":
        from chalicelib.store.webhook_settings import WebhookSettingsStore
        from chalicelib.webhooks.courier import Courier, Tools
        from chalicelib.webhooks.schedule import Schedule

        give_up = partial(self.queues.send, self.settings.webhook_dead_queue_url)
        tools = Tools(self.egress.post, WebhookSettingsStore().turn_off, give_up, self.clock)
        schedule = Schedule.parse(self.settings.webhook_delays, random.random)
        return Courier(self.projects, self.deliveries, self.webhook_secrets, schedule, tools)

    @cached_property
    def _region(self) -> str:
        named = (self._environment.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        return next(filter(None, named), "us-east-1")

    @cached_property
    def private_buckets(self) -> "PrivateBuckets":
        from chalicelib.core.private_buckets import PrivateBuckets
        from chalicelib.edge.clients import client
        from chalicelib.edge.role_buckets import RoleBuckets
        from chalicelib.edge.roles import Sessions
        from chalicelib.store.bucket_access import BucketAccessStore

        assert self._stack
        sessions = Sessions(lambda: client("sts"), self.clock, strict=not self.settings.allow_private_egress)
        roles = RoleBuckets(sessions, self._region, self.clock)
        return PrivateBuckets(BucketAccessStore(), roles, self.settings.import_bucket or self.settings.stack)

    @cached_property
    def media_links(self) -> "MediaLinks":
        from chalicelib.core.media_links import MediaLinks

        endpoint = self._environment.get("AWS_ENDPOINT_URL", "")
        own = self.settings.import_bucket
        return MediaLinks(self.projects.card, lambda: self.private_buckets, own, self._link_to_import, endpoint)

    def _link_to_import(self, key: str) -> str:
        from chalicelib.edge.role_buckets import link
        from chalicelib.edge.roles import SESSION_SECONDS

        return link(self._import_bucket, self.settings.import_bucket, key, SESSION_SECONDS)

    @cached_property
    def _import_bucket(self) -> Any:
        from chalicelib.edge.clients import link_client

        return link_client(self.settings.import_bucket, self._region)

    def list_public_bucket(self, bucket: str, prefix: str, after: str) -> "Listing":
        """Up to 1,000 keys of a bucket that is open to everybody. Raises Unreadable, TryLater."""
        from chalicelib.importers.sources.public_bucket import listed

        return listed(self.egress, bucket, prefix, after)

    @cached_property
    def completions(self) -> "Completions":
        from chalicelib.core.completions import Completions

        return Completions(self.results, self.webhooks, self.tasks, self.sheets, self.identifiers.next, self.clock)

    @cached_property
    def imports(self) -> "Imports":
        from chalicelib.core.import_running import Imports
        from chalicelib.importers.registry import packed_format, reader_of
        from chalicelib.store.imports import ImportStore
        from chalicelib.store.task_batches import TaskBatches

        def go_on(import_id: int, after_seconds: int) -> None:
            self.queues.send(self.settings.import_queue_url, {"import_id": import_id}, after_seconds)

        assert self._stack
        return Imports(
            ImportStore(),
            TaskBatches(self.clock),
            self.projects,
            self._objects,
            reader_of,
            lambda key: packed_format(key) is not None,
            lambda: self._gatherer,
            go_on,
            self.clock,
            self.settings.import_slice_rows,
        )

    @cached_property
    def _objects(self) -> "ObjectStore":
        from chalicelib.edge.objects import ObjectStore

        return ObjectStore(self.settings.import_bucket)

    @cached_property
    def _gatherer(self) -> "Gatherer":
        from chalicelib.core.import_gatherer import Gatherer
        from chalicelib.importers.gathering import Gathering

        def unsealed(text: str) -> Mapping[str, Any]:
            return self._seal.open(text) if text else {}

        return Gatherer(Gathering(self._tools_of, self._objects.chunks, unsealed), self._objects, self.clock)

    @cached_property
    def _import_tools(self) -> "Tools":
        from chalicelib.core.import_gathering import Tools
        from chalicelib.edge.secret import ServiceKeys

        keys = ServiceKeys(self.settings.services_with_keys, self.settings.service_key_parameters)
        return Tools(self.egress, keys, self.list_public_bucket)

    def _tools_of(self, project_id: int | None) -> "Tools":
        """For imports into that project."""
        from msgspec.structs import replace

        if project_id is None:
            return self._import_tools
        return replace(self._import_tools, role_buckets=self.private_buckets.of_project(project_id))

    @cached_property
    def _seal(self) -> "Seal":
        from chalicelib.edge.seal import Seal

        return Seal(self._secret)

    @cached_property
    def daily_imports(self) -> "DailyImports":
        from chalicelib.core.daily_imports import DailyImports

        settings = self.settings
        send = partial(self.queues.send, settings.import_queue_url)
        return DailyImports(self.projects, self.users, self.imports, send, self.clock, settings.pro_autoimporter)

    @cached_property
    def offers(self) -> "Offers":
        from chalicelib.importers.offers import Offers

        return Offers(self._tools_of, lambda content: self._seal.shut(content) if content else "")
