"""Result versions: one per (task, generation), whatever is delivered how often and in which order.

Two facts are written apart, each an upsert of its own attributes. The version itself appears only if its id does not
exist; that it is superseded is noted by a later generation, on an empty item if need be. So when generation 0 is
delivered after generation 1, it finds itself superseded and never becomes the last version.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pynamodb.exceptions import UpdateError

from chalicelib.core.repositories import Passed, nobody
from chalicelib.core.results import Completion, Orphans, Result
from chalicelib.store.conditions import FAILED, update_if
from chalicelib.store.contention import persist
from chalicelib.store.lookup import find_young
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import ResultItem

Key = tuple[int, int]


class ResultStore:
    """The results of all tasks."""

    def add(self, completion: Completion, result_id: int, created: str) -> Result | None:
        """Store the version if it is new; either way, the one that is stored. None when its task was removed meanwhile.
        Three write units for generation 0.

        All former versions are superseded first, those included that are not there yet: so there are never two last
        versions, only sometimes, for a moment, none.
        """
        self.supersede(completion.task_id, completion.gen)
        item = ResultItem(completion.task_id, completion.gen)
        actions: list[Any] = [
            ResultItem.id.set(result_id),
            ResultItem.project_id.set(completion.project_id),
            ResultItem.created.set(created),
            ResultItem.task_run_ids.set(completion.run_ids),
        ]
        is_new = ResultItem.id.does_not_exist() & ResultItem.removed.does_not_exist()
        try:
            persist(lambda: item.update(actions, condition=is_new))
        except UpdateError as error:
            if error.cause_response_code != FAILED:
                raise
            item.refresh(consistent_read=True)
        return _result(item) if item.id is not None else None

    def supersede(self, task_id: int, gen: int) -> None:
        """No version before that generation is the last one, also if it only arrives later. Usually one write: only the
        version before is not superseded. More when records were given up in between.

        Only the newest former version is read, however many there are: whatever is noted of it was preceded by noting
        of all before it that they are superseded.
        """
        if gen == 0:
            return
        known = ResultItem.query(task_id, ResultItem.gen < gen, consistent_read=True, scan_index_forward=False, limit=1)
        newest = next(iter(known), None)
        first = 0 if newest is None else newest.gen + 1 if newest.superseded else newest.gen
        for former in range(first, gen):
            update_if(ResultItem, (task_id, former), [ResultItem.superseded.set(True)], None)

    def get(self, result_id: int) -> Result | None:
        """The version with that id, last or not. Its webhook may name it before the index lists it."""
        found = find_young(result_id, lambda: next(iter(ResultItem.by_id.query(result_id)), None))
        key = (found.task_id, found.gen) if found is not None else None
        return self.versions([key]).get(key) if key is not None else None

    def versions(self, keys: Sequence[Key]) -> Mapping[Key, Result]:
        """Those versions, by (task id, generation), that exist; read consistently."""
        found = read_together(Wanted(ResultItem, keys, consistent=True))[ResultItem]
        return {(item.task_id, item.gen): _result(item) for item in found if item.id is not None}

    def all_of_task(self, task_id: int) -> list[Result]:
        """Every version of a task's result, ascending by id, read consistently."""
        items = ResultItem.query(task_id, consistent_read=True)
        return sorted((_result(item) for item in items if item.id is not None), key=lambda result: result.id)

    def of_task(self, task_id: int) -> Result | None:
        """The newest version of a task's result, read consistently."""
        items = ResultItem.query(task_id, consistent_read=True, scan_index_forward=False)
        return next((_result(item) for item in items if item.id is not None), None)

    def after(
        self, project_id: int, last_id: int, limit: int, superseded: bool = False, passed: Passed = nobody
    ) -> list[Result]:
        """Up to `limit` last (or superseded) versions of a project with ids above `last_id`: keyset pagination."""
        return self._page(project_id, (last_id, True), limit, superseded, passed)

    def before(
        self, project_id: int, last_id: int | None, limit: int, superseded: bool = False, passed: Passed = nobody
    ) -> list[Result]:
        """The same from the newest down, below `last_id` if given."""
        return self._page(project_id, (last_id, False), limit, superseded, passed)

    def _page(
        self, project_id: int, place: tuple[int | None, bool], limit: int, superseded: bool, passed: Passed
    ) -> list[Result]:
        """`place`: the last id seen, and whether ids ascend."""
        page: list[Result] = []
        last, forward = place
        while len(page) < limit:
            beyond = None if last is None else ResultItem.id > last if forward else ResultItem.id < last
            wanted = limit - len(page)
            found = list(ResultItem.by_project.query(project_id, beyond, limit=wanted, scan_index_forward=forward))
            read = self.versions([(item.task_id, item.gen) for item in found]).values()
            fitting = [result for result in read if result.last_version is not superseded]
            page += sorted(fitting, key=lambda result: result.id, reverse=not forward)
            if len(found) < wanted:
                break
            passed(len(found) - len(fitting))
            last = found[-1].id
        return page

    def set_info(self, result_id: int, info: Any) -> bool:
        """Store an analysis; False when the result is gone."""
        result = self.get(result_id)
        if result is None:
            return False
        actions = [ResultItem.info.set(orjson.dumps(info).decode())]
        return update_if(ResultItem, (result.task_id, result.gen), actions, ResultItem.id == result_id)

    def analysed(self, task_id: int) -> list[int]:
        """The generations of a task's result that have an analysis."""
        return [item.gen for item in ResultItem.query(task_id, consistent_read=True) if _has_info(item)]

    def forget(self, task_id: int, gen: int) -> None:
        """Leave of a version only that it is superseded: should it arrive late, it is no last version."""
        parts = (ResultItem.id, ResultItem.project_id, ResultItem.created, ResultItem.task_run_ids, ResultItem.info)
        actions = [ResultItem.superseded.set(True), *(part.remove() for part in parts)]
        update_if(ResultItem, (task_id, gen), actions, None)

    def remove(self, orphans: Orphans) -> None:
        """Leave of all versions of a task's result, and of those that never came, only that they are removed: the
        record of a completion may be delivered again after that of the removal, and would make its version anew."""
        for gen in range(orphans.generations):
            persist(ResultItem(orphans.task_id, gen, removed=True).save)


def _has_info(item: ResultItem) -> bool:
    return item.info is not None and orjson.loads(item.info) is not None


def _result(item: ResultItem) -> Result:
    assert item.id is not None
    assert item.project_id is not None
    assert item.created is not None
    return Result(
        id=item.id,
        created=item.created,
        project_id=item.project_id,
        task_id=item.task_id,
        task_run_ids=[int(run) for run in item.task_run_ids or []],
        last_version=not item.superseded,
        info=orjson.loads(item.info) if item.info is not None else None,
        gen=item.gen,
    )
