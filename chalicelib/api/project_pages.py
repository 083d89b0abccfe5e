"""Pages of projects (contract rest-api.md §9.10, §13); permissions as for helping materials."""

from typing import Any

from chalicelib.api.calls import Call
from chalicelib.api.in_projects import InProjectsEndpoint, KeptInProjects
from chalicelib.core.project_pages import ProjectPage
from chalicelib.core.resources import PAGE


class PageEndpoint(InProjectsEndpoint[ProjectPage]):
    """`/api/page`."""

    resource = PAGE

    def kept(self, call: Call) -> KeptInProjects[ProjectPage]:
        return call.services.pages

    def built(self, call: Call, fields: dict[str, Any]) -> ProjectPage:
        return ProjectPage(**fields)
