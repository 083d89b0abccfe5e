"""Types of CSV columns: a column has the type that all its cells have (contract importers.md §3, "Value types").

Blank cells fit every type and stay "". Words like NA stay text, so that a column with one is text. Infinity, and whole
numbers that JSON readers cannot keep exactly, stay text too.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from chalicelib.core.import_reading import Column, Kind
from chalicelib.core.import_tasks import MOST_WHOLE

_WHOLE = re.compile(r"[ \t]*[+-]?[0-9]++[ \t]*", re.ASCII)
_DECIMAL = re.compile(r"[ \t]*[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?[ \t]*", re.ASCII)
_TRUTHS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_MOST_DIGITS = 40


def widen(column: Column, cell: str) -> None:
    """Take one more cell of the column into account."""
    if column.kind != "text" and cell:
        column.kind = _joined(column.kind, _kind_of(cell))


def _kind_of(cell: str) -> Kind:
    if cell in _TRUTHS:
        return "truth"
    if _WHOLE.fullmatch(cell):
        return "whole" if len(cell) <= _MOST_DIGITS and abs(int(cell)) <= MOST_WHOLE else "text"
    if _DECIMAL.fullmatch(cell):
        return "decimal" if math.isfinite(float(cell)) else "text"
    return "text"


def _joined(one: Kind, other: Kind) -> Kind:
    if one in ("blank", other):
        return other
    return "decimal" if {one, other} == {"whole", "decimal"} else "text"


_READ: dict[Kind, Callable[[str], Any]] = {
    "blank": str,
    "whole": int,
    "decimal": float,
    "truth": _TRUTHS.__getitem__,
    "text": str,
}


def value_of(cell: str, kind: Kind) -> Any:
    """The cell as a value of the column's type; "" for a blank one."""
    return _READ[kind](cell) if cell else ""


def number_of(cell: str) -> Any:
    """The number that a reserved column's cell holds, or the text itself when it holds none."""
    kind = _kind_of(cell)
    return _READ[kind](cell) if kind in ("whole", "decimal") else cell
