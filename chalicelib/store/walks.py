"""The record of each project's walk over its tasks, moved on one version at a time."""

import msgspec

from chalicelib.core.walks import Overtaken, Walk
from chalicelib.store.conditions import save_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import WalkItem


class WalkStore:
    """The walks of all projects."""

    def get(self, project_id: int) -> Walk | None:
        """The project's newest walk, read consistently."""
        found = read_together(Wanted(WalkItem, [(project_id,)], consistent=True))[WalkItem]
        return next((msgspec.json.decode(item.body, type=Walk) for item in found), None)

    def put(self, new: Walk) -> None:
        """Store the version after the stored one (1: the first). Raises Overtaken."""
        item = WalkItem(new.project_id, version=new.version, body=msgspec.json.encode(new).decode())
        before = WalkItem.version == new.version - 1 if new.version > 1 else WalkItem.project_id.does_not_exist()
        if not save_if(item, before):
            raise Overtaken(new.project_id)
