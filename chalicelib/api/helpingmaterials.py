"""Helping materials (contract rest-api.md §9.9, §13)."""

from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.in_projects import InProjectsEndpoint, KeptInProjects
from chalicelib.core.materials import Material
from chalicelib.core.resources import HELPINGMATERIAL


class HelpingMaterialEndpoint(InProjectsEndpoint[Material]):
    """`/api/helpingmaterial`."""

    resource = HELPINGMATERIAL

    def kept(self, call: Call) -> KeptInProjects[Material]:
        return call.services.materials

    def built(self, call: Call, fields: dict[str, Any]) -> Material:
        return Material(**fields)
