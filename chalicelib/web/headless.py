"""Objects of the pages' JSON form (contract web.md §1.15)."""

from typing import Any

from chalicelib.core import autoimporter
from chalicelib.core.permissions import may_import_daily
from chalicelib.core.projects import Project
from chalicelib.web.cards import Card
from chalicelib.web.people import private_user, public_user
from chalicelib.web.visits import Visit

PUBLIC_INFO = ("container", "thumbnail", "thumbnail_url", "task_presenter", "tutorial", "sched")
UNKNOWN = ("owner", "n_blogposts")


def pro_features(visit: Visit) -> dict[str, bool]:
    """Which features that a site may keep for pro accounts this visitor has (contract settings.md §3)."""
    daily = may_import_daily(visit.caller, visit.site.settings.pro_autoimporter)
    return {"auditlog_enabled": True, "autoimporter_enabled": daily, "webhooks_enabled": True}


def overall_progress(card: Card) -> float | None:
    """Per cent of the tasks that are completed; None when very many are open and so not counted."""
    if card.completed is None:
        return None
    return 100.0 * card.completed / card.tasks if card.tasks else 0.0


def public_project(project: Project, card: Card, more_info: str) -> dict[str, Any]:
    """The public project; keys whose data this server does not count are null. `more_info`: comma-separated keys."""
    shown = {*PUBLIC_INFO, *filter(None, more_info.split(","))} - {autoimporter.KEY}
    return {
        "id": project.id,
        "description": project.description,
        "info": {key: project.info[key] for key in shown if key in project.info},
        "n_tasks": card.tasks,
        "name": project.name,
        "overall_progress": overall_progress(card),
        "short_name": project.short_name,
        "created": project.created,
        "category_id": project.category_id,
        "long_description": project.long_description,
        "updated": project.updated,
        "featured": project.featured,
        "owner_id": project.owner_id,
        "n_completed_tasks": card.completed,
        "owners_ids": project.owners_ids,
        "n_volunteers": card.volunteers,
        "last_activity": card.last_activity,
        "last_activity_raw": card.last_activity,
        "n_task_runs": card.runs,
        "n_results": card.analysed,
        **dict.fromkeys(UNKNOWN),
    }


def full_project(project: Project, card: Card) -> dict[str, Any]:
    """Every column and the statistics, for its creator; not what has routes of its own, as the keys that webhooks are
    signed with."""
    columns = {name: getattr(project, name) for name in project.__struct_fields__ if name not in project.PRIVATE}
    return {**public_project(project, card, ""), **columns}


def project_keys(template: str, title: str, project: Project, card: Card, visit: Visit) -> dict[str, Any]:
    """The keys "P" of contract web.md §2: its creator reads the whole project and the own account, everybody else,
    co-owners and administrators included, what is public of both."""
    owner = visit.site.users.get(project.owner_id)
    creator = visit.account is not None and visit.account.id == project.owner_id and visit.caller.only_project is None
    extra = visit.site.settings.project_info_public_fields
    return {
        "template": template,
        "title": title,
        "project": full_project(project, card) if creator else public_project(project, card, extra),
        "owner": private_user(owner) if creator and owner else public_user(owner),
        "n_tasks": card.tasks,
        "n_task_runs": card.runs,
        "overall_progress": overall_progress(card),
        "last_activity": card.last_activity,
        "n_completed_tasks": card.completed,
        "n_volunteers": card.volunteers,
        "pro_features": pro_features(visit),
    }
