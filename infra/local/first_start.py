"""What a new instance begins with: an administrator, the categories, the demo project with its tasks."""

from collections.abc import Callable, Mapping


def ensure_administrator(api_key: str, environment: Mapping[str, str]) -> None:
    """Make the administrator unless there is one; its API key becomes `api_key`."""


def first_start(facts: Mapping[str, str], environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Seed the categories and the demo project; `facts` are those of local.json."""
    tell("Seeding the demo project")
