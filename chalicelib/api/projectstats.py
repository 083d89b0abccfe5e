"""Statistics of projects (contract rest-api.md §9.12). A row has its project's id and is there as soon as that is."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.scopes import descending, walk
from chalicelib.core import prices
from chalicelib.core.consumption import Usage
from chalicelib.core.listing import Candidates
from chalicelib.core.moments import timestamp
from chalicelib.core.permissions import Owned, may_update_project, within_reach
from chalicelib.core.queries import Query
from chalicelib.core.resources import PROJECTSTATS
from chalicelib.core.series import busiest, dates_series, hours_series, users_series
from chalicelib.core.tallies import Tally
from chalicelib.core.tasks import TaskRun

NEVER = "0"
MOST_RUNS = 1000  # the newest ones, that the statistics of single volunteers are made of
PAGE = 100


class Counted(msgspec.Struct, frozen=True):
    """A project with its sums."""

    project: Owned
    tally: Tally
    posts: int

    @property
    def id(self) -> int:
        return self.project.id


def counted(call: Call, project: Owned) -> Counted:
    call.budget.check()
    posts = call.services.blogposts.count(project.id)
    return Counted(project, call.services.statistics.of_project(project.id), posts)


class ProjectStatsEndpoint(Endpoint[Counted]):
    """`/api/projectstats`."""

    resource = PROJECTSTATS

    def get(self, call: Call, item_id: int) -> Counted | None:
        project = call.services.projects.get(item_id)
        return counted(call, project) if project is not None else None

    def candidates(self, call: Call, query: Query) -> Candidates[Counted]:
        named = {query.number("id")} - {None} or query.project_ids
        if named is not None:
            wanted = sorted(one for one in named if one is not None and one > (query.last_id or 0))
            found = [counted(call, one) for one in call.services.projects.many(wanted)]
            return Candidates(iter([found[::-1] if descending(query) else found]))
        projects = call.services.projects
        if descending(query):
            pages = walk(call, query, lambda last, size: projects.before(None, last, size))
        else:
            pages = walk(call, query, lambda last, size: projects.after(None, last or 0, size))
        return Candidates([counted(call, one) for one in page if within_reach(call.caller, one.id)] for page in pages)

    def may_read(self, call: Call, item: Counted) -> bool:
        return within_reach(call.caller, item.id)

    def row(self, item: Counted) -> dict[str, Any]:
        return figures(item)

    def embed(self, call: Call, items: Sequence[Counted], rows: Sequence[dict[str, Any]], query: Query) -> None:
        if query.full:
            for item, row in zip(items, rows, strict=True):
                call.budget.check()
                row["info"] = long_figures(call, item)


def stats_row(call: Call, item: Counted, full: bool) -> dict[str, Any]:
    """All fields; `full` adds the series to `info`."""
    return {**figures(item), "info": long_figures(call, item) if full else {}}


def figures(item: Counted) -> dict[str, Any]:
    """The fields without the series. External users are no volunteers here, as in the contract."""
    tally = item.tally
    return {
        "id": item.id,
        "project_id": item.id,
        "n_tasks": tally.tasks,
        "n_task_runs": tally.runs,
        "n_results": tally.analysed,
        "n_volunteers": tally.count("user", "ip", "browser"),
        "n_completed_tasks": tally.completed,
        "overall_progress": tally.completed * 100 // tally.tasks if tally.tasks else 0,
        "average_time": tally.seconds,
        "n_blogposts": item.posts,
        "last_activity": timestamp(tally.last / 1000) if tally.last else NEVER,
        "info": {},
    }


def long_figures(call: Call, item: Counted) -> dict[str, Any]:
    """The series; those of single volunteers are for owners, co-owners and administrators (§17.4)."""
    now = call.services.clock()
    info: dict[str, Any] = {
        "dates_stats": dates_series(item.tally, now),
        "hours_stats": hours_series(item.tally, now),
        "agreement": {"tasks_completed_early": item.tally.early, "answers_spared": item.tally.spared},
    }
    if may_update_project(call.caller, item.project):
        info["users_stats"] = _users(call, item)
        info["cost"] = cost_line(call.services.costs.of_project(item.id))
    return info


def cost_line(months: Mapping[int, Usage]) -> dict[str, Any]:
    """What the project has cost in all and by month, as `core/costs.py` counts it. USD are of the price table's list
    prices; see docs/statistics.md for what they leave out."""
    rows = [{"month": f"{month // 100}-{month % 100:02}", **_amounts(months[month])} for month in sorted(months)]
    whole = _amounts(sum(months.values(), Usage()))
    return {**whole, "months": rows, "prices": {"region": prices.REGION, "as_of": prices.AS_OF}}


def _amounts(usage: Usage) -> dict[str, float]:
    return {
        "read_units": round(usage.reads, 1),
        "write_units": round(usage.writes),
        "requests": round(usage.requests),
        "gb_seconds": round(usage.gb_seconds, 3),
        "messages": round(usage.messages),
        "usd": round(usage.usd, 6),
    }


def _users(call: Call, item: Counted) -> dict[str, Any]:
    runs = _newest_runs(call, item.id) if item.tally.runs else []
    accounts = (call.services.users.get(user) for user, _ in busiest(runs)[:5])
    names = {one.id: (one.name, one.fullname, one.restrict) for one in accounts if one is not None}
    return users_series(item.tally, runs, names)


def _newest_runs(call: Call, project_id: int) -> list[TaskRun]:
    found: list[TaskRun] = []
    last: int | None = None
    while len(found) < MOST_RUNS and (page := call.services.runs.before(project_id, last, PAGE)):
        found += page
        last = page[-1].id
    return found
