"""Results (contract rest-api.md §9.4): made by the server, analysed by owners."""

from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.owning import check_keeps_project
from chalicelib.api.scopes import descending, in_projects, project_ids
from chalicelib.core.documents import check_size
from chalicelib.core.errors import NotFound
from chalicelib.core.filters import Equals
from chalicelib.core.listing import Candidates
from chalicelib.core.permissions import within_reach
from chalicelib.core.queries import Query
from chalicelib.core.resources import RESULT
from chalicelib.core.results import Result


def result_row(result: Result) -> dict[str, Any]:
    """All fields of a result."""
    return {name: getattr(result, name) for name in RESULT.by_name}


class ResultEndpoint(Endpoint[Result]):
    """`/api/result`."""

    resource = RESULT

    def get(self, call: Call, item_id: int) -> Result | None:
        return call.services.results.get(item_id)

    def select(self, call: Call, query: Query) -> list[Result]:
        """Last versions, unless `last_version=false` asks for superseded ones."""
        asked = [one for one in query.filters if one.name == "last_version"]
        return super().select(call, query if asked else query.plus(Equals("last_version", True)))

    def candidates(self, call: Call, query: Query) -> Candidates[Result]:
        results, few = call.services.results, _by_key(call, query)
        if few is not None:
            ids = project_ids(call, query)
            mine = [one for one in few if one.id > (query.last_id or 0) and (ids is None or one.project_id in ids)]
            return Candidates(iter([mine[::-1] if descending(query) else mine]))
        superseded = Equals("last_version", False) in query.filters

        def page(project_id: int, last: int | None, size: int) -> list[Result]:
            if descending(query):
                return results.before(project_id, last, size, superseded, call.budget.read)
            return results.after(project_id, last or 0, size, superseded, call.budget.read)

        return in_projects(call, query, page)

    def may_read(self, call: Call, item: Result) -> bool:
        return within_reach(call.caller, item.project_id)

    def row(self, item: Result) -> dict[str, Any]:
        return result_row(item)

    def check_update(self, call: Call, item: Result) -> None:
        check_keeps_project(call, item.project_id)

    def update(self, call: Call, item: Result, given: dict[str, Any]) -> Result:
        """Only `info` is not reserved."""
        if "info" not in given:
            return item
        check_size(given["info"])
        if not call.services.results.set_info(item.id, given["info"]):
            raise NotFound(f"there is no result {item.id}")
        call.services.statistics.analysed(item.project_id, item.task_id, item.gen, given["info"] is not None)
        return msgspec.structs.replace(item, info=given["info"])


def _by_key(call: Call, query: Query) -> list[Result] | None:
    """The result of one id, or the versions of one task's; None when the query names neither."""
    results, number, task_id = call.services.results, query.number("id"), query.number("task_id")
    if number is not None:
        found = results.get(number)
        return [found] if found is not None else []
    return results.all_of_task(task_id) if task_id is not None else None
