"""The header of a CSV file (contract importers.md §3): names verbatim, none empty, twins renamed."""

import re

from chalicelib.core.import_reading import Column, Unreadable

MOST_HEADER_BYTES = 100_000
_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_NUMBER = re.compile(r"\s*[+-]?[0-9.]+\s*")


def columns_of(names: list[str], line: int) -> list[Column]:
    """The columns of the header cells. The second of two equal names becomes `name.1`, as pandas does. Raises
    Unreadable naming the column, counted from 1, that has no name, and when the line can hardly be a header."""
    for place, name in enumerate(names, start=1):
        if not name:
            raise Unreadable(f"Column {place} has no name: give it a header, or remove the column.", line)
    if any(_ADDRESS.match(name) for name in names) or all(_NUMBER.fullmatch(name) for name in names):
        raise Unreadable("The first line looks like data: put a line with the names of the columns before it.", line)
    if sum(len(name.encode()) for name in names) > MOST_HEADER_BYTES:
        raise Unreadable(f"The header is longer than {MOST_HEADER_BYTES:,} bytes: use fewer or shorter columns.", line)
    return [Column(name) for name in _told_apart(names)]


def _told_apart(names: list[str]) -> list[str]:
    taken, unique = set(names), list[str]()
    seen = set[str]()
    for name in names:
        chosen, count = name, 0
        while chosen in seen or (count and chosen in taken):
            count += 1
            chosen = f"{name}.{count}"
        seen.add(chosen)
        unique.append(chosen)
    return unique
