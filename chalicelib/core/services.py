"""What routes and triggers are handed: one object, built by `bootstrap`, whose rooms are made when first asked for."""

from typing import Protocol

from chalicelib.settings import Settings


class Services(Protocol):
    @property
    def settings(self) -> Settings: ...
