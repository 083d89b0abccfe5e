"""Which projects a list looks at: the caller's own, those named, one presenter's, or all (rest-api.md §4.6)."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from chalicelib.api.calls import Call
from chalicelib.core.listing import Candidates, Identified
from chalicelib.core.queries import MOST, Query

Item = TypeVar("Item", bound=Identified)
ReadPage = Callable[[int, int | None, int], Sequence[Item]]  # project id, last id seen, size


def project_ids(call: Call, query: Query) -> Sequence[int] | None:
    """The projects whose rows are wanted, ascending; None means every project's."""
    named, caller = query.project_ids, call.caller
    if caller.only_project is not None:
        return [caller.only_project] if named is None or caller.only_project in named else []
    if caller.user_id is None or query.everything or query.participated:
        return sorted(named) if named is not None else None
    if named is None:
        return list(_ids(call, caller.user_id))
    return [one for one in sorted(named) if _owns(call, one)]


def _owns(call: Call, project_id: int) -> bool:
    """Whether the caller is the project's main owner."""
    call.budget.check()
    card = call.services.projects.card(project_id)
    return card is not None and card.owner_id == call.caller.user_id


def every_project(call: Call, ids: Sequence[int] | None) -> Iterable[int]:
    return _ids(call, None) if ids is None else ids


def _ids(call: Call, owner_id: int | None) -> Iterator[int]:
    """Ids of projects, ascending, read page by page."""
    last = 0
    while page := call.services.projects.ids(owner_id, last, MOST):
        yield from page
        call.budget.check()
        last = page[-1]


def walk(call: Call, query: Query, read: Callable[[int | None, int], Sequence[Item]]) -> Iterator[Sequence[Item]]:
    """Pages of items in the query's order of ids; `read` takes the last id seen (None: start) and a size. Only an empty
    page is the end: an index may list what is deleted already."""
    last, size = query.last_id, query.page_size
    while page := read(last, size):
        call.budget.read(len(page))
        yield page
        last, size = page[-1].id, MOST


def in_projects(call: Call, query: Query, read: ReadPage[Item]) -> Candidates[Item]:
    """Items of the projects in scope, in the query's order of ids."""
    ids = project_ids(call, query)
    if ids is not None and len(ids) == 1:
        only = ids[0]
        return Candidates(walk(call, query, lambda last, size: read(only, last, size)))

    def page_of(project_id: int, last: int | None, size: int) -> Sequence[Item]:
        call.budget.check()  # a first page of every project is read before the first item is known
        return read(project_id, last, size)

    def items_of(project_id: int) -> Iterator[Item]:
        return chain.from_iterable(walk(call, query, lambda last, size: page_of(project_id, last, size)))

    merged = heapq.merge(
        *(items_of(one) for one in every_project(call, ids)), key=lambda item: item.id, reverse=descending(query)
    )
    return Candidates([item] for item in merged)


def descending(query: Query) -> bool:
    """Whether ids are wanted from the newest down."""
    return query.by_id and query.descending
