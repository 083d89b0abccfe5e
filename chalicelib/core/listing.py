"""Answering a list query from pages of candidates: filter, order, skip, and stop in time (design §2, lists)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Generic, Protocol, TypeVar

from chalicelib.core.errors import DataFault
from chalicelib.core.filters import Row, Search
from chalicelib.core.queries import Query

BUDGET_SECONDS = 8.0  # for the whole request
MOST_READ = 50_000
MOST_SORTED = 10_000
NARROW = "Narrow it: name a project_id, page with last_id, or drop orderby."


class Identified(Protocol):
    @property
    def id(self) -> int: ...


Item = TypeVar("Item", bound=Identified)


@dataclass(frozen=True)
class Candidates(Generic[Item]):
    """Pages of items above the query's `last_id`. `ordered`: they come as the query wants them, ids up or down."""

    pages: Iterator[Sequence[Item]]
    ordered: bool = True


class Budget:
    """The time that one list may take, and the rows it may read. `clock` gives epoch seconds; it starts now. Who reads
    rows, counts them."""

    def __init__(self, clock: Callable[[], float], rows: int = MOST_READ) -> None:
        self._clock = clock
        self._end = clock() + BUDGET_SECONDS
        self._rows = rows
        self._read = 0

    def read(self, rows: int) -> None:
        """So many rows were read. Raises DataFault, saying how to narrow the query, when they were too many."""
        self._read += rows
        if self._read > self._rows:
            raise DataFault(f"This query has to read more than {self._rows} rows. {NARROW}")
        self.check()

    def check(self) -> None:
        """Raises DataFault, saying how to narrow the query, once the time is over."""
        if self._clock() > self._end:
            raise DataFault(f"This query takes longer than {BUDGET_SECONDS:.0f} seconds. {NARROW}")


def select(query: Query, candidates: Candidates[Item], row: Callable[[Item], Row], budget: Budget) -> list[Item]:
    """At most `query.limit` items that match. Raises DataFault, saying how to narrow the query, when the answer would
    take too much reading; never gives a silently short page."""
    if query.limit == 0:
        return []
    matching = _matching(query, candidates.pages, row, budget)
    if not (candidates.ordered and query.by_id):
        matching = iter(_sorted(query, matching, row, budget))
    for _ in range(query.offset):
        if next(matching, None) is None:
            return []
    return list(islice(matching, query.limit))


def _matching(
    query: Query, pages: Iterator[Sequence[Item]], row: Callable[[Item], Row], budget: Budget
) -> Iterator[Item]:
    for item in chain.from_iterable(pages):
        budget.check()
        if query.matches(row(item)):
            yield item


def _sorted(query: Query, matching: Iterator[Item], row: Callable[[Item], Row], budget: Budget) -> list[Item]:
    found: list[Item] = []
    for item in matching:
        found.append(item)
        if len(found) > MOST_SORTED:
            raise DataFault(f"More than {MOST_SORTED} rows match, too many to order by {query.orderby}. {NARROW}")
    found.sort(key=lambda item: item.id, reverse=query.orderby == "id" and query.descending)
    if query.orderby != "id":
        found.sort(key=lambda item: sort_key(query.orderby, row(item)), reverse=query.descending)
    if (search := query.search) is not None:
        found.sort(key=lambda item: _rank(search, row(item), budget), reverse=True)
    return found


def _rank(search: Search, row: Row, budget: Budget) -> float:
    budget.check()
    return search.rank(row)


def sort_key(name: str, row: Row) -> tuple[bool, Any]:
    """Comparable for every value a field may have: null is largest, as in the reference's database (§4.1)."""
    value = row.get(name)
    if name == "fav_user_ids":
        return False, len(value or [])
    if value is None:
        return True, 0
    if name == "info" or isinstance(value, dict | list):
        return False, repr(value)
    return False, value
