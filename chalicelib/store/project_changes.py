"""When something in a project was made or changed last, without a write by any contribution: the newest task run's id
tells when it was made, tasks are noted where they are counted."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from chalicelib.core import consumption
from chalicelib.core.identifiers import made_at
from chalicelib.core.moments import timestamp
from chalicelib.store.conditions import update_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import tasks_key
from chalicelib.store.tables import RunItem, SequenceItem

SIDE_BY_SIDE = 8


class ProjectChanges:
    """Of all projects. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="changes")

    def note(self, project_id: int) -> None:
        """One write unit."""
        update_if(SequenceItem, (tasks_key(project_id),), [SequenceItem.touched.set(timestamp(self._clock()))], None)

    def last(self, ids: Sequence[int]) -> Mapping[int, str]:
        """1.5 read units for each project that has tasks, one for others."""
        keys = {tasks_key(one): one for one in ids}
        found = read_together(Wanted(SequenceItem, [(key,) for key in keys], consistent=True))[SequenceItem]
        noted = {keys[item.key]: item.touched or "" for item in found}
        with_tasks = [keys[item.key] for item in found if item.made]
        several = self._pool.map if len(with_tasks) > 1 else map
        for project_id, moment in zip(with_tasks, several(consumption.shared(_newest_run), with_tasks), strict=True):
            noted[project_id] = max(noted[project_id], moment)
        return noted


def _newest_run(project_id: int) -> str:
    """When it was made; half a read unit."""
    found = RunItem.by_project.query(project_id, limit=1, scan_index_forward=False)
    return next((timestamp(made_at(item.id)) for item in found), "")
