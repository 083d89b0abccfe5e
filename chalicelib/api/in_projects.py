"""What projects have that may have a file: helping materials, blog posts, pages (contract rest-api.md §9.8–9.10)."""

from collections.abc import Mapping
from typing import Any, Protocol

from chalicelib.api.calls import Call
from chalicelib.api.filed import Filed, FiledEndpoint, Kept
from chalicelib.api.owning import project_to_fill
from chalicelib.api.scopes import descending, in_projects, project_ids
from chalicelib.core.listing import Candidates
from chalicelib.core.permissions import may_keep_materials, may_read_material, refuse, within_reach
from chalicelib.core.projects import Card
from chalicelib.core.queries import Query
from chalicelib.core.stored_files import container_of


class KeptInProjects(Kept[Filed], Protocol[Filed]):
    def get(self, thing_id: int, /) -> Filed | None: ...
    def after(self, project_id: int, last_id: int, limit: int, /) -> list[Filed]: ...


class InProjectsEndpoint(FiledEndpoint[Filed]):
    """Main owners and administrators keep them; a draft's are hidden from others."""

    def kept(self, call: Call) -> KeptInProjects[Filed]:
        raise NotImplementedError

    def get(self, call: Call, item_id: int) -> Filed | None:
        return self.kept(call).get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[Filed]:
        found = self._stored(call, query)
        return Candidates(([one for one in page if self.may_read(call, one)] for page in found.pages), found.ordered)

    def _stored(self, call: Call, query: Query) -> Candidates[Filed]:
        kept, number = self.kept(call), query.number("id")
        if number is not None:
            one, ids = kept.get(number), project_ids(call, query)
            wanted = one is not None and number > (query.last_id or 0) and (ids is None or one.project_id in ids)
            return Candidates(iter([[one] if wanted and one is not None else []]))
        found = in_projects(call, query, lambda project, last, size: kept.after(project, last or 0, size))
        return Candidates(found.pages, ordered=not descending(query))

    def may_read(self, call: Call, item: Filed) -> bool:
        card = call.services.projects.card(item.project_id)
        return card is not None and within_reach(call.caller, card.id) and self.readable(call, card, item)

    def readable(self, call: Call, project: Card, item: Filed) -> bool:
        return may_read_material(call.caller, project)

    def container(self, call: Call, row: Mapping[str, Any]) -> str:
        """Under the main owner's name, also when an administrator sends it (§13)."""
        return container_of(project_to_fill(call, row).owner_id)

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        if not may_keep_materials(call.caller, project_to_fill(call, given)):
            refuse(call.caller)

    def check_update(self, call: Call, item: Filed) -> None:
        card = call.services.projects.card(item.project_id)
        if card is None or not may_keep_materials(call.caller, card):
            refuse(call.caller)

    def check_delete(self, call: Call, item: Filed) -> None:
        self.check_update(call, item)
