"""Which short names a project may have: they stand in addresses of the site (contract rest-api.md §9.1, web.md
§1.14)."""

import re

from chalicelib.core.errors import ValueFault

TAKEN = frozenset({"new", "category"})  # first segments of the site's own paths under /project/
NOT_IN_AN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f/\\?#%&|$<>\"'`{}^\[\];,]")
UNSAFE = "/ \\ ? # % & | $ < > \" ' ` { } ^ [ ] ; ,"


def check_short_name(short_name: object) -> None:
    """Raises ValueFault for one that cannot stand in an address of the site (§9.1)."""
    if not isinstance(short_name, str):
        return
    if short_name in TAKEN:
        raise ValueFault("Project short_name is not valid, as it's used by the system.")
    if NOT_IN_AN_ADDRESS.search(short_name) or short_name in {".", ".."}:
        raise ValueFault(f"Project short_name is not valid: it must have no blanks and none of {UNSAFE}")
