"""The Chalice app: registers blueprints and triggers, nothing else."""

import os
from collections.abc import Callable
from typing import Any

from chalicelib.api.front_door import FrontDoor
from chalicelib.api.routes import blueprint as api
from chalicelib.bootstrap import Bootstrap
from chalicelib.triggers import autoimports as daily
from chalicelib.triggers import deliveries, import_slices, objects, sheets, walks
from chalicelib.web.routes import blueprint as web

app = FrontDoor(app_name="nimbossa", services=Bootstrap(os.environ))
for blueprint in (
    api,
    web,
    objects.blueprint,
    import_slices.blueprint,
    daily.blueprint,
    sheets.blueprint,
    deliveries.blueprint,
    walks.blueprint,
):
    app.register_blueprint(blueprint)


def measured(event: Any, handle: Callable[[Any], Any]) -> Any:
    """Around every call of a handler: what it consumes is counted for the projects that it works for."""
    with app.services.costs.handling():
        return handle(event)


app.register_middleware(measured, "all")

# The functions' handlers: Lambda must enter through this module, for a trigger's own would find no app registered.
object_created = objects.object_created
import_slice = import_slices.import_slice
autoimports = daily.autoimports
walk_tasks = walks.walk_tasks
sheet_changed = sheets.sheet_changed
deliver = deliveries.deliver
