"""Reads the one form of PartiQL statement that the product writes (chalicelib/store/inserts.py)."""

import re
from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
STATEMENT = re.compile(r"INSERT INTO \"([^\"]+)\" VALUE \{((?:'[^']+':\?,?)+)\}")
NAME = re.compile(r"'([^']+)'")


def read_insert(statement: Mapping[str, Any]) -> tuple[str, Item] | None:
    """The table and the item of a BatchStatementRequest that inserts parameters; None for any other."""
    found = STATEMENT.fullmatch(statement.get("Statement", ""))
    names = NAME.findall(found[2]) if found else []
    values = statement.get("Parameters") or []
    return (found[1], dict(zip(names, values, strict=True))) if found and len(names) == len(values) else None
