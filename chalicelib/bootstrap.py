"""The composition root: reads the settings and builds stores, clock, identifiers and edges, each when first used."""

from collections.abc import Mapping
from functools import cached_property

from chalicelib.settings import Settings, read_settings


class Bootstrap:
    """Builds each service once per container. Nothing is read or opened before the first request needs it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self._environment)
