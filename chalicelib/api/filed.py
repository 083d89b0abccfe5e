"""What may have a file of its own (contract rest-api.md §13): helping materials, announcements, blog posts, pages."""

from typing import Any, Protocol, TypeVar

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.forms import Upload
from chalicelib.api.material_files import check_upload, file_info, remove_file, store_file
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.documents import check_size, parse_object
from chalicelib.core.errors import DataFault
from chalicelib.core.moments import timestamp
from chalicelib.core.repositories import Changed

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

    def container(self, call: Call, item: Filed) -> str:
        """The folder of its file."""
        return f"user_{call.caller.user_id}"

    def row(self, item: Filed) -> dict[str, Any]:
        return {name: getattr(item, name) for name in self.resource.by_name}

    def body(self, call: Call) -> dict[str, Any]:
        """JSON, or a form whose text fields are fields and whose `info` is JSON text."""
        if call.form is None:
            return call.document()
        fields: dict[str, Any] = dict(call.form.fields)
        if fields.get("published") in TRUTHS:
            fields["published"] = TRUTHS[fields["published"]]
        return {**fields, "info": parse_object(fields["info"].encode())} if "info" in fields else fields

    def create(self, call: Call, given: dict[str, Any]) -> Filed:
        fields = with_defaults(self.resource, given)
        upload = _checked_upload(call)
        check_size(fields)
        now = timestamp(call.services.clock())
        item = self.built(call, {**fields, "id": self.kept(call).next_id(), "created": now})
        if upload is not None:
            item = self._with_file(call, item, upload)
        self.kept(call).create(item)
        return item

    def update(self, call: Call, item: Filed, given: dict[str, Any]) -> Filed:
        """JSON changes fields; a form only replaces the file (§13)."""
        upload = _checked_upload(call)
        changed = self._with_file(call, item, upload) if upload is not None else self._changed(item, given)
        changed = self.touched(call, changed)
        check_size(self.row(changed))
        try:
            self.kept(call).change(item, changed)
        except Changed:
            if upload is not None:
                remove_file(call, self.resource.name, changed)
            raise
        if upload is not None:
            remove_file(call, self.resource.name, item)
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

    def _with_file(self, call: Call, item: Filed, upload: Upload) -> Filed:
        container = self.container(call, item)
        address = store_file(call, upload, container, self.resource.name, item.id)
        changed: Filed = msgspec.structs.replace(item, media_url=address, info=file_info(item.info, container, upload))
        return changed

    def delete(self, call: Call, item: Filed) -> None:
        remove_file(call, self.resource.name, item)
        self.kept(call).delete(item)


TRUTHS = {"true": True, "false": False}


def _checked_upload(call: Call) -> Upload | None:
    """The file of a form, allowed; None for a JSON body. Raises AttributeFault, DataFault."""
    if call.form is None:
        return None
    upload = call.form.uploaded()
    check_upload(call, upload)
    return upload
