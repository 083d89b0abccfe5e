"""Helping materials of projects."""

from collections.abc import Sequence

import orjson

from chalicelib.core.materials import Material
from chalicelib.core.repositories import Changed
from chalicelib.store.conditions import save_if, unchanged
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import next_number
from chalicelib.store.tables import MaterialItem


class MaterialStore:
    """All helping materials."""

    def next_id(self) -> int:
        return next_number("helpingmaterial")

    def get(self, material_id: int) -> Material | None:
        """The material, read consistently: clients change it right after they made it."""
        return next(iter(self._read([material_id], consistent=True)), None)

    def after(self, project_id: int, last_id: int, limit: int) -> list[Material]:
        """Up to `limit` materials of a project above `last_id`, ascending: keyset pagination."""
        found = MaterialItem.by_project.query(project_id, MaterialItem.id > last_id, limit=limit)
        return self._read([item.id for item in found], consistent=False)

    def create(self, material: Material) -> None:
        _item(material).save()

    def change(self, old: Material, new: Material) -> None:
        """Store every field of `new`. Raises Changed."""
        if not save_if(_item(new), unchanged(_item(old), "info", "media_url", "priority")):
            raise Changed()

    def delete(self, material: Material) -> None:
        MaterialItem(material.id).delete()

    def _read(self, ids: Sequence[int], consistent: bool) -> list[Material]:
        found = read_together(Wanted(MaterialItem, [(one,) for one in ids], consistent))
        return sorted((_material(item) for item in found[MaterialItem]), key=lambda material: material.id)


def _material(item: MaterialItem) -> Material:
    return Material(
        id=item.id,
        created=item.created,
        project_id=item.project_id,
        info=orjson.loads(item.info),
        media_url=item.media_url,
        priority=float(item.priority),
    )


def _item(material: Material) -> MaterialItem:
    return MaterialItem(
        material.id,
        project_id=material.project_id,
        created=material.created,
        media_url=material.media_url,
        priority=material.priority,
        info=orjson.dumps(material.info).decode(),
    )
