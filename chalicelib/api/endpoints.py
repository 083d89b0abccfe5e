"""What a resource's module provides; the verbs do the rest in the contract's order of checks (rest-api.md §2).

`call` is the request, `item` one of the resource's objects. Every `check_…` raises the error of the caller's kind.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from chalicelib.api.calls import Call
from chalicelib.core.errors import NotFound
from chalicelib.core.filters import Row
from chalicelib.core.listing import Candidates, Identified, select
from chalicelib.core.permissions import refuse
from chalicelib.core.queries import Query
from chalicelib.core.resources import Resource

Item = TypeVar("Item", bound=Identified)


class Endpoint(Generic[Item]):
    """One resource. What a subclass does not provide is refused."""

    resource: ClassVar[Resource]

    def get(self, call: Call, item_id: int) -> Item | None:
        raise NotImplementedError

    def found(self, call: Call, item_id: int) -> Item:
        item = self.get(call, item_id)
        if item is None:
            raise NotFound(f"there is no {self.resource.name} {item_id}")
        return item

    def candidates(self, call: Call, query: Query) -> Candidates[Item]:
        """The objects that a list query looks at, by the key or index that its filters allow."""
        raise NotImplementedError

    def select(self, call: Call, query: Query) -> list[Item]:
        candidates = self.candidates(call, query)
        return select(query, candidates, lambda item: self.visible(call, item), call.budget)

    def may_read(self, call: Call, item: Item) -> bool:
        return True

    def row(self, item: Item) -> dict[str, Any]:
        """Every field, as it is stored."""
        raise NotImplementedError

    def visible(self, call: Call, item: Item) -> Row:
        """The fields that filters and order may look at: nothing that the caller could not read."""
        return self.row(item)

    def shown(self, call: Call, item: Item) -> dict[str, Any]:
        """The fields that the caller reads."""
        return dict(self.visible(call, item))

    def embed(self, call: Call, items: Sequence[Item], rows: Sequence[dict[str, Any]], query: Query) -> None:
        """Add what only this resource has, as `stats` (§4.5)."""

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        """May the caller create this? Before the values are checked."""
        refuse(call.caller)

    def create(self, call: Call, given: dict[str, Any]) -> Item:
        refuse(call.caller)

    def check_update(self, call: Call, item: Item) -> None:
        refuse(call.caller)

    def update(self, call: Call, item: Item, given: dict[str, Any]) -> Item:
        """`given` are the keys to change; values not checked yet."""
        refuse(call.caller)

    def check_delete(self, call: Call, item: Item) -> None:
        refuse(call.caller)

    def delete(self, call: Call, item: Item) -> None:
        refuse(call.caller)

    def body(self, call: Call) -> dict[str, Any]:
        """The keys and values that the caller sends."""
        return call.document()

    def answer_to_write(self, call: Call, item: Item) -> dict[str, Any]:
        """All fields, without links (§5.1)."""
        return self.row(item)
