"""Who takes part: projects, accounts and tokens, made once on an instance that runs undisturbed."""

import re
import time
from dataclasses import dataclass
from typing import Any

import requests

from infra.accounts import create_user, point_at_local
from infra.local import aws
from tests.fakes.site import Site
from tests.instance import LocalInstance, Stack
from tests.soak.owner import Estate, Holding
from tests.soak.receiver import Receiver
from tests.soak.volunteers import Access, Person

TOKEN = re.compile(r'data-token="([^"]+)"')
LEASE_SECONDS = 8
PRESENTER = "<div>Which kind of cloud is this?</div>"
QUEUES = ("imports", "walks", "webhooks")
HIDDEN_SECONDS = 30  # that a message stays with a handler that died; deployed, it is up to 24 minutes


@dataclass(frozen=True)
class Plot:
    """One project of the play."""

    name: str
    info: dict[str, Any]
    stock: int
    weight: float = 1.0
    moves: bool = False
    webhook: bool = False
    gold: int = 0
    bounded: bool = True


PLOTS = (
    Plot("plain", {}, stock=60, webhook=True),
    Plot("broad", {"sched": "breadth_first"}, stock=40, webhook=True),
    Plot("moving", {}, stock=40, moves=True),
    Plot("locked", {"sched": "locked"}, stock=40),
    Plot("agreeing", {"agreement": {"share": 0.6, "minimum": 2, "field": "kind"}}, stock=40, webhook=True),
    Plot("golden", {"gold_rate": 0.2}, stock=30, weight=0.6, gold=4),
    Plot("generous", {"redundancy": "at_least"}, stock=30, weight=0.6, bounded=False),
    Plot("everybody", {"sched": "depth_first_all"}, stock=0, weight=0.3, bounded=False),  # all of it: few tasks do
)


@dataclass(frozen=True)
class Cast:
    """Everybody and everything. `pulse`: the project whose statistics are watched."""

    stack: Stack
    estate: Estate
    people: list[Person]
    pulse: int
    kinds: dict[str, list[int]]  # projects "announced", "unbounded" and "agreeing", and "gold" tasks

    @property
    def projects(self) -> list[int]:
        return [*(holding.project_id for holding in self.estate.holdings), self.pulse]


def make_cast(instance: LocalInstance, receiver: Receiver, volunteers: int, scale: float) -> Cast:
    """Make them; `scale`: how much of the plots' stock to keep."""
    stack = instance.wait()
    point_at_local(instance.data_dir)
    _hurry_queues(stack)
    site = Site(stack)
    stamp = f"{time.time_ns() // 10**6:x}"
    holdings, plots, gold = [], {}, []
    for plot in PLOTS:
        project = _make_project(site, plot, stamp, receiver.url if plot.webhook else None)
        stock = max(10, int(plot.stock * scale)) if plot.stock else 0
        plots[project["id"]] = (plot, project)
        holdings.append(Holding(project["id"], project["short_name"], project["info"], stock, plot.moves))
        gold += [_make_gold(site, project["id"], number) for number in range(plot.gold)]
        if plot.webhook:
            told = site.call("GET", "/api/webhook/secret", project_id=project["id"])
            receiver.secrets[project["id"]] = told["secrets"][0]
    pulse = site.create_project(f"pulse-{stamp}")
    people = [_person(site, number, plots) for number in range(volunteers)]
    estate = Estate(stack.admin_api_key, stack.import_bucket, stack.aws_endpoint, holdings)
    return Cast(stack, estate, people, pulse["id"], {**_kinds(plots), "gold": gold})


def _kinds(plots: dict[int, tuple[Plot, dict[str, Any]]]) -> dict[str, list[int]]:
    return {
        "announced": [project_id for project_id, (plot, _) in plots.items() if plot.webhook],
        "unbounded": [project_id for project_id, (plot, _) in plots.items() if not plot.bounded],
        "agreeing": [project_id for project_id, (plot, _) in plots.items() if "agreement" in plot.info],
    }


def _hurry_queues(stack: Stack) -> None:
    sqs = aws.client("sqs", stack.aws_endpoint)
    for name in QUEUES:
        url = sqs.get_queue_url(QueueName=f"{aws.STACK}-{name}")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(HIDDEN_SECONDS)})


def _make_project(site: Site, plot: Plot, stamp: str, webhook: str | None) -> dict[str, Any]:
    info = {**plot.info, "lease_seconds": LEASE_SECONDS, "task_presenter": PRESENTER}
    fields = {"webhook": webhook} if webhook else {}
    project = site.create_project(f"{plot.name}-{stamp}", info=info, **fields)
    site.call("POST", "/api/task", {"project_id": project["id"], "n_answers": 2, "info": {"row": "the first"}})
    answer = requests.post(
        f"{site.stack.url}/project/{project['short_name']}/publish",
        headers={"Authorization": site.stack.admin_api_key},
        timeout=30,
        allow_redirects=False,
    )
    answer.raise_for_status()
    return project


def _make_gold(site: Site, project_id: int, number: int) -> int:
    """A task whose answer is known; its id."""
    task = site.call("POST", "/api/task", {"project_id": project_id, "n_answers": 2, "info": {"row": f"gold {number}"}})
    site.call("PUT", f"/api/task/{task['id']}/gold", {"answer": {"kind": "cirrus"}})
    return int(task["id"])


def _person(site: Site, number: int, plots: dict[int, tuple[Plot, dict[str, Any]]]) -> Person:
    """In turn anonymous in a browser, signed in with a key, and a user of the owner's own site."""
    kind = ("anonymous", "signed-in", "external")[number % 3]
    name = f"{kind}-{number}"
    browser = requests.Session()
    key = _account(number) if kind == "signed-in" else ""
    access = []
    for project_id, (plot, project) in plots.items():
        headers, uid = {"Authorization": key}, None
        if kind == "anonymous":
            page = browser.get(f"{site.stack.url}/project/{project['short_name']}/newtask", timeout=30)
            token = TOKEN.search(page.text)
            assert token is not None, f"{page.status_code}: the page of {project['short_name']} holds no token"
            headers = {"Authorization": f"Presenter {token[1]}"}
        elif kind == "external":
            uid = name
            headers = {"Authorization": f"Bearer {site.volunteer(project, name).token}"}
        access.append(Access(project_id, LEASE_SECONDS, plot.weight, headers, uid))
    return Person(name, access)


def _account(number: int) -> str:
    name = f"soak{number}x{time.time_ns() // 10**6:x}"
    return create_user(name, f"{name}@example.org", admin=False, stack=aws.STACK)
