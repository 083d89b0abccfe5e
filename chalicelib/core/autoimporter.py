"""What a project imports from every day: `info.autoimporter` (contract importers.md §5).

It is set and removed on the project's page and stored with the project, so that it is never there without the project's
place in the list of those that import daily. Besides `type` and the source's fields it has `sealed` when the source has
secrets (edge/seal.py).
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import DataFault

KEY = "autoimporter"  # of a project's info
TYPE, SEALED = "type", "sealed"


def autoimporter(info: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is configured, None when nothing is."""
    found = info.get(KEY)
    return found if isinstance(found, dict) and isinstance(found.get(TYPE), str) else None


def fields_of(configured: Mapping[str, Any]) -> dict[str, Any]:
    """The source's fields, without its secrets."""
    return {name: value for name, value in configured.items() if name not in (TYPE, SEALED)}


def shown(configured: Any) -> Any:
    """As the audit log and pages show it."""
    if not isinstance(configured, dict) or SEALED not in configured:
        return configured
    return {**configured, SEALED: "(secret)"}


def check_kept(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """The API may keep an autoimporter or remove it. One that it sets would be checked by nobody, with its secrets in
    clear. Raises DataFault."""
    if new.get(KEY) not in (None, old.get(KEY)):
        raise DataFault(f"info.{KEY} is set on the project's page tasks/{KEY}: leave it as it is, or leave it out.")
