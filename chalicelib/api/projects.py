"""Projects (contract rest-api.md §9.1)."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.projectstats import counted, stats_row
from chalicelib.api.scopes import descending, walk
from chalicelib.core import autoimporter
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.categories import Category
from chalicelib.core.documents import check_size
from chalicelib.core.errors import BadRequest, DataFault, Forbidden, IntegrityFault
from chalicelib.core.filters import Row
from chalicelib.core.listing import Candidates
from chalicelib.core.moments import timestamp
from chalicelib.core.permissions import (
    may_create_project,
    may_give_away,
    may_read_project,
    may_update_project,
    refuse,
    within_reach,
)
from chalicelib.core.projects import Project, check_rules
from chalicelib.core.queries import Query
from chalicelib.core.resources import PROJECT
from chalicelib.core.short_names import check_short_name

PUBLIC = (
    "id",
    "created",
    "updated",
    "name",
    "short_name",
    "description",
    "long_description",
    "featured",
    "owner_id",
    "category_id",
    "info",
    "owners_ids",
)
PUBLIC_INFO = ("container", "thumbnail", "thumbnail_url", "task_presenter", "tutorial", "sched")
MOST_OWNERS = 100
FIRST_CATEGORY = ("Thinking", "thinking", "Volunteer thinking projects")


class ProjectEndpoint(Endpoint[Project]):
    """`/api/project`."""

    resource = PROJECT

    def get(self, call: Call, item_id: int) -> Project | None:
        return call.services.projects.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[Project]:
        pages, ordered = self._pages(call, query)
        if query.looks_at("updated"):
            pages = (_with_last_changes(call, page) for page in pages)
        return Candidates(([one for one in page if self.may_read(call, one)] for page in pages), ordered)

    def _pages(self, call: Call, query: Query) -> tuple[Iterator[Sequence[Project]], bool]:
        projects, caller = call.services.projects, call.caller
        owner = None if query.everything or caller.only_project is not None else caller.user_id
        found = _by_key(call, query)
        if found is not None:
            mine = [one for one in found if owner is None or one.owner_id == owner]
            return iter([[one for one in mine if one.id > (query.last_id or 0)]]), True
        if owner is None and not query.everything:
            owner = query.number("owner_id")
        if descending(query):
            return walk(call, query, lambda last, size: projects.before(owner, last, size)), True
        return walk(call, query, lambda last, size: projects.after(owner, last or 0, size)), True

    def select(self, call: Call, query: Query) -> list[Project]:
        scoped = call.caller.user_id is not None or query.everything
        return super().select(call, query.without("owner_id") if scoped else query)

    def may_read(self, call: Call, item: Project) -> bool:
        return may_read_project(call.caller, item) and within_reach(call.caller, item.id)

    def row(self, item: Project) -> dict[str, Any]:
        return {name: getattr(item, name) for name in PROJECT.by_name}

    def visible(self, call: Call, item: Project) -> Row:
        """What filters see; outsiders' filters find no secret."""
        row = self.row(item)
        if may_update_project(call.caller, item):
            return row
        return {**row, "secret_key": None, "webhook": None, "info": self._public_info(call, item)}

    def shown(self, call: Call, item: Project) -> dict[str, Any]:
        row = self.row(item)
        if may_update_project(call.caller, item):
            return row
        return {**{name: row[name] for name in PUBLIC}, "info": self._public_info(call, item)}

    def _public_info(self, call: Call, item: Project) -> dict[str, Any]:
        extra = call.services.settings.project_info_public_fields.split(",")
        names = {*PUBLIC_INFO, *(name.strip() for name in extra)}
        return {key: value for key, value in item.info.items() if key in names and key != autoimporter.KEY}

    def embed(self, call: Call, items: Sequence[Project], rows: Sequence[dict[str, Any]], query: Query) -> None:
        for row, changed in zip(rows, _with_last_changes(call, items), strict=True):
            row["updated"] = changed.updated
        if query.stats:
            for item, row in zip(items, rows, strict=True):
                call.budget.check()
                row["stats"] = stats_row(call, counted(call, item), full=True)

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        if not may_create_project(call.caller):
            refuse(call.caller)

    def create(self, call: Call, given: dict[str, Any]) -> Project:
        check_short_name(given.get("short_name"))
        fields = with_defaults(PROJECT, given)
        check_rules(fields["info"])
        autoimporter.check_kept({}, fields["info"])
        now, owner = timestamp(call.services.clock()), call.caller.user_id
        assert owner is not None
        project = Project(
            id=0,
            created=now,
            updated=now,
            contacted=False,
            secret_key=str(uuid.uuid4()),
            **{
                **fields,
                "owner_id": owner,
                "owners_ids": _owners(call, fields["owners_ids"], owner, []),
                "category_id": _category(call, fields["category_id"]),
                "featured": fields["featured"] and call.caller.admin,
            },
        )
        check_size(self.row(project))
        project.id = call.services.projects.next_id()
        call.services.projects.create(project, call.author)
        return project

    def check_update(self, call: Call, item: Project) -> None:
        if not may_update_project(call.caller, item):
            refuse(call.caller)

    def update(self, call: Call, item: Project, given: dict[str, Any]) -> Project:
        changes = check_values(PROJECT, given)
        check_rules(changes.get("info", {}))
        autoimporter.check_kept(item.info, changes.get("info", {}))
        if changes.get("short_name", item.short_name) != item.short_name:
            check_short_name(changes["short_name"])
        if changes.get("owner_id", item.owner_id) != item.owner_id:
            self._check_giving_away(call, item, changes["owner_id"])
        if changes.get("category_id", item.category_id) != item.category_id and not _is_category(call, changes):
            raise IntegrityFault("category_id does not exist")
        if not call.caller.admin:
            changes.pop("featured", None)
        changed = msgspec.structs.replace(item, **changes, updated=timestamp(call.services.clock()))
        changed.owners_ids = _owners(call, changed.owners_ids, changed.owner_id, item.owners_ids)
        check_size(self.row(changed))
        call.services.walks.follow(item, changed)
        call.services.projects.change(item, changed, call.author)
        return changed

    def _check_giving_away(self, call: Call, item: Project, owner_id: int | None) -> None:
        if not may_give_away(call.caller, item):
            raise Forbidden("Only the main owner or an administrator may change owner_id.")
        if owner_id is None or call.services.users.get(owner_id) is None:
            raise IntegrityFault("owner_id does not exist")

    def check_delete(self, call: Call, item: Project) -> None:
        if not may_update_project(call.caller, item) or call.services.results.after(item.id, 0, 1):
            refuse(call.caller)

    def delete(self, call: Call, item: Project) -> None:
        from chalicelib.api.project_deletion import delete_project

        delete_project(call, item)


def _with_last_changes(call: Call, projects: Sequence[Project]) -> list[Project]:
    """`updated` is also when something in the project was (§9.1); contributions do not write it there, so it is looked
    up when somebody asks."""
    last = call.services.changes.last([project.id for project in projects])
    return [msgspec.structs.replace(one, updated=max(one.updated, last.get(one.id, ""))) for one in projects]


def _by_key(call: Call, query: Query) -> list[Project] | None:
    """The project that an id, short name or presenter's token names; None when nothing does."""
    projects = call.services.projects
    short_name, number = query.text("short_name"), query.number("id")
    if short_name is not None:
        found = projects.by_short_name(short_name)
    elif number is not None:
        found = projects.get(number)
    elif call.caller.only_project is not None:
        found = projects.get(call.caller.only_project)
    else:
        return None
    return [found] if found is not None else []


def _owners(call: Call, wanted: Sequence[int], owner: int, known: Sequence[int]) -> list[int]:
    """The main owner and those wanted, who must have accounts: the ids of accounts to come are nobody's yet. Raises
    IntegrityFault, DataFault."""
    owners = list(dict.fromkeys([owner, *wanted]))
    if len(owners) > MOST_OWNERS:
        raise DataFault(f"A project has at most {MOST_OWNERS} owners.")
    missing = [one for one in owners if one not in (owner, *known) and call.services.users.get(one) is None]
    if missing:
        raise IntegrityFault(f"owners_ids: there is no account {missing[0]}.")
    return owners


def _is_category(call: Call, changes: dict[str, Any]) -> bool:
    wanted = changes["category_id"]
    return wanted is not None and call.services.categories.get(wanted) is not None


def _category(call: Call, wanted: int | None) -> int:
    """The category asked for, else the first one; a new site gets its first category here."""
    known = [one.id for one in call.services.categories.all()]
    if wanted is not None:
        if wanted not in known:
            raise BadRequest("category_id does not exist")
        return wanted
    return known[0] if known else _first_category(call)


def _first_category(call: Call) -> int:
    categories = call.services.categories
    name, short_name, description = FIRST_CATEGORY
    now = timestamp(call.services.clock())
    with suppress(IntegrityFault):  # another caller made it at the same moment
        categories.create(Category(categories.next_id(), now, name, short_name, description))
    return categories.all()[0].id
