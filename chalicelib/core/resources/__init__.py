"""The field tables of the API's resources: one table per resource, from which parsing, queries and documents derive."""

from chalicelib.core.resources.fields import Field, Kind, Resource
from chalicelib.core.resources.tables import (
    CATEGORY,
    HELPINGMATERIAL,
    PROJECT,
    PROJECTSTATS,
    RESOURCES,
    RESULT,
    TASK,
    TASKRUN,
    USER,
)

__all__ = [
    "CATEGORY",
    "HELPINGMATERIAL",
    "PROJECT",
    "PROJECTSTATS",
    "RESOURCES",
    "RESULT",
    "TASK",
    "TASKRUN",
    "USER",
    "Field",
    "Kind",
    "Resource",
]
