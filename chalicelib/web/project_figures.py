"""A project's statistics and results as pages (contract web.md §2.5)."""

from typing import Any

from chalicelib.api.gold import accuracy_row
from chalicelib.api.projectstats import counted, long_figures
from chalicelib.core.permissions import may_read_project, may_update_project, refuse
from chalicelib.core.projects import Project
from chalicelib.web import headless
from chalicelib.web.access import found_project, readable_project
from chalicelib.web.cards import Card, base_path, card_of
from chalicelib.web.pages import Page
from chalicelib.web.visits import Visit

Figures = dict[str, Any]
SHOWN = 20  # volunteers


def stats(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/stats`. What tells of single volunteers is for its owners (rest-api.md §17.4)."""
    project = readable_project(visit, short_name)
    its = card_of(visit, project)
    if not its.tasks or not its.runs:
        return _nothing_yet(visit, project, its)
    found = counted(visit.call, project)
    figures = long_figures(visit.call, found)
    seconds = round(found.tally.seconds, 2)
    users, anonymous = found.tally.count("user"), found.tally.count("ip", "browser")
    keys = {
        **_keys(visit, project, its, "/projects/stats.html"),
        "projectStats": _project_stats(figures),
        "userStats": _user_stats(figures, users, anonymous),
        "avg_contrib_time": seconds,
        "agreement": figures["agreement"],
    }
    shown = {"card": its, "base": base_path(project), "seconds": seconds, "users": users, "anonymous": anonymous}
    shown["cost"] = figures.get("cost")
    shown |= {"early": found.tally.early, "spared": found.tally.spared}
    shown |= _accuracies(visit, project)
    charts = {"days": figures["dates_stats"][0]["values"], "hours": figures["hours_stats"][0]["values"]}
    return Page("stats.html", f"Statistics of {project.name}", {**shown, **charts}, keys)


def _accuracies(visit: Visit, project: Project) -> Figures:
    """How right the first volunteers were on gold tasks, for owners only. Who has no account is told by a part of the
    key that stands for them."""
    if not may_update_project(visit.caller, project):
        return {"accuracies": [], "more_accuracies": False}
    found = visit.site.participations.accuracies(project.id, "", SHOWN + 1)
    rows = [accuracy_row(one) for one in found]
    names = {one: visit.site.users.get(one) for one in {row["user_id"] for row in rows} - {None}}
    known = {one: user.name for one, user in names.items() if user is not None}
    shown = [{**row, "name": known.get(row["user_id"], f"{row['contributor'][:6]}…")} for row in rows]
    return {"accuracies": shown[:SHOWN], "more_accuracies": len(shown) > SHOWN}


def _nothing_yet(visit: Visit, project: Project, its: Card) -> Page:
    text = "There are no answers yet. Statistics appear with the first ones."
    shown = {"code": None, "text": text, "links": [("About the project", base_path(project))]}
    keys = _keys(visit, project, its, "/projects/non_stats.html")
    return Page("message.html", f"Statistics of {project.name}", shown, keys)


def _keys(visit: Visit, project: Project, its: Card, template: str) -> Figures:
    keys = headless.project_keys(template, f"Project: {project.name} · Statistics", project, its, visit)
    return {**keys, "pro_features": {**keys["pro_features"], "better_stats_enabled": True}}


def _project_stats(figures: Figures) -> Figures:
    users = figures.get("users_stats", {})
    return {
        "userStats": users.get("users"),
        "userAnonStats": users.get("anon"),
        "userAuthStats": users.get("auth"),
        "dayStats": figures["dates_stats"],
        "hourStats": figures["hours_stats"],
    }


def _user_stats(figures: Figures, users: int, anonymous: int) -> Figures:
    known = figures.get("users_stats", {"anon": {"top5": []}, "auth": {"top5": []}})
    return {
        "anonymous": _share(anonymous, users + anonymous, known["anon"]),
        "authenticated": _share(users, users + anonymous, known["auth"]),
    }


def _share(count: int, everybody: int, known: Figures) -> Figures:
    """`taskruns` is the number of volunteers, as in the reference (§2.5)."""
    percent = count * 100 // everybody if everybody else 0
    return {"users": count, "taskruns": count, "pct_taskruns": percent, "top5": known["top5"]}


def results(visit: Visit, short_name: str) -> Page:
    """`/project/<short_name>/results`: how many there are, and where they are read. A password does not hide them."""
    project = found_project(visit, short_name)
    if not may_read_project(visit.caller, project):
        refuse(visit.caller)
    its, title = card_of(visit, project), f"Project: {project.name} · Results"
    keys = {
        **headless.project_keys("/projects/results.html", title, project, its, visit),
        "n_results": its.analysed,
    }
    return Page("results.html", f"Results of {project.name}", {"card": its, "base": base_path(project)}, keys)
