"""The signing secrets of projects: made when first needed, two at once while they rotate."""

from collections.abc import Callable, Sequence
from typing import Protocol

from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.remembered import Remembered
from chalicelib.webhooks.signing import new_secret

REMEMBER_SECONDS = 60
VALID_AT_ONCE = 2
ROUNDS = 5


class Settings(Protocol):
    def secrets(self, project_id: int) -> list[str] | None:
        """Newest first; None when there is no such project."""

    def replace_secrets(self, project_id: int, seen: Sequence[str], new: Sequence[str]) -> bool:
        """False when they are no longer those that were seen."""


class Secrets:
    """The secrets of all projects. `clock` is monotonic; a container may sign with them for a minute after a change."""

    def __init__(self, settings: Settings, clock: Callable[[], float], make: Callable[[], str] = new_secret) -> None:
        self._settings = settings
        self._remembered: Remembered[int, list[str]] = Remembered(REMEMBER_SECONDS, clock)
        self._make = make

    def of_project(self, project_id: int) -> list[str]:
        """One or two secrets, newest first; up to a minute old. Raises NotFound."""
        return self._remembered.get(project_id, lambda: self.current(project_id)) or []

    def current(self, project_id: int) -> list[str]:
        """As `of_project`, freshly read; makes the first one of a project that has none."""
        return self._change(project_id, lambda secrets: secrets or [self._make()])

    def rotate(self, project_id: int) -> list[str]:
        """Put a new secret in front; the one before stays valid beside it, older ones end. Raises NotFound."""
        return self._change(project_id, lambda secrets: [self._make(), *secrets][:VALID_AT_ONCE])

    def retire(self, project_id: int) -> list[str]:
        """End the rotation: only the newest secret stays. Raises NotFound."""
        return self._change(project_id, lambda secrets: secrets[:1] or [self._make()])

    def _change(self, project_id: int, rule: Callable[[list[str]], list[str]]) -> list[str]:
        for _ in range(ROUNDS):
            seen = self._settings.secrets(project_id)
            if seen is None:
                raise NotFound("no such project")
            new = rule(seen)
            if new == seen or self._settings.replace_secrets(project_id, seen, new):
                self._remembered.forget(project_id)
                return new
        raise Unavailable("The project's secrets are being changed by others; try again in a moment.")
