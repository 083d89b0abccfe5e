"""Things that projects have and that need no more than to be kept: blog posts, pages and helping materials."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
import orjson

from chalicelib.core.repositories import Changed
from chalicelib.store.conditions import save_if, unchanged
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import next_number
from chalicelib.store.tables import Table

Thing = TypeVar("Thing", bound=msgspec.Struct)
FIXED = frozenset({"id", "created", "project_id", "user_id"})


class Shelf(Generic[Thing]):
    """All things of one kind. `table` has an attribute for each field of `struct`, `info` as JSON text, the key `id`
    and an index `by_project`."""

    def __init__(self, name: str, table: type[Table], struct: type[Thing]) -> None:
        self._name = name
        self._table: Any = table
        self._struct = struct

    def next_id(self) -> int:
        return next_number(self._name)

    def get(self, thing_id: int) -> Thing | None:
        """The thing, read consistently: clients change it right after they made it."""
        return next(iter(self._read([thing_id], consistent=True)), None)

    def after(self, project_id: int, last_id: int, limit: int) -> list[Thing]:
        """Up to `limit` things of a project above `last_id`, ascending: keyset pagination."""
        found = self._table.by_project.query(project_id, self._table.id > last_id, limit=limit)
        return self._read([item.id for item in found], consistent=False)

    def before(self, project_id: int, last_id: int | None, limit: int) -> list[Thing]:
        """Up to `limit` things of a project from the newest down, below `last_id` if given."""
        place = self._table.id < last_id if last_id is not None else None
        found = self._table.by_project.query(project_id, place, limit=limit, scan_index_forward=False)
        return self._read([item.id for item in found], consistent=False)[::-1]

    def count(self, project_id: int) -> int:
        """How many of them a project has; half a read unit for about a hundred."""
        return int(self._table.by_project.count(project_id))

    def create(self, thing: Thing) -> None:
        item_of(self._table, thing).save()

    def change(self, old: Thing, new: Thing) -> None:
        """Store every field of `new`. Raises Changed."""
        names = [name for name in self._struct.__struct_fields__ if name not in FIXED]
        if not save_if(item_of(self._table, new), unchanged(item_of(self._table, old), *names)):
            raise Changed()

    def delete(self, thing: Any) -> None:
        self._table(thing.id).delete()

    def _read(self, ids: Sequence[int], consistent: bool) -> list[Thing]:
        found = read_together(Wanted(self._table, [(one,) for one in ids], consistent))
        things: list[Any] = [thing_of(self._struct, item) for item in found[self._table]]
        return sorted(things, key=lambda thing: thing.id)


def item_of(table: type[Table], thing: msgspec.Struct, **key: Any) -> Table:
    """The item that keeps `thing`; `key` are attributes that it has not."""
    fields = msgspec.structs.asdict(thing)
    return table(**key, **{**fields, "info": orjson.dumps(fields["info"]).decode()})


def thing_of(struct: type[Thing], item: Any) -> Thing:
    fields = {name: getattr(item, name) for name in struct.__struct_fields__}
    return msgspec.convert({**fields, "info": orjson.loads(item.info)}, struct)  # the store gives 0.0 back as 0
