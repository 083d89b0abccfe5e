"""What may have a file of its own (contract rest-api.md §13): helping materials, announcements, blog posts, pages."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.incoming_files import Incoming, done_with, file_info, incoming_file, store_file
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.documents import check_size
from chalicelib.core.errors import DataFault
from chalicelib.core.moments import timestamp
from chalicelib.core.repositories import Changed
from chalicelib.core.stored_files import container_of, remove_file

Filed = TypeVar("Filed", bound="Any")
Taken = TypeVar("Taken", bound="Any", contravariant=True)


class Kept(Protocol[Taken]):
    """Where one kind of them is kept."""

    def next_id(self) -> int: ...
    def create(self, thing: Taken, /) -> None: ...
    def change(self, old: Taken, new: Taken, /) -> None: ...
    def delete(self, thing: Taken, /) -> None: ...


class FiledEndpoint(Endpoint[Filed]):
    """Create, change and delete with the file. A subclass says where they are kept and what the server fills in."""

    def kept(self, call: Call) -> Kept[Filed]:
        raise NotImplementedError

    def built(self, call: Call, fields: dict[str, Any]) -> Filed:
        """A new one of checked `fields`, which include `id` and `created`."""
        raise NotImplementedError

    def container(self, call: Call, row: Mapping[str, Any]) -> str:
        """The folder of the file of an object with these fields."""
        return container_of(call.caller.user_id)

    def row(self, item: Filed) -> dict[str, Any]:
        return {name: getattr(item, name) for name in self.resource.by_name}

    def body(self, call: Call) -> dict[str, Any]:
        """JSON, or a form whose text fields are fields and whose `info` is JSON text."""
        if call.form is None:
            return call.document()
        fields = call.form.values()
        if fields.get("published") in TRUTHS:
            fields["published"] = TRUTHS[fields["published"]]
        return fields

    def create(self, call: Call, given: dict[str, Any]) -> Filed:
        fields = with_defaults(self.resource, given)
        file = incoming_file(call, given)
        now = timestamp(call.services.clock())
        item = self.built(call, {**fields, "id": self.kept(call).next_id(), "created": now})
        item = self._described(call, item, file)
        check_size(self.row(item))
        item = self._with_file(call, item, file)
        self.kept(call).create(item)
        done_with(call, file)
        return item

    def update(self, call: Call, item: Filed, given: dict[str, Any]) -> Filed:
        """JSON changes fields; a form only replaces the file (§13)."""
        file = incoming_file(call, given)
        changed = self._described(call, item if call.form is not None else self._changed(item, given), file)
        changed = self.touched(call, changed)
        check_size(self.row(changed))
        changed = self._with_file(call, changed, file)
        try:
            self.kept(call).change(item, changed)
        except Changed:
            remove_file(call.services.uploads, self.resource.name, changed, item)
            raise
        remove_file(call.services.uploads, self.resource.name, item, changed)
        done_with(call, file)
        return changed

    def touched(self, call: Call, item: Filed) -> Filed:
        """What each PUT changes besides."""
        return item

    def _changed(self, item: Filed, given: dict[str, Any]) -> Filed:
        values = check_values(self.resource, given)
        if "project_id" in values and values["project_id"] != item.project_id:
            raise DataFault(f"project_id cannot be changed: a {self.resource.name} stays in its project.")
        changed: Filed = msgspec.structs.replace(item, **values)
        return changed

    def _described(self, call: Call, item: Filed, file: Incoming | None) -> Filed:
        if file is None:
            return item
        info = file_info(item.info, self.container(call, self.row(item)), file)
        described: Filed = msgspec.structs.replace(item, info=info)
        return described

    def _with_file(self, call: Call, item: Filed, file: Incoming | None) -> Filed:
        if file is None:
            return item
        address = store_file(call, file, item.info["container"], self.resource.name, item.id)
        filed: Filed = msgspec.structs.replace(item, media_url=address)
        return filed

    def delete(self, call: Call, item: Filed) -> None:
        remove_file(call.services.uploads, self.resource.name, item)
        self.kept(call).delete(item)

    def folder_to_fill(self, call: Call, given: Mapping[str, Any]) -> str:
        """The folder for a file that is sent before its object, by whom the object could be made."""
        self.check_create(call, dict(given))
        return self.container(call, given)


TRUTHS = {"true": True, "false": False}
