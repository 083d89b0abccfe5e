"""Categories (contract rest-api.md §9.5): everybody reads, administrators write."""

from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.scopes import descending, walk
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.categories import Category
from chalicelib.core.documents import check_size
from chalicelib.core.errors import IntegrityFault
from chalicelib.core.listing import Candidates
from chalicelib.core.moments import timestamp
from chalicelib.core.permissions import may_administer, refuse
from chalicelib.core.queries import Query
from chalicelib.core.resources import CATEGORY


class CategoryEndpoint(Endpoint[Category]):
    """`/api/category`."""

    resource = CATEGORY

    def get(self, call: Call, item_id: int) -> Category | None:
        return call.services.categories.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[Category]:
        found = [one for one in call.services.categories.all() if one.id > (query.last_id or 0)]
        return Candidates(iter([found[::-1] if descending(query) else found]))

    def row(self, item: Category) -> dict[str, Any]:
        return {name: getattr(item, name) for name in CATEGORY.by_name}

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        if not may_administer(call.caller):
            refuse(call.caller)

    def create(self, call: Call, given: dict[str, Any]) -> Category:
        fields = with_defaults(CATEGORY, given)
        check_size(fields)
        categories, now = call.services.categories, timestamp(call.services.clock())
        category = Category(id=categories.next_id(), created=now, **fields)
        categories.create(category)
        return category

    def check_update(self, call: Call, item: Category) -> None:
        self.check_create(call, {})

    def update(self, call: Call, item: Category, given: dict[str, Any]) -> Category:
        changed = msgspec.structs.replace(item, **check_values(CATEGORY, given))
        check_size(self.row(changed))
        call.services.categories.change(item, changed)
        return changed

    def check_delete(self, call: Call, item: Category) -> None:
        self.check_create(call, {})

    def delete(self, call: Call, item: Category) -> None:
        """Refused while a project is in it; each project is looked at, in pages."""
        projects = call.services.projects
        for page in walk(call, Query(filters=()), lambda last, size: projects.after(None, last or 0, size)):
            if any(project.category_id == item.id for project in page):
                raise IntegrityFault("Projects are in this category; move them to another one first.")
        call.services.categories.delete(item)
