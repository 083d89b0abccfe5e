"""List queries: which parameters there are and what they mean (contract rest-api.md §4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.core.errors import AttributeFault, DataFault, ValueFault
from chalicelib.core.filters import NO, YES, Equals, Filter, OneOf, Row, Search, filters_for, whole_number
from chalicelib.core.resources import Resource

DEFAULT_LIMIT = 20
MOST = 100
MOST_DIGITS = 19
RESERVED = frozenset(
    {
        "limit",
        "offset",
        "last_id",
        "orderby",
        "desc",
        "all",
        "api_key",
        "related",
        "stats",
        "full",
        "participated",
        "fulltextsearch",
    }
)


@dataclass(frozen=True)
class Query:
    """One list query. `last_id` wins over `offset` and `descending` (§4.1)."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    last_id: int | None = None
    orderby: str = "id"
    descending: bool = False
    everything: bool = False
    related: bool = False
    stats: bool = False
    full: bool = False
    participated: bool = False
    external_uid: str | None = None
    filters: tuple[Filter, ...] = ()

    def matches(self, row: Row) -> bool:
        return all(one.matches(row) for one in self.filters)

    def may_match(self, part: Row) -> bool:
        """Whether a row of which only `part` is known could match."""
        return all(one.matches(part) for one in self.filters if one.name in part)

    @property
    def search(self) -> Search | None:
        """The full-text search that orders the rows and gives them a headline: the first one."""
        return next((one for one in self.filters if isinstance(one, Search)), None)

    @property
    def by_id(self) -> bool:
        """Whether rows are wanted in the order of their ids; a search's come by rank."""
        return self.orderby == "id" and self.search is None

    @property
    def choosy(self) -> bool:
        """Whether rows have to be looked at to know that they are wanted, and where. Rows of other projects than those
        asked for are never read."""
        return any(not isinstance(one, OneOf) for one in self.filters) or self.participated or not self.by_id

    @property
    def page_size(self) -> int:
        """How many rows to read at a time: no more than asked for when every row will do."""
        return MOST if self.choosy else max(1, min(MOST, self.limit + self.offset))

    def number(self, name: str) -> int | None:
        """The one value that `name` must have, if the query says so."""
        values = [one.value for one in self.filters if isinstance(one, Equals) and one.name == name]
        return values[0] if values and isinstance(values[0], int) else None

    def text(self, name: str) -> str | None:
        values = [one.value for one in self.filters if isinstance(one, Equals) and one.name == name]
        return values[0] if values and isinstance(values[0], str) else None

    @property
    def project_ids(self) -> frozenset[int] | None:
        """The projects asked for; None when the query does not say."""
        return next((one.values for one in self.filters if isinstance(one, OneOf)), None)

    def looks_at(self, name: str) -> bool:
        """Whether filters or order need the field."""
        return self.orderby == name or any(one.name == name for one in self.filters)

    def without(self, name: str) -> "Query":
        return replace(self, filters=tuple(one for one in self.filters if one.name != name))

    def plus(self, extra: Filter) -> "Query":
        return replace(self, filters=(*self.filters, extra))


def read_query(resource: Resource, given: Mapping[str, str], language: str = "english") -> Query:
    """The query that the parameters `given` ask for; searches are in `language`. Raises AttributeFault for
    unknown keys before anything else, then DataFault or ValueFault for values that cannot be used."""
    participated = bool(given.get("participated")) and resource.name == "task"
    context = {"external_uid"} if participated else set()
    check_keys(resource, given.keys() - RESERVED - context)
    searching = language if given.get("fulltextsearch") == "1" else None
    names = [name for name in given if name in resource.by_name and name not in RESERVED]
    filters = [one for name in names for one in filters_for(resource.by_name[name], given[name], searching)]
    last_id = max(0, whole_number("last_id", given["last_id"])) if given.get("last_id") else None
    offset = _count("offset", given, 0)
    return Query(
        limit=min(_count("limit", given, DEFAULT_LIMIT), MOST),
        offset=offset if last_id is None else 0,
        last_id=last_id,
        orderby=_orderby(resource, given.get("orderby") or "id"),
        descending=truth("desc", given.get("desc", "")) and last_id is None,
        everything=given.get("all") == "1",
        related=bool(given.get("related")),
        stats=bool(given.get("stats")),
        full=bool(given.get("full")),
        participated=participated,
        external_uid=given.get("external_uid") if participated else None,
        filters=tuple(filters),
    )


def check_keys(resource: Resource, keys: set[str]) -> None:
    """Raises AttributeFault for a key that is no attribute of the resource."""
    unknown = sorted(keys - resource.by_name.keys())
    if unknown:
        raise AttributeFault(f"type object '{resource.model}' has no attribute '{unknown[0][:80]}'")


def check_write_keys(resource: Resource, given: Mapping[str, str]) -> None:
    """The query keys of POST, PUT and DELETE: `api_key` and attributes (§2)."""
    check_keys(resource, given.keys() - {"api_key"})


def truth(name: str, text: str) -> bool:
    """A boolean parameter; empty is false. Raises ValueFault."""
    if text.lower() not in YES | NO | {""}:
        raise ValueFault(f"{name} must be true or false.")
    return text.lower() in YES


def _orderby(resource: Resource, name: str) -> str:
    check_keys(resource, {name})
    return name


def _count(name: str, given: Mapping[str, str], default: int) -> int:
    """What is no number counts as absent (§4.1)."""
    number = re.fullmatch(r"\s*([+-]?[0-9]+)\s*", given.get(name, ""), re.ASCII)
    if number is None:
        return default
    value = int(number[1][:MOST_DIGITS])
    if value < 0:
        raise DataFault(f"{name} must not be negative.")
    return value
