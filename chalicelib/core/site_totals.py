"""The totals of the site (contract rest-api.md §9.13): a walk over its projects, then over its accounts."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib.core.projects import Project
from chalicelib.core.repositories import Categories, Projects, Users
from chalicelib.core.tallies import Tally, summed

PAGE = 20


class Totals(msgspec.Struct, frozen=True):
    """What was counted up to a project and an account."""

    last_project: int = 0
    last_user: int = 0
    projects: int = 0
    users: int = 0
    drafts: int = 0
    featured: int = 0
    used: Mapping[int, int] = {}  # published, open projects by category
    tally: Tally = Tally()


class TotalsWalk:
    """`statistics` gives the sums of a project."""

    name = 1
    max_age = 300.0
    state = Totals

    def __init__(self, projects: Projects, users: Users, statistics: Callable[[int], Tally]) -> None:
        self._projects = projects
        self._users = users
        self._statistics = statistics

    def step(self, state: Totals) -> Totals | None:
        projects = self._projects.after(None, state.last_project, PAGE)
        if projects:
            for project in projects:
                state = self._with_project(state, project)
            return state
        users = self._users.after(state.last_user, 100)
        if not users:
            return None
        return msgspec.structs.replace(state, last_user=users[-1].id, users=state.users + len(users))

    def _with_project(self, state: Totals, project: Project) -> Totals:
        tally = summed([state.tally, self._statistics(project.id)])
        open_to_all = project.published and not project.info.get("passwd_hash")
        used = {**state.used}
        used[project.category_id] = used.get(project.category_id, 0) + open_to_all
        return msgspec.structs.replace(
            state,
            last_project=project.id,
            projects=state.projects + 1,
            drafts=state.drafts + (not project.published),
            featured=state.featured + project.featured,
            used=used,
            tally=msgspec.structs.replace(tally, hours={}, ended={}),
        )


def totals_row(totals: Totals, categories: Categories) -> dict[str, Any]:
    """The answer of `/api/globalstats`; `n_tasks` is the number of answers wanted, as in the contract."""
    tally = totals.tally
    names = {one.id: one.short_name for one in categories.all()}
    used = [{names[category]: count} for category, count in sorted(totals.used.items()) if category in names]
    return {
        "n_projects": totals.projects,
        "n_users": totals.users + tally.count("ip", "browser"),
        "n_tasks": tally.wanted,
        "n_task_runs": tally.runs,
        "n_pending_tasks": tally.wanted - tally.runs,
        "n_results": tally.analysed,
        "categories": [*used, {"featured": totals.featured}, {"draft": totals.drafts}],
    }
