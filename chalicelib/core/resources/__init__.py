"""The field tables of the API's resources: one table per resource, from which parsing, queries and documents derive."""

from chalicelib.core.resources.fields import Field, Kind, Resource
from chalicelib.core.resources.tables import (
    ANNOUNCEMENT,
    BLOGPOST,
    CATEGORY,
    HELPINGMATERIAL,
    PAGE,
    PROJECT,
    PROJECTSTATS,
    RESOURCES,
    RESULT,
    TASK,
    TASKRUN,
    USER,
)

__all__ = [
    "ANNOUNCEMENT",
    "BLOGPOST",
    "CATEGORY",
    "HELPINGMATERIAL",
    "PAGE",
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
