"""Helping materials (contract rest-api.md §9.9, §13)."""

from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.forms import Upload
from chalicelib.api.material_files import check_upload, file_info, remove_file, store_file
from chalicelib.api.owning import project_to_fill
from chalicelib.api.scopes import descending, in_projects, project_ids
from chalicelib.core.bodies import check_values, with_defaults
from chalicelib.core.documents import check_size, parse_object
from chalicelib.core.errors import DataFault
from chalicelib.core.listing import Candidates
from chalicelib.core.materials import Material
from chalicelib.core.moments import timestamp
from chalicelib.core.permissions import may_keep_materials, may_read_material, refuse, within_reach
from chalicelib.core.projects import Card
from chalicelib.core.queries import Query
from chalicelib.core.repositories import Changed
from chalicelib.core.resources import HELPINGMATERIAL


class HelpingMaterialEndpoint(Endpoint[Material]):
    """`/api/helpingmaterial`."""

    resource = HELPINGMATERIAL

    def get(self, call: Call, item_id: int) -> Material | None:
        return call.services.materials.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[Material]:
        found = self._stored(call, query)
        return Candidates(([one for one in page if self.may_read(call, one)] for page in found.pages), found.ordered)

    def _stored(self, call: Call, query: Query) -> Candidates[Material]:
        materials, number = call.services.materials, query.number("id")
        if number is not None:
            one, ids = materials.get(number), project_ids(call, query)
            wanted = one is not None and number > (query.last_id or 0) and (ids is None or one.project_id in ids)
            return Candidates(iter([[one] if wanted and one is not None else []]))
        found = in_projects(call, query, lambda project, last, size: materials.after(project, last or 0, size))
        return Candidates(found.pages, ordered=not descending(query))

    def may_read(self, call: Call, item: Material) -> bool:
        card = call.services.projects.card(item.project_id)
        return card is not None and may_read_material(call.caller, card) and within_reach(call.caller, card.id)

    def row(self, item: Material) -> dict[str, Any]:
        return {name: getattr(item, name) for name in HELPINGMATERIAL.by_name}

    def body(self, call: Call) -> dict[str, Any]:
        """JSON, or a form whose text fields are fields and whose `info` is JSON text."""
        if call.form is None:
            return call.document()
        fields: dict[str, Any] = dict(call.form.fields)
        return {**fields, "info": parse_object(fields["info"].encode())} if "info" in fields else fields

    def check_create(self, call: Call, given: dict[str, Any]) -> None:
        _check_keeps_materials(call, project_to_fill(call, given))

    def create(self, call: Call, given: dict[str, Any]) -> Material:
        fields = with_defaults(HELPINGMATERIAL, given)
        upload = _checked_upload(call)
        check_size(fields)
        materials, now = call.services.materials, timestamp(call.services.clock())
        material = Material(id=materials.next_id(), created=now, **fields)
        if upload is not None:
            material = _with_file(call, material, upload)
        materials.create(material)
        return material

    def check_update(self, call: Call, item: Material) -> None:
        card = call.services.projects.card(item.project_id)
        if card is None:
            refuse(call.caller)
        _check_keeps_materials(call, card)

    def update(self, call: Call, item: Material, given: dict[str, Any]) -> Material:
        """JSON changes fields; a form only replaces the file (§13)."""
        upload = _checked_upload(call)
        changed = _with_file(call, item, upload) if upload is not None else self._changed(call, item, given)
        check_size(self.row(changed))
        try:
            call.services.materials.change(item, changed)
        except Changed:
            if upload is not None:
                remove_file(call, changed)
            raise
        if upload is not None:
            remove_file(call, item)
        return changed

    def _changed(self, call: Call, item: Material, given: dict[str, Any]) -> Material:
        values = check_values(HELPINGMATERIAL, given)
        if values.get("project_id", item.project_id) != item.project_id:
            raise DataFault("project_id cannot be changed: a helping material stays in its project.")
        return msgspec.structs.replace(item, **values)

    def check_delete(self, call: Call, item: Material) -> None:
        self.check_update(call, item)

    def delete(self, call: Call, item: Material) -> None:
        remove_file(call, item)
        call.services.materials.delete(item)


def _check_keeps_materials(call: Call, project: Card) -> None:
    if not may_keep_materials(call.caller, project):
        refuse(call.caller)


def _checked_upload(call: Call) -> Upload | None:
    """The file of a form, allowed; None for a JSON body. Raises AttributeFault, DataFault."""
    if call.form is None:
        return None
    upload = call.form.uploaded()
    check_upload(call, upload)
    return upload


def _with_file(call: Call, material: Material, upload: Upload) -> Material:
    """The material with its new file, kept under the main owner's name, also when an administrator sends it (§13)."""
    card = call.services.projects.card(material.project_id)
    container = f"user_{card.owner_id if card is not None else call.caller.user_id}"
    address = store_file(call, upload, container, material.id)
    info = file_info(material.info, container, upload)
    return msgspec.structs.replace(material, media_url=address, info=info)
