"""Reading the fields of a source's form: everything that is wrong is told at once."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.import_gathering import BadParameters

LONGEST = 2048  # characters of a field
MOST_FILES = 10_000
_NUMBER = re.compile(r"[0-9]{1,9}")


class Fields:
    """The fields given, by their names; fields that nobody asks for are passed over. Call `done` at the end."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._errors: dict[str, list[str]] = {}

    def wrong(self, name: str, advice: str) -> None:
        self._errors.setdefault(name, []).append(advice)

    def done(self) -> None:
        """Raises BadParameters when anything was wrong."""
        if self._errors:
            raise BadParameters(self._errors)

    def text(self, name: str, missing: str = "") -> str:
        """The field without white space around it; `missing` is what to say when there is none, "" if it may lack."""
        value = self._given.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            if missing:
                self.wrong(name, missing)
            return ""
        if not isinstance(value, str):
            self.wrong(name, "This must be text.")
            return ""
        if len(value) > LONGEST:
            self.wrong(name, f"This is longer than {LONGEST:,} characters.")
        return value.strip()

    def url(self, name: str, missing: str) -> str:
        """A URL with a scheme and a host with a dot (contract importers.md §3.1)."""
        value = self.text(name, missing)
        if value and not is_url(value):
            self.wrong(name, "This is not a web address: it must begin with https:// and name a host.")
        return value

    def numbered(self, name: str, missing: str) -> list[str]:
        """The texts of `name-0`, `name-1`, …, in the order of their numbers (contract §2)."""
        prefix = f"{name}-"
        found = {
            int(field.removeprefix(prefix)): value
            for field, value in self._given.items()
            if field.startswith(prefix) and _NUMBER.fullmatch(field.removeprefix(prefix))
        }
        return self._texts(name, [found[number] for number in sorted(found)], missing)

    def _texts(self, name: str, values: Sequence[Any], missing: str) -> list[str]:
        if not values and missing:
            self.wrong(name, missing)
        if len(values) > MOST_FILES:
            self.wrong(name, f"These are more than {MOST_FILES:,}: choose fewer, or list them in a file.")
        if not all(isinstance(value, str) and value for value in values):
            self.wrong(name, "Each of these must be text.")
            return []
        return list(values)


def is_url(text: str) -> bool:
    """Whether `text` looks like the http(s) address of a host; the egress guard decides where it may lead."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "").strip(".")
