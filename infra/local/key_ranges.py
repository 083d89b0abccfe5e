"""Which stretch of a sorted partition a KeyConditionExpression selects, for the expression shapes that we recognise."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb

Token = tuple[str, str]
Entry = tuple[tuple[Any, ...], Any, Any]  # order key, base partition key, base sort key

COMPARISONS = {"EQ": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}


@dataclass(frozen=True)
class Bound:
    """One comparison with the sort key: `<`, `<=`, `>`, `>=`, `=` or `prefix`."""

    operator: str
    value: Any


@dataclass(frozen=True)
class KeyRange:
    """One partition and the bounds on its sort key."""

    partition: str
    bounds: tuple[Bound, ...]

    def span(self, entries: Sequence[Entry]) -> tuple[int, int]:
        """First and one-past-last position of the entries within all bounds."""
        start, end = 0, len(entries)
        for bound in self.bounds:
            low, high = _span(entries, bound)
            start, end = max(start, low), min(end, high)
        return start, max(start, end)


def _sort_value(entry: Entry) -> Any:
    return entry[0][0]


def _span(entries: Sequence[Entry], bound: Bound) -> tuple[int, int]:
    if bound.operator == "prefix":
        length = len(bound.value)
        return (
            bisect_left(entries, bound.value, key=_sort_value),
            bisect_right(entries, bound.value, key=lambda entry: _sort_value(entry)[:length]),
        )
    left = bisect_left(entries, bound.value, key=_sort_value)
    right = bisect_right(entries, bound.value, key=_sort_value)
    return {
        "=": (left, right),
        "<": (0, left),
        "<=": (0, right),
        ">": (right, len(entries)),
        ">=": (left, len(entries)),
    }[bound.operator]


@dataclass(frozen=True)
class KeyNames:
    """The key attributes of a table or index and their types (S, N, B); `range` is None when there is no sort key."""

    hash: str
    range: str | None
    types: Mapping[str, str]


def read_key_range(data: Mapping[str, Any], keys: KeyNames) -> KeyRange | None:
    """The range that a Query's KeyConditionExpression selects; None when its shape is not one that we recognise."""
    names = data.get("ExpressionAttributeNames") or {}
    values = data.get("ExpressionAttributeValues") or {}
    partition: str | None = None
    bounds: list[Bound] = []
    for clause in dynamodb._key_condition_clauses(_unwrap(dynamodb._tokenize(data["KeyConditionExpression"])[:-1])):
        parsed = _read_clause(_unwrap(clause), names)
        if parsed is None:
            return None
        name, conditions = parsed
        typed = [(operator, values[reference]) for operator, reference in conditions]
        if any(list(value) != [keys.types.get(name)] for _, value in typed):
            return None
        if name == keys.hash and typed[0][0] == "=" and partition is None:
            partition = dynamodb._extract_key_val(typed[0][1])
        elif name == keys.range and not bounds:
            bounds = [Bound(op, dynamodb._sort_key_value(value, keys.types[name])) for op, value in typed]
        else:
            return None
    return None if partition is None else KeyRange(partition, tuple(bounds))


def _unwrap(tokens: list[Token]) -> list[Token]:
    """Without the parentheses that enclose the whole."""
    while tokens and tokens[0][0] == "LPAREN" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: list[Token]) -> int:
    depth = 0
    for position, (kind, _) in enumerate(tokens):
        depth += (kind == "LPAREN") - (kind == "RPAREN")
        if depth == 0:
            return position
    return -1


def _read_clause(clause: list[Token], names: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]] | None:
    """(attribute, [(operator, value reference), …]) of one clause."""
    kinds = [kind for kind, _ in clause]
    words = [text for _, text in clause]
    if len(clause) == 3 and kinds[1] in COMPARISONS and kinds[2] == "VALUE_REF":
        shape = words[0], [(COMPARISONS[kinds[1]], words[2])]
    elif len(clause) == 5 and words[1].upper() == "BETWEEN" and words[3].upper() == "AND":
        shape = words[0], [(">=", words[2]), ("<=", words[4])]
    elif len(clause) == 6 and words[0].lower() == "begins_with" and kinds[1::2] == ["LPAREN", "COMMA", "RPAREN"]:
        shape = words[2], [("prefix", words[4])]
    else:
        return None
    return names.get(shape[0], shape[0]), shape[1]
