"""What the pages ask of the rest of the product."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from chalice.app import Blueprint

from chalicelib.core.projects import Project
from chalicelib.settings import Settings


class Caller(Protocol):
    """Who asks: a user by key, or an anonymous volunteer."""

    @property
    def user_id(self) -> int | None: ...


class Callers(Protocol):
    def from_request(
        self, headers: Mapping[str, str], query: Mapping[str, str], source_ip: str, cookies: str
    ) -> Caller: ...


class Projects(Protocol):
    def by_short_name(self, name: str) -> Project | None: ...

    def published(self) -> Sequence[Project]: ...


class Permissions(Protocol):
    def may_read_project(self, caller: Any, project: Project) -> bool: ...

    def may_update_project(self, caller: Any, project: Project) -> bool: ...


class Leases(Protocol):
    def lease_task(self, project: Project, caller: Any, task_id: int) -> str | None: ...


class PresenterTokens(Protocol):
    def issue(self, project: Project, caller: Any, browser: str | None) -> str: ...


class Browsers(Protocol):
    def recognise(self, cookies: str) -> str | None: ...

    def new(self) -> str: ...


class Site(Protocol):
    """The services that pages use, see `core.services`."""

    settings: Settings
    callers: Callers
    projects: Projects
    permissions: Permissions
    leases: Leases
    presenter_tokens: PresenterTokens
    browsers: Browsers

    def project_progress(self, project_id: int) -> Mapping[str, int]: ...


def site(blueprint: Blueprint) -> Site:
    """The services that bootstrap handed to the app."""
    return cast(Site, blueprint.current_app.services)  # type: ignore[attr-defined]
